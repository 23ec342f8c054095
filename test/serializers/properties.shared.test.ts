import fc from "fast-check";
import { SuperJSON } from "superjson";
import { describe, expect, test } from "vitest";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { PayloadError } from "../../src/serializers/payload.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { parseJson } from "../../src/wire/parse-json.js";
import { admitted, arrived, LoopBody, sent, travelling } from "./bodies.js";
import { serializers } from "./byte-serializers.js";

const superjson = superjsonSerializer({ allowRegExp: true });
const json = jsonSerializer();
const runs = { numRuns: 200 };

const key = fc
  .oneof(
    fc.constantFrom("", ".", "\\", "a.b", "0", "then", "__proto", "length"),
    fc.string({ unit: "binary", maxLength: 5 }),
  )
  .filter((name) => !["__proto__", "constructor", "prototype"].includes(name) && !name.startsWith("\ufeff"));
const scalar = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.double(),
  fc.integer(),
  fc.boolean(),
  fc.constantFrom(null, undefined, -0, Number.NaN),
  fc.bigInt(),
  fc.date({ noInvalidDate: true }),
  fc.webUrl().map((url) => new URL(url)),
  fc.constant(/^a+\/$/gi),
);
const bytes = fc.oneof(
  fc.uint8Array(),
  fc.float64Array(),
  fc.bigInt64Array(),
  fc.uint8Array().map(({ buffer }) => buffer),
);

/** Values of the types that superjson has too, and of all types. */
const { known, any } = fc.letrec<{ known: unknown; any: unknown }>((tie) => ({
  known: fc.oneof({ depthSize: "small", withCrossShrink: true }, scalar, ...containers(tie("known"))),
  any: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.oneof(scalar, bytes, fc.constant(new Date(Number.NaN))),
    ...containers(tie("any")),
  ),
}));
const plain = fc.jsonValue().filter((value) => !/"(__proto__|constructor|prototype)":/.test(JSON.stringify(value)));

function containers(item: fc.Arbitrary<unknown>): readonly [fc.Arbitrary<unknown>, ...fc.Arbitrary<unknown>[]] {
  return [
    fc.array(item, { maxLength: 4 }),
    fc.dictionary(key, item, { maxKeys: 4, noNullPrototype: true }),
    fc.array(fc.tuple(item, item), { maxLength: 3 }).map((pairs) => new Map(pairs)),
    fc.array(item, { maxLength: 3 }).map((items) => new Set(items)),
  ];
}

describe("superjson is the reference", () => {
  test("revives what we write", () => {
    fc.assert(
      fc.property(known, (value) => {
        expect(new SuperJSON().deserialize(sent(superjson, value) as never)).toStrictEqual(value);
      }),
      runs,
    );
  });

  test("is revived by us", () => {
    fc.assert(
      fc.property(known, (value) => {
        const payload: unknown = parseJson(new SuperJSON().stringify(value));
        expect(admitted(superjson, payload)).toStrictEqual(value);
      }),
      runs,
    );
  });

  test("writes the same text, but for references between shared values", () => {
    fc.assert(
      fc.property(known, (value) => {
        const reference = new SuperJSON().serialize(value);
        if (reference.meta !== undefined) delete reference.meta.referentialEqualities;
        if (reference.meta?.values === undefined) delete reference.meta;
        expect(sent(superjson, value)).toEqual(parseJson(JSON.stringify(reference)));
      }),
      runs,
    );
  });
});

