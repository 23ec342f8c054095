import { describe, expect, test } from "vitest";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { valueType } from "../../src/serializers/value-type.js";
import { arrived, Exposed, sent } from "./bodies.js";

class Money {
  readonly cents: number;

  constructor(cents: number) {
    this.cents = cents;
  }
}

const money = valueType({
  tag: "money",
  Class: Money,
  encode: (value) => value.cents,
  decode: (cents) => new Money(cents),
});
const superjson = superjsonSerializer({ types: [money], allowRegExp: true });
const json = jsonSerializer();

const plain: readonly (readonly [string, unknown])[] = [
  ["null", null],
  ["true", true],
  ["a number", 0.1],
  ["an integer above 2^53", 2 ** 53 + 2],
  ["an empty string", ""],
  ["text of all planes", "aé€𝄞\u0000\u2028"],
  ["a lone surrogate", "\ud800"],
  ["an empty array", []],
  ["an empty object", {}],
  ["nested data", { a: [1, { b: ["c"] }], "": { "x.y": "\\" } }],
  ["an object whose key is a number", { 2: "b", 1: "a" }],
];

const leaves: readonly (readonly [string, unknown])[] = [
  ["Uint8Array", Uint8Array.of(0, 1, 255)],
  ["Int8Array", Int8Array.of(-128, 127)],
  ["Uint8ClampedArray", Uint8ClampedArray.of(0, 255)],
  ["Uint16Array", Uint16Array.of(1, 65_535)],
  ["Int16Array", Int16Array.of(-32_768)],
  ["Uint32Array", Uint32Array.of(2 ** 32 - 1)],
  ["Int32Array", Int32Array.of(-(2 ** 31))],
  ["Float32Array", Float32Array.of(0.5, Number.NaN)],
  ["Float64Array", Float64Array.of(0.1, -0)],
  ["BigUint64Array", BigUint64Array.of(2n ** 64n - 1n)],
  ["BigInt64Array", BigInt64Array.of(-(2n ** 63n))],
  ["an ArrayBuffer", Uint8Array.of(1, 2, 3).buffer],
  ["a DataView", new DataView(Uint8Array.of(1, 2, 3).buffer)],
  ["no bytes at all", new Float64Array(0)],
  ["bytes in data", { name: "a.png", chunks: [Uint8Array.of(1), Uint8Array.of(2, 3)] }],
];

const rich: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["undefined in an object", { a: undefined }],
  ["undefined in an array", [undefined, 1]],
  ["NaN", Number.NaN],
  ["infinities", [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ["-0", -0],
  ["a bigint", -12_345_678_901_234_567_890n],
  ["a bigint of 1024 digits", BigInt("9".repeat(1024))],
  ["a Date", new Date("2024-02-29T12:00:00.123Z")],
  ["the last Date", new Date(8.64e15)],
  ["an invalid Date", new Date(Number.NaN)],
  ["a URL", new URL("https://example.org/a?b=%20#c")],
  ["a RegExp", /^a\/b$/giu],
  ["an instance of a registered class", new Money(250)],
  ["a Map", new Map([["a", 1]])],
  ["an empty Map", new Map()],
  [
    "a Map with keys of all kinds",
    new Map<unknown, unknown>([
      [new Date(0), { a: undefined }],
      [1n, new Money(1)],
    ]),
  ],
  ["a Set", new Set(["a", "b"])],
  ["a Set of Dates", new Set([new Date(0), new Date(1)])],
  ["an invalid Date in a Map", new Map([["when", new Date(Number.NaN)]])],
  ["bytes in a Set in a Map", new Map([["all", new Set([Uint8Array.of(7)])]])],
  ["maps in data in maps", new Map([["a", { list: [new Map([[undefined, -0]])] }]])],
  ["keys that paths escape", { "a.b": { "c\\d": new Date(0) }, "": { "": 1n }, "e\\.f": new Map([[1, 2n]]) }],
];

describe("superjson", () => {
  test.each([...plain, ...leaves, ...rich])("carries %s", (_, value) => {
    expect(arrived(superjson, value)).toStrictEqual(value);
  });

  test.each(plain)("writes %s as JSON does", (_, value) => {
    expect(sent(superjson, value)).toStrictEqual({ json: value });
  });

  test("carries functions, exposed objects and streams as what they stand for", () => {
    const value = { call: () => 1, object: new Exposed("shelf"), items: (async function* () {})() };
    const result = arrived(superjson, value) as typeof value;
    expect([result.call, result.object, result.items]).toEqual([value.call, value.object, value.items]);
    expect(result.call).toBe(value.call);
  });

  test("carries references in maps and sets", () => {
    const call = (): number => 1;
    const result = arrived(superjson, new Map([["all", new Set([call])]])) as ReadonlyMap<string, ReadonlySet<unknown>>;
    expect([...result.get("all")!]).toEqual([call]);
  });

  test("carries an object without prototype as a plain one", () => {
    expect(arrived(superjson, Object.assign(Object.create(null), { a: 1n }))).toStrictEqual({ a: 1n });
  });

  test("carries what is shared as copies", () => {
    const shared = { when: new Date(0) };
    const result = arrived(superjson, { left: shared, right: shared }) as Record<string, unknown>;
    expect(result).toStrictEqual({ left: shared, right: shared });
    expect(result["left"]).not.toBe(result["right"]);
  });
});

describe("json", () => {
  test.each([...plain, ...leaves, ["undefined", undefined] as const])("carries %s", (_, value) => {
    expect(arrived(json, value)).toStrictEqual(value);
  });

  test("carries functions, exposed objects and streams as what they stand for", () => {
    const value = { call: () => 1, object: new Exposed("shelf"), items: (async function* () {})() };
    expect(arrived(json, value)).toEqual(value);
  });

  test("leaves out a property that is undefined, beside leaves as well", () => {
    expect(arrived(json, { a: undefined, b: 1 })).toStrictEqual({ b: 1 });
    expect(arrived(json, { a: undefined, b: Uint8Array.of(1) })).toStrictEqual({ b: Uint8Array.of(1) });
  });

  test("sends -0 as 0", () => {
    expect(arrived(json, [-0])).toStrictEqual([0]);
  });
});
