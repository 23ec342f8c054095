import { expect, test } from "vitest";
import { DeadlineError, HearthwireError, RemoteError } from "../../src/errors/hearthwire-error.js";
import { errorType } from "../../src/telemetry/error-type.js";

class SoldOut extends Error {}

test.each([
  ["a code of hearthwire's own", new DeadlineError("late", { timeoutMs: 1 }), "HW_DEADLINE"],
  ["no code that somebody made up", new HearthwireError("MINE", "x"), "HearthwireError"],
  ["nothing that the other side chose", new RemoteError("x", { name: "Chosen", code: "CHOSEN" }), "RemoteError"],
  ["the class of a program's error", new SoldOut("x"), "SoldOut"],
  [
    "the class, whatever the error calls itself",
    Object.assign(new SoldOut("x"), { name: "y", constructor: 1 }),
    "SoldOut",
  ],
  ["why it was aborted", new DOMException("x", "AbortError"), "AbortError"],
  ["an error of a class without a name", new (class extends Error {})("x"), "Error"],
  ["what is no error", "text", "_OTHER"],
  ["nothing", undefined, "_OTHER"],
])("tells %s", (_, error, type) => {
  expect(errorType(error)).toBe(type);
});

test("is short", () => {
  const { Long } = { Long: class extends Error {} };
  Object.defineProperty(Long, "name", { value: "L".repeat(1000) });
  expect(errorType(new Long("x"))).toBe("L".repeat(64));
});
