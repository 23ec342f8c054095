import superjsonReference from "superjson";
import { describe, expect, test } from "vitest";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import type { OutgoingBody } from "../../src/serializers/payload.js";
import { Exposed, LoopBody, travelling } from "./bodies.js";

const superjson = superjsonSerializer();
const text = (value: unknown): string => superjson.encode(value, travelling, "args").finish(new LoopBody());

describe("the text of a payload", () => {
  test.each([
    ["a number", 5],
    ["text", 'a"b\\ é \ud800'],
    ["arguments", [12_345, "store", [2, 3]]],
    ["a record", { id: 1, name: "candle", tags: ["wax", "red"], stock: { berlin: 2, rome: 0 } }],
    ["undefined", undefined],
    ["a record with a Date", { id: 1, at: new Date(0), list: [undefined, 1n, -0] }],
    ["escaped paths", { "a.b": { "c\\": new Date(0) } }],
    [
      "a Map",
      new Map<unknown, unknown>([
        ["a", 1],
        [new Date(0), { s: new Set([1n]) }],
      ]),
    ],
    ["a Map in data", { list: [new Map([[1, undefined]])] }],
  ])("is superjson's own for %s", (_, value) => {
    expect(text(value)).toBe(superjsonReference.stringify(value));
  });

  test("has numbers where references, streams and bytes stand, given out in finish", () => {
    const call = (): number => 1;
    const value = [call, { items: (async function* () {})(), file: Uint8Array.of(1, 2) }, new Exposed("x")];
    const encoded = superjson.encode(value, travelling, "args");
    const body = new LoopBody();
    body.segment(new Uint8Array(1));
    body.objects.push({});
    expect(JSON.parse(encoded.finish(body))).toEqual({
      json: [[0, 2, "function"], { items: [3, "iterable"], file: [1, "Uint8Array"] }, [0, 4, "object"]],
      meta: {
        values: {
          0: [["custom", "ref"]],
          "1.items": [["custom", "stream"]],
          "1.file": [["custom", "bytes"]],
          2: [["custom", "ref"]],
        },
        v: 1,
      },
    });
  });
});

describe("what an encoded payload says of itself", () => {
  test("counts nodes, segment bytes and references", () => {
    const plain = superjson.encode([1, { a: null }], travelling, "args");
    expect([plain.nodes, plain.segmentBytes, plain.hasReferences]).toEqual([4, 0, false]);
    const bytes = superjson.encode([new Uint8Array(10), new Float64Array(2)], travelling, "args");
    expect([bytes.nodes, bytes.segmentBytes, bytes.hasReferences]).toEqual([5, 26, false]);
    const reference = superjson.encode([() => 1], travelling, "args");
    expect([reference.nodes, reference.segmentBytes, reference.hasReferences]).toEqual([3, 0, true]);
  });

  test("bounds the longest leaves", () => {
    const longest: OutgoingBody = {
      segment: () => 65_535,
      reference: () => [0, Number.MAX_SAFE_INTEGER, "function", [Number.MAX_SAFE_INTEGER]],
      stream: () => [Number.MAX_SAFE_INTEGER, "readable"],
    };
    const encoded = superjson.encode([() => 1, (async function* () {})(), new BigUint64Array(1)], travelling, "args");
    const bound = encoded.textBound;
    expect(Buffer.byteLength(encoded.finish(longest))).toBeLessThanOrEqual(bound);
  });
});
