import { describe, expect, test } from "vitest";
import { ERROR_CODES } from "../../src/errors/error-code.js";
import {
  isError,
  readError as readErrorWith,
  reviveError,
  type ErrorReading,
  type ReceivedError,
} from "../../src/errors/error-record.js";
import {
  CallError,
  CannotSendError,
  ConnectionError,
  DeadlineError,
  HearthwireError,
  LimitError,
  NamingError,
  ProtocolError,
  RemoteError,
} from "../../src/errors/hearthwire-error.js";

const readError = (error: Error): ErrorReading => readErrorWith(error, { withStack: true });
const received = (parts: Partial<ReceivedError>): ReceivedError => ({
  name: "Error",
  message: "m",
  fields: {},
  isRefusal: false,
  facts: {},
  ...parts,
});

describe("readError", () => {
  test("reads what an error says", () => {
    const cause = new RangeError("c");
    const error = Object.assign(new TypeError("m", { cause }), { code: "ENOENT", path: "/a", errno: -2 });
    expect(readError(error)).toEqual({
      name: "TypeError",
      message: "m",
      code: "ENOENT",
      stack: error.stack,
      cause,
      fields: { path: "/a", errno: -2 },
    });
  });

  test("has a stack formatted only where it is asked for", () => {
    let readings = 0;
    const error = Object.defineProperty(new Error("m"), "stack", {
      enumerable: true,
      get: () => `reading ${++readings}`,
    });
    expect([readErrorWith(error, { withStack: false }).stack, readings]).toEqual([undefined, 0]);
    expect([readErrorWith(error, { withStack: true }).stack, readings]).toEqual(["reading 1", 1]);
  });

  test("leaves a numeric code among the fields", () => {
    expect(readError(Object.assign(new Error("m"), { code: 7 }))).toMatchObject({ fields: { code: 7 } });
    expect(readError(Object.assign(new Error("m"), { code: 7 })).code).toBeUndefined();
  });

  test("reads the errors of an AggregateError", () => {
    const inner = [new Error("a"), "b"];
    expect(readError(new AggregateError(inner, "m"))).toMatchObject({ errors: inner, fields: {} });
  });

  test("leaves a field named errors of another error among the fields", () => {
    const error = Object.assign(new Error("m"), { errors: [{ field: "name" }] });
    expect(readError(error)).toMatchObject({ fields: { errors: [{ field: "name" }] } });
  });

  test("reads on when a getter throws", () => {
    const error = Object.defineProperties(new Error("m"), {
      name: {
        get() {
          throw new Error("no name");
        },
      },
      bad: {
        enumerable: true,
        get() {
          throw new Error("no field");
        },
      },
    });
    expect(readError(Object.assign(error, { good: 1 }))).toMatchObject({
      name: "Error",
      message: "m",
      fields: { good: 1 },
    });
  });

  test("takes only strings for name and message", () => {
    const error = Object.assign(new Error("m"), { name: { toString: () => "x" }, message: 5 });
    expect(readError(error)).toMatchObject({ name: "Error", message: "", fields: {} });
  });

  test("tells nothing of the call that an error of ours came from", () => {
    const error = new DeadlineError("late", {
      timeoutMs: 5,
      delivery: "unknown",
      object: "vault",
      member: "open",
      peer: "ws://10.0.0.5/",
      elapsedMs: 5,
    });
    expect(readError(error)).toMatchObject({ code: "HW_DEADLINE", fields: { timeoutMs: 5 } });
    expect(readError(error).fields).toEqual({ timeoutMs: 5 });
  });

  test("names no peer of another session in an error of ours, and leaves what others said", () => {
    const facts = { peer: "192.0.2.7" };
    const lost = new ConnectionError("HW_CONNECTION_CLOSED", "the connection to 192.0.2.7 was lost", facts);
    expect(readError(lost).message).toBe("the connection to its peer was lost");
    expect(readError(new RemoteError("no 192.0.2.7 here", { ...facts, name: "Error" })).message).toBe(
      "no 192.0.2.7 here",
    );
  });

  test("passes a RemoteError on as what its thrower said, without the remote stack", () => {
    const error = new RemoteError("m", {
      name: "StockError",
      code: "EMPTY",
      details: { item: 1 },
      remoteStack: "at x",
    });
    const { stack: _, ...reading } = readError(error);
    expect(reading).toEqual({ name: "StockError", message: "m", code: "EMPTY", fields: { item: 1 } });
  });
});

describe("isError", () => {
  test.each([
    ["an Error", new Error("m"), true],
    ["a DOMException", new DOMException("m", "AbortError"), true],
    ["an object whose class extends Error", Object.create(Error.prototype), true],
    ["an object that looks like one", { name: "Error", message: "m" }, false],
    ["a string", "Error", false],
    ["null", null, false],
    ["undefined", undefined, false],
  ])("of %s", (_, value, is) => {
    expect(isError(value)).toBe(is);
  });
});

