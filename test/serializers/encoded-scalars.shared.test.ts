import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CannotSendError } from "../../src/errors/hearthwire-error.js";
import type { Dialect } from "../../src/serializers/dialect.js";
import { encodedScalars } from "../../src/serializers/encoded-scalars.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { TypeTable } from "../../src/serializers/value-type.js";
import { ValueEncoder } from "../../src/serializers/value-encoder.js";
import { LoopBody, travelling } from "./bodies.js";

const dialect: Dialect = {
  name: "superjson",
  hasSuperjsonTypes: true,
  isUtf8: false,
  types: new TypeTable(),
  allowsRegExp: false,
};
const item = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.double({ noNaN: true }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
);

describe("scalars", () => {
  test("have the text, nodes and bound that the walk gives", () => {
    fc.assert(
      fc.property(fc.oneof(item, fc.array(item, { maxLength: 10 })), (value) => {
        const quick = encodedScalars(value);
        if (quick === undefined) return;
        const walked = new ValueEncoder(dialect, travelling, "args").encode(value);
        expect(quick.finish(new LoopBody())).toBe(walked.finish(new LoopBody()));
        expect(quick.nodes).toBe(walked.nodes);
        expect(quick.textBound).toBe(walked.textBound);
      }),
    );
  });

  test.each([[5], ["a\u2028\ud800"], [null], [[]], [[2, 3]], [[1, 2, 3, 4, 5, 6, 7, 8]]])("are taken: %j", (value) => {
    expect(encodedScalars(value)).toBeDefined();
  });

  test.each([
    ["-0", -0],
    ["NaN", Number.NaN],
    ["undefined", undefined],
    ["a bigint", 1n],
    ["a symbol", Symbol("s")],
    ["a function", () => 1],
    ["an object", {}],
    ["an array in an array", [[]]],
    ["-0 in an array", [1, -0]],
    ["a hole", [1, , 2]], // oxlint-disable-line no-sparse-arrays
    ["an array of nine", [1, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])("are left to the walk: %s", (_, value) => {
    expect(encodedScalars(value)).toBeUndefined();
  });

  test("never call toJSON of an array", () => {
    const value = Object.assign([1], { toJSON: () => 2 });
    expect(superjsonSerializer().encode(value, travelling, "args").finish(new LoopBody())).toBe('{"json":[1]}');
  });

  test("are refused by path when reading them throws", () => {
    const value = Object.defineProperty([1, 2], 1, {
      get() {
        throw new Error("mine");
      },
    });
    expect(() => superjsonSerializer().encode(value, travelling, "args")).toThrow(CannotSendError);
    expect(() => superjsonSerializer().encode(value, travelling, "args")).toThrow("args[1]: it can't be read");
  });
});
