import { expect, it } from "vitest";
import * as errors from "../../src/errors/hearthwire-error.js";

// F145 of Pyro: one family with a class for each kind; here each has a stable code besides.
const { HearthwireError } = errors;

it.each(Object.entries(errors))("%s is of the one family, with its own name and a code", (name, Class) => {
  expect(Class.prototype).toBeInstanceOf(Class === HearthwireError ? Error : HearthwireError);
  expect(Class.prototype.name).toBe(name);
});

it("covers what Pyro's hierarchy tells apart", () => {
  const kinds = [
    new errors.ConnectionError("HW_CONNECTION_CLOSED", "closed"),
    new errors.DeadlineError("late", { timeoutMs: 1 }),
    new errors.ProtocolError("broken"),
    new errors.CannotSendError("no", { path: "args" }),
    new errors.CallError("HW_NO_SUCH_OBJECT", "none"),
    new errors.ConfigError("HW_OPTION_INVALID", "wrong"),
    new errors.RemoteError("thrown", { name: "RangeError" }),
    new errors.BatchError("stopped", { index: 0, completed: [] }),
  ];
  expect(new Set(kinds.map(({ constructor }) => constructor)).size).toBe(kinds.length);
  expect(kinds.map(({ code }) => code)).toEqual([
    "HW_CONNECTION_CLOSED",
    "HW_DEADLINE",
    "HW_PROTOCOL",
    "HW_CANNOT_SEND",
    "HW_NO_SUCH_OBJECT",
    "HW_OPTION_INVALID",
    "",
    "HW_BATCH_STOPPED",
  ]);
});
