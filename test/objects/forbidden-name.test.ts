import { describe, expect, test } from "vitest";
import { isForbiddenName } from "../../src/objects/forbidden-name.js";

describe("isForbiddenName", () => {
  test.each([
    "",
    "_private",
    "__proto__",
    "constructor",
    "prototype",
    "then",
    "toJSON",
    "toString",
    "hasOwnProperty",
    "a.b",
  ])("forbids %j", (name) => expect(isForbiddenName(name)).toBe(true));

  test.each(["store", "$", "catch", "length", "name", "inspect", "\u00e4"])("allows %j", (name) =>
    expect(isForbiddenName(name)).toBe(false),
  );

  // A longer one would end the session: the peer refuses the message (protocol.md section 6).
  test("allows a name as long as a message may carry, and forbids a longer one", () => {
    expect(isForbiddenName("x".repeat(256))).toBe(false);
    expect(isForbiddenName("x".repeat(257))).toBe(true);
  });
});
