import { valueType } from "../../src/serializers/value-type.js";

/** A class that travels by value. */
export class Money {
  readonly cents: number;

  constructor(cents: number) {
    this.cents = cents;
  }
}

export const money = valueType({
  tag: "money",
  Class: Money,
  encode: (value) => value.cents,
  decode: (cents) => new Money(cents),
});
/** What plain JSON says too. */
export const plain: readonly (readonly [string, unknown])[] = [
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

/** Bytes, which are leaves of our own. */
export const leaves: readonly (readonly [string, unknown])[] = [
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
  ["a typed array on a slice", new Int16Array(Int16Array.of(1, 2, 3, 4).buffer, 2, 2)],
  ["a DataView on a slice", new DataView(Uint8Array.of(1, 2, 3, 4).buffer, 1, 2)],
  ["bytes in data", { name: "a.png", chunks: [Uint8Array.of(1), Uint8Array.of(2, 3)] }],
];

/** What needs annotations. */
export const rich: readonly (readonly [string, unknown])[] = [
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
  ["a Map of Maps", new Map([["a", new Map([[new Map(), new Map([["b", 1n]])]])]])],
  ["a Set of objects", new Set([{ a: 1 }, { a: undefined }, []])],
  ["an empty Set", new Set()],
  ["a text that begins with a byte order mark, longer than a buffer", `\ufeff${"€".repeat(300)}`],
  ["half a surrogate pair in a long text", `${"a".repeat(300)}\udc00${"b".repeat(300)}`],
  ["whole surrogate pairs", "𝄞".repeat(100)],
  ["integers at the edges", [2 ** 53 - 1, -(2 ** 53 - 1), 2 ** 53, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 255, 256, -33]],
  ["numbers at the edges", [Number.MIN_VALUE, Number.MAX_VALUE, Number.EPSILON, 1e21, 1e-7]],
  ["undefined in all places", [undefined, { a: undefined }, new Map([[undefined, undefined]]), new Set([undefined])]],
  [
    "arrays of more than 16 and of more than 65 535",
    [Array.from({ length: 17 }, (_, at) => at), Array.from({ length: 65_536 }, () => 0)],
  ],
  ["an object of many names", Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`name${at}`, at]))],
  ["texts of all lengths", ["a".repeat(31), "a".repeat(32), "a".repeat(255), "a".repeat(256), "a".repeat(65_536)]],
  ["a Set", new Set(["a", "b"])],
  ["a Set of Dates", new Set([new Date(0), new Date(1)])],
  ["an invalid Date in a Map", new Map([["when", new Date(Number.NaN)]])],
  ["bytes in a Set in a Map", new Map([["all", new Set([Uint8Array.of(7)])]])],
  ["maps in data in maps", new Map([["a", { list: [new Map([[undefined, -0]])] }]])],
  ["keys that paths escape", { "a.b": { "c\\d": new Date(0) }, "": { "": 1n }, "e\\.f": new Map([[1, 2n]]) }],
];
