import { describe, expect, test } from "vitest";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { LoopBody, PendingResult, sent } from "./bodies.js";

const superjson = superjsonSerializer();
const dependencies = (value: unknown): readonly number[] =>
  superjson.dependencies(sent(superjson, value), new LoopBody());
const annotatedAs = (json: unknown, values: unknown): unknown => ({ json, meta: { values, v: 1 } });

describe("dependencies", () => {
  test("are the calls whose results stand in a payload, in its order", () => {
    const value = [new PendingResult(7), { a: [new PendingResult(9)] }, () => 1, new Date(0)];
    expect(dependencies(value)).toEqual([7, 9]);
  });

  test("are found in maps, sets and errors", () => {
    const error = Object.assign(
      new Error("m", { cause: Object.assign(new Error("c"), { of: new PendingResult(2) }) }),
      {
        of: new PendingResult(3),
      },
    );
    const value = [new Map([["k", new Set([new PendingResult(1)])]]), error];
    expect([...dependencies(value)].sort()).toEqual([1, 2, 3]);
  });

  test("are one and the same empty list where there are none", () => {
    expect(dependencies([1, { a: "b" }])).toEqual([]);
    expect(dependencies([1])).toBe(dependencies([new Date(0), () => 1]));
  });

  test("leave [2, id] alone where it is data", () => {
    expect(dependencies([[2, 7]])).toEqual([]);
  });

  test.each([
    ["no payload", null],
    ["a string", "x"],
    ["meta that is a string", { json: 1, meta: "values" }],
    ["values that are a string", annotatedAs([2, 7], "ref")],
    ["a path to nowhere", annotatedAs({}, { "a.b": [["custom", "ref"]] })],
    ["an inherited key", annotatedAs({}, { constructor: [["custom", "ref"]] })],
    ["a wrong escape", annotatedAs({ a: [2, 7] }, { "\\a": [["custom", "ref"]] })],
    ["an id that is no number", annotatedAs([2, "7"], [["custom", "ref"]])],
    [
      "annotations 20 000 deep",
      annotatedAs([], JSON.parse(`${'["set",{"0":'.repeat(20_000)}["set"]${"}]".repeat(20_000)}`)),
    ],
    [
      "causes 20 000 deep",
      annotatedAs(JSON.parse(`${'{"cause":'.repeat(20_000)}1${"}".repeat(20_000)}`), [["custom", "error"]]),
    ],
  ])("are none in %s, and nothing is thrown", (_, payload) => {
    expect(superjson.dependencies(payload, new LoopBody())).toEqual([]);
  });

  test("are found as deep as errors nest in errors", () => {
    let value: unknown = new PendingResult(7);
    for (let level = 0; level < 30; level++) value = Object.assign(new Error("m"), { value });
    expect(dependencies([value])).toEqual([7]);
  });

  test("look at the record of an error once, however many paths lead to it", () => {
    let looks = 0;
    const record = {
      get cause(): undefined {
        looks++;
        return undefined;
      },
    };
    const error = [["custom", "error"]];
    const inArray = Object.fromEntries(Array.from({ length: 1000 }, (_, at) => [at, error]));
    const json = { a: Array.from({ length: 1000 }, () => record) };
    superjson.dependencies(
      annotatedAs(json, { "a.0": error, "a.1": ["set", { "": error }], a: ["set", inArray] }),
      new LoopBody(),
    );
    expect(looks).toBe(1);
  });
});