describe.each(serializers)("any value by %s", (_name, make) => {
  const serializer = make({ allowRegExp: true });

  test("arrives equal", () => {
    fc.assert(
      fc.property(any, (value) => {
        expect(arrived(serializer, value)).toStrictEqual(value);
      }),
      runs,
    );
  });

  test("costs the receiver the nodes that the sender counted, and fits its bound", () => {
    fc.assert(
      fc.property(any, (value) => {
        const body = new LoopBody();
        const before = body.budget.nodes;
        const encoded = serializer.encode(value, travelling, "args");
        const { nodes, textBound, segmentBytes } = encoded;
        const text = encoded.finish(body);
        serializer.decode(parseJson(text), body);
        expect(before - body.budget.nodes).toBe(nodes);
        expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(textBound);
        expect(body.segments.reduce((sum, segment) => sum + segment.length, 0)).toBeLessThanOrEqual(segmentBytes);
      }),
      runs,
    );
  });

  test("arrives as the details of an error, at the counted cost", () => {
    fc.assert(
      fc.property(any, (value) => {
        const body = new LoopBody();
        const error = Object.assign(new Error("m", { cause: new RangeError("c") }), { value: value ?? null });
        const encoded = serializer.encode([error], travelling, "args");
        const [result] = serializer.decode(parseJson(encoded.finish(body)), body) as [unknown];
        expect(result).toMatchObject({ message: "m", cause: { name: "RangeError" } });
        expect((result as { details: unknown }).details).toStrictEqual({ value: value ?? null });
        expect(100_000 - body.budget.nodes).toBe(encoded.nodes);
      }),
      runs,
    );
  });
});

describe("any value", () => {
  test("that is plain JSON has the text of JSON.stringify, in both serializers", () => {
    fc.assert(
      fc.property(plain, (value) => {
        const data: unknown = parseJson(JSON.stringify(value)); // without -0, which JSON.stringify loses
        for (const serializer of [superjson, json]) {
          const text = serializer.encode(data, travelling, "args").finish(new LoopBody());
          expect(text).toBe(JSON.stringify({ json: data }));
          expect(admitted(serializer, parseJson(text))).toStrictEqual(data);
        }
      }),
      runs,
    );
  });
});

describe("a hostile payload", () => {
  const type = fc.oneof(
    fc.constantFrom("undefined", "number", "bigint", "Date", "URL", "map", "set", "regexp", "Error", "toString"),
    fc.constantFrom("bytes", "ref", "stream", "error", "constructor").map((name) => ["custom", name]),
    fc.jsonValue({ maxDepth: 1 }),
  );
  const path = fc
    .array(fc.constantFrom("0", "1", "00", "a", "__proto__", "constructor", "length", "then", "\\"), {
      minLength: 1,
      maxLength: 3,
    })
    .map((segments) => segments.join("."));
  const { node } = fc.letrec<{ node: unknown }>((tie) => ({
    node: fc.oneof(
      fc.tuple(type),
      fc.tuple(type, fc.dictionary(path, tie("node"), { maxKeys: 2, noNullPrototype: true })),
    ),
  }));
  const leafy = fc.constantFrom(
    null,
    "NaN",
    "1",
    "invalid",
    [],
    [["a", 1]],
    [0, "Uint8Array"],
    [0, 1, "function"],
    [1, 1],
    {
      name: "E",
      message: "m",
      data: { json: { a: [0, 1, "function"] }, meta: { values: { a: [["custom", "ref"]] }, v: 1 } },
    },
  );
  const tree = fc.oneof(
    leafy,
    fc.array(leafy, { maxLength: 3 }),
    fc.dictionary(fc.constantFrom("a", "0", "then", "length"), leafy, { maxKeys: 3, noNullPrototype: true }),
  );
  const values = fc.oneof(node, fc.dictionary(path, node, { maxKeys: 3, noNullPrototype: true }));

  test("is refused by a PayloadError or gives data; nothing is polluted", () => {
    fc.assert(
      fc.property(tree, values, (content, annotations) => {
        const body = new LoopBody();
        body.segment(new Uint8Array(8));
        body.objects.push(() => 1);
        const payload: unknown = parseJson(JSON.stringify({ json: content, meta: { values: annotations, v: 1 } }));
        superjson.dependencies(payload, body);
        try {
          const result = admitted(superjson, payload, body);
          expect((result as { then?: unknown } | null | undefined)?.then).not.toBeTypeOf("function");
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadError);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
