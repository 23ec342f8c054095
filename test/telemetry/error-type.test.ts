import { expect, test } from "vitest";
import { DeadlineError, HearthwireError, RemoteError } from "../../src/errors/hearthwire-error.js";
import { boundedErrorType, errorType } from "../../src/telemetry/error-type.js";

class SoldOut extends Error {}

test.each([
  ["a code of hearthwire's own", new DeadlineError("late", { timeoutMs: 1 }), "HW_DEADLINE"],
  ["no code that somebody made up", new HearthwireError("MINE", "x"), "HearthwireError"],
  ["the name of what the other side threw", new RemoteError("x", { name: "SoldOut", code: "CHOSEN" }), "SoldOut"],
  ["the longest name of the other side", new RemoteError("x", { name: "N".repeat(64) }), "N".repeat(64)],
  ["no longer one", new RemoteError("x", { name: "N".repeat(65) }), "RemoteError"],
  ["no sentence of the other side", new RemoteError("x", { name: "Sold out" }), "RemoteError"],
  ["no line of the other side", new RemoteError("x", { name: "SoldOut\n" }), "RemoteError"],
  ["no code of ours that the other side made up", new RemoteError("x", { name: "HW_DEADLINE" }), "RemoteError"],
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

test.each([
  ["an error of the language that the other side threw", new RemoteError("x", { name: "RangeError" }), "RangeError"],
  ["no other name that the other side chose", new RemoteError("x", { name: "SoldOut" }), "RemoteError"],
  ["no name that every object has", new RemoteError("x", { name: "constructor" }), "RemoteError"],
  ["the class of a program's error", new SoldOut("x"), "SoldOut"],
])("tells metrics %s", (_, error, type) => {
  expect(boundedErrorType(error)).toBe(type);
});