describe("reviveError", () => {
  test("has no frames in its stack, which would be those that read the frame", () => {
    const limit = Error.stackTraceLimit;
    const error = reviveError({ name: "RangeError", message: "sold out", fields: {}, isRefusal: false, facts: {} });
    expect(error.stack).toBe("RangeError: sold out");
    expect(Error.stackTraceLimit).toBe(limit);
  });

  test("gives a RemoteError with all that was said", () => {
    const cause = new Error("c");
    const facts = { object: "vault", member: "open", peer: "ws://a/", elapsedMs: 3 };
    const error = reviveError(
      received({ name: "StockError", code: "EMPTY", stack: "at x", cause, fields: { item: 1 }, facts }),
    );
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({
      name: "StockError",
      message: "m",
      code: "EMPTY",
      cause,
      details: { item: 1 },
      remoteStack: "at x",
      delivery: "ran",
      retryable: false,
      ...facts,
    });
  });

  test("keeps the errors of an AggregateError", () => {
    const errors = [new Error("a")];
    expect(reviveError(received({ name: "AggregateError", errors }))).toMatchObject({ errors, details: {} });
  });

  test.each(["HW_DEADLINE", "HW_SESSION_LOST", "HW_ANYTHING"])("moves the foreign code %s to the details", (code) => {
    const error = reviveError(received({ name: "DeadlineError", code, fields: { timeoutMs: 1 } }));
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).not.toBeInstanceOf(DeadlineError);
    expect(error).toMatchObject({ code: "", details: { code, timeoutMs: 1 } });
  });

  test("moves a code of a refusal that this version doesn't know as well", () => {
    const error = reviveError(received({ code: "HW_OF_TOMORROW", isRefusal: true }));
    expect(error).toBeInstanceOf(RemoteError);
    expect(error).toMatchObject({ code: "", details: { code: "HW_OF_TOMORROW" } });
  });

  test.each([
    ["HW_DEADLINE", DeadlineError, { timeoutMs: 50 }, { timeoutMs: 50 }, "unknown"],
    ["HW_DEADLINE", DeadlineError, { timeoutMs: "50" }, { timeoutMs: 0 }, "unknown"],
    [
      "HW_LIMIT",
      LimitError,
      { limit: "maxStreams", allowed: 64, retryable: true },
      { limit: "maxStreams", allowed: 64, retryable: true },
      "not-sent",
    ],
    ["HW_LIMIT", LimitError, { limit: 1, allowed: [] }, { limit: "", allowed: 0, retryable: false }, "not-sent"],
    ["HW_CANNOT_SEND", CannotSendError, { path: "result.a" }, { path: "result.a" }, "ran"],
    ["HW_NO_SUCH_MEMBER", CallError, {}, {}, "not-sent"],
    ["HW_NO_SUCH_OBJECT", CallError, {}, {}, "not-sent"],
    [
      "HW_ARGUMENTS_INVALID",
      CallError,
      { issues: [{ message: "x", path: [0, "a"] }] },
      { issues: [{ message: "x", path: [0, "a"] }] },
      "not-sent",
    ],
    ["HW_ARGUMENTS_INVALID", CallError, { issues: [{ message: 5 }] }, {}, "not-sent"],
    ["HW_REFERENCE_GONE", CallError, {}, {}, "not-sent"],
    ["HW_NOT_REMOTE", CallError, {}, {}, "not-sent"],
    ["HW_BAD_PAYLOAD", CallError, {}, {}, "not-sent"],
    ["HW_CANCELLED", CallError, {}, {}, "unknown"],
    ["HW_REFUSED", ConnectionError, {}, {}, "not-sent"],
    ["HW_SESSION_LOST", ConnectionError, {}, {}, "unknown"],
    ["HW_FRAME_TOO_LARGE", ProtocolError, {}, {}, "unknown"],
    ["HW_NAME_UNKNOWN", NamingError, {}, { retryable: false }, "ran"],
    ["HW_NAME_TAKEN", NamingError, { retryable: true }, { retryable: false }, "ran"],
    ["HW_KEY_INVALID", HearthwireError, {}, {}, "unknown"],
  ] as const)("revives the refusal %s as its class", (code, Class, fields, facts, delivery) => {
    const error = reviveError(received({ code, fields, isRefusal: true, facts: { object: "vault", elapsedMs: 1 } }));
    expect(error.constructor).toBe(Class);
    expect(error).toMatchObject({ code, message: "m", delivery, object: "vault", elapsedMs: 1, ...facts });
  });

  test("leaves out issues that are none", () => {
    const error = reviveError(received({ code: "HW_ARGUMENTS_INVALID", isRefusal: true, fields: { issues: [null] } }));
    expect((error as CallError).issues).toBeUndefined();
  });

  test.each(ERROR_CODES)("revives %s with its own code", (code) => {
    expect(reviveError(received({ code, isRefusal: true })).code).toBe(code);
  });
});
