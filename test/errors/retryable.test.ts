import { describe, expect, test } from "vitest";
import { furthest, isRetryable } from "../../src/errors/retryable.js";

describe("a call without an answer may be made again", () => {
  test.each([
    ["not-sent", false, true],
    ["not-sent", true, true],
    ["unknown", false, false],
    ["unknown", true, true],
    ["ran", false, false],
    ["ran", true, false],
  ] as const)("when it is %s, and that it is idempotent is %s: %s", (delivery, isIdempotent, expected) => {
    expect(isRetryable(delivery, isIdempotent)).toBe(expected);
  });
});

describe("of two tries", () => {
  test.each([
    ["not-sent", "not-sent", "not-sent"],
    ["not-sent", "unknown", "unknown"],
    ["unknown", "not-sent", "unknown"],
    ["unknown", "ran", "ran"],
    ["ran", "not-sent", "ran"],
  ] as const)("%s and %s, the furthest is %s", (one, other, expected) => {
    expect(furthest(one, other)).toBe(expected);
  });
});
