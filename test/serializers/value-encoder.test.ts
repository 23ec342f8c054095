import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { CannotSendError } from "../../src/errors/hearthwire-error.js";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import type { PayloadSerializer } from "../../src/serializers/payload.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { valueType, type ValueType } from "../../src/serializers/value-type.js";
import { admitted, arrived, Exposed, LoopBody, nothingTravels, Released, sent, travelling } from "./bodies.js";

const superjson = superjsonSerializer();

class Socket {
  readonly fd = 3;
}
class Stock extends Map<string, number> {}
class Moment extends Date {}

const refusalOf = (value: unknown, one: PayloadSerializer = superjson, values = travelling): CannotSendError => {
  try {
    one.encode(value, values, "args");
  } catch (error) {
    if (error instanceof CannotSendError) return error;
    throw error;
  }
  throw new Error("it was sent");
};
const cyclic = (): unknown => {
  const a: { b?: unknown } = {};
  a.b = { c: [a] };
  return a;
};
const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));

describe("refuses, by path,", () => {
  const cases: readonly (readonly [string, unknown, string])[] = [
    [
      "an instance of a class",
      [{ user: { socket: new Socket() } }],
      "args[0].user.socket: an instance of Socket can't be sent",
    ],
    [
      "an instance of an anonymous class",
      [new (class {})()],
      "args[0]: an instance of an anonymous class can't be sent",
    ],
    ["a subclass of Map", [new Stock()], "args[0]: an instance of Stock can't be sent"],
    ["a subclass of Date", [new Moment()], "args[0]: an instance of Moment can't be sent"],
    ["an object that inherits data", [Object.create({ a: 1 })], "args[0]: an instance of Object can't be sent"],
    ["a WeakMap", [new WeakMap()], "args[0]: an instance of WeakMap can't be sent"],
    ["a SharedArrayBuffer", [new SharedArrayBuffer(1)], "args[0]: an instance of SharedArrayBuffer can't be sent"],
    ["a boxed number", [Object(1)], "args[0]: an instance of Number can't be sent"],
    ["a Promise", [{ later: Promise.resolve(1) }], "args[0].later: a Promise can't be sent; await it first"],
    ["a symbol", [{ "a b": Symbol("x") }], 'args[0]["a b"]: a symbol can\'t be sent'],
    [
      "a hole in an array",
      [Object.assign([], { 0: 1, 2: 3 })],
      "args[0][1]: a hole in an array can't be sent; use null or undefined",
    ],
    [
      "the longest array of holes",
      [Object.assign([], { length: 2 ** 32 - 1 })],
      "args[0][0]: a hole in an array can't be sent",
    ],
    ["a cycle", [cyclic()], "args[0].b.c[0]: a cycle can't be sent"],
    ["a cycle through a Map", [((map) => map.set("self", map))(new Map())], "args[0][0][1]: a cycle can't be sent"],
    ["a cycle through a Set", [((set) => set.add([set]))(new Set())], "args[0][0][0]: a cycle can't be sent"],
    [
      "an own __proto__",
      [JSON.parse('{"__proto__":1}')],
      "args[0].__proto__: a property named __proto__ can't be sent",
    ],
    [
      "an own constructor",
      [{ a: { constructor: 1 } }],
      "args[0].a.constructor: a property named constructor can't be sent",
    ],
    ["an own prototype", [{ prototype: 1 }], "args[0].prototype: a property named prototype can't be sent"],
    [
      "a forbidden key after an annotation",
      [JSON.parse('{"a":1,"__proto__":1}', (_, v) => (v === 1 ? 1n : v))],
      "args[0].__proto__",
    ],
    ["a RegExp", [/a/], 'args[0]: a RegExp can\'t be sent unless "allowRegExp" is set'],
    ["a file URL", [new URL("file:///etc/passwd")], "args[0]: a URL with the protocol file: can't be sent"],
    ["a bigint of 1025 digits", [10n ** 1024n], "args[0]: a bigint of more than 1024 digits can't be sent"],
    ["65 containers", nested(65), `args${"[0]".repeat(64)}: a payload nests at most 64 levels deep`],
    [
      "more than 100 000 values",
      [Array.from({ length: 100_000 }, () => 1)],
      "args[0][99998]: a payload holds at most 100000 values",
    ],
    ["a reference under then", [{ then: () => 1 }], "args[0].then: nothing callable can be sent under this name"],
    ["a toJSON of its own", [{ toJSON: () => 1 }], "args[0].toJSON: nothing callable can be sent under this name"],
    ["an exposed object under inspect", [{ inspect: new Exposed("x") }], "args[0].inspect: nothing callable"],
    ["what the session refuses", [[new Released()]], "args[0][0]: this proxy was released"],
    ["what stands in the key of a map", [new Map([[Symbol("x"), 1]])], "args[0][0][0]: a symbol can't be sent"],
    [
      "what stands in the value of a map",
      [new Map([["k", { s: new Socket() }]])],
      "args[0][0][1].s: an instance of Socket",
    ],
  ];

  test.each(cases)("%s", (_, value, message) => {
    const error = refusalOf(value);
    expect(error.message.slice(0, message.length)).toBe(message);
    expect(error).toMatchObject({ code: "HW_CANNOT_SEND", delivery: "not-sent", path: message.split(": ")[0] });
  });

  test("a function where nothing travels by reference", () => {
    expect(refusalOf([() => 1], superjson, nothingTravels).message).toBe("args[0]: a function can't be sent here");
  });

  test("the bytes of a detached buffer", () => {
    const bytes = new Uint8Array(8);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(refusalOf([bytes]).message).toContain("args[0]: the bytes of a detached ArrayBuffer can't be sent");
    expect(refusalOf([bytes.buffer]).message).toContain("args[0]: the bytes of a detached ArrayBuffer can't be sent");
  });

  test("what throws when it is read, with the reason as the cause", () => {
    const reason = new Error("gone");
    const error = refusalOf([
      {
        get file(): string {
          throw reason;
        },
      },
    ]);
    expect(error).toMatchObject({ message: "args[0].file: it can't be read", path: "args[0].file", cause: reason });
  });

  test("32 sets around another value, which the gate refuses", () => {
    const sets = (depth: number): unknown => (depth === 0 ? 1n : new Set([sets(depth - 1)]));
    expect(arrived(superjson, sets(31))).toStrictEqual(sets(31));
    expect(refusalOf(sets(32)).message).toContain("at most 31 maps and sets may stand around such a value");
  });

  test("long class and property names, cut short", () => {
    const key = "k".repeat(1000);
    const message = refusalOf([{ [key]: Symbol("x") }]).message;
    expect(message).toBe(`args[0].${"k".repeat(64)}...: a symbol can't be sent`);
  });
});

describe("sends", () => {
  test("exactly 64 containers and 100 000 values", () => {
    expect(() => sent(superjson, nested(64))).not.toThrow();
    expect(superjson.encode([Array.from({ length: 99_998 }, () => 1)], travelling, "args").nodes).toBe(100_000);
  });

  test("sets and maps of numbers, counted as the gate counts them, until their square is too much", () => {
    const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);
    for (const value of [new Set(numbers(6900)), new Map(numbers(2000).map((n) => [BigInt(n), new Date(n)]))]) {
      const body = new LoopBody();
      const encoded = superjson.encode([value], travelling, "args");
      expect(admitted(superjson, JSON.parse(encoded.finish(body)), body)).toEqual([value]);
      expect(100_000 - body.budget.nodes).toBe(encoded.nodes);
    }
    expect(refusalOf([{ ids: new Set(numbers(7200)) }])).toMatchObject({
      path: "args[0].ids",
      message:
        "args[0].ids: the number keys of this map or set count as 101250 values more (their square by 512), and a " +
        "payload holds at most 100000; send an array",
    });
    expect(refusalOf([new Map(numbers(7200).map((n) => [n, n]))]).message).toContain("send an array");
    expect(() => sent(superjson, [new Set(numbers(50_000).map(String))])).not.toThrow();
  });

  test("an object whose toJSON no key shows, and calls none", () => {
    for (const toJSON of [() => undefined, () => ({ hidden: true })]) {
      const own = Object.defineProperty({ a: 1 }, "toJSON", { value: toJSON });
      const parent: object = Object.assign(Object.create(null) as object, { toJSON });
      const inherited: unknown = Object.assign(Object.create(parent) as object, { a: 1 });
      for (const serializer of [superjson, jsonSerializer()]) {
        expect([own, inherited, { own }].map((value) => arrived(serializer, value))).toEqual([
          { a: 1 },
          { a: 1 },
          { own: { a: 1 } },
        ]);
      }
    }
  });

  test("a toJSON that is data, and calls none", () => {
    expect(arrived(superjson, { toJSON: "data" })).toEqual({ toJSON: "data" });
    const list = Object.assign([1, 2], { toJSON: () => "called" });
    expect(arrived(superjson, list)).toEqual([1, 2]);
  });

  test("the elements of an array and no named properties of it, as JSON does", () => {
    expect(arrived(superjson, /(a)/.exec("a"))).toStrictEqual(["a", "a"]);
  });

  test("own enumerable properties with string keys", () => {
    const value = Object.defineProperty({ a: 1, [Symbol("s")]: 2 }, "hidden", { value: 3 });
    expect(arrived(superjson, value)).toStrictEqual({ a: 1 });
  });

  test("what a getter of plain data gives", () => {
    expect(
      arrived(superjson, {
        get when() {
          return new Date(0);
        },
      }),
    ).toStrictEqual({ when: new Date(0) });
  });

  test("data, maps and errors of another realm", () => {
    const foreign: unknown = runInNewContext(`({ list: [{ n: 1n }], bytes: new Uint8Array([1]).buffer })`);
    expect(arrived(superjson, foreign)).toEqual({ list: [{ n: 1n }], bytes: Uint8Array.of(1).buffer });
    expect(arrived(superjson, new Map([["k", foreign]]))).toMatchObject(new Map([["k", { list: [{ n: 1n }] }]]));
    expect(arrived(superjson, runInNewContext("new RangeError('x')"))).toMatchObject({
      name: "RangeError",
      message: "x",
    });
  });

  test("the elements of an array whose class has another constructor", () => {
    class Pages extends Array<unknown> {
      constructor() {
        super();
        if (new.target !== Pages) throw new Error("made by a copy");
      }
    }
    const pages = new Pages();
    pages.push(1, 2n);
    expect(arrived(superjson, pages)).toStrictEqual([1, 2n]);
  });

  test("the state at the time of the call", () => {
    const body = new LoopBody();
    const bytes = Uint8Array.of(1, 2);
    const value = { list: [1], call: () => 1, bytes, deep: { n: 1 } };
    const encoded = superjson.encode(value, travelling, "args");
    value.list.push(2);
    value.deep.n = 2;
    bytes[0] = 9;
    const result = admitted(superjson, JSON.parse(encoded.finish(body)), body);
    expect(result).toMatchObject({ list: [1], bytes: Uint8Array.of(1, 2), deep: { n: 1 } });
  });

  test("a Node Buffer as the Uint8Array that it is, and only its own bytes", () => {
    const result = arrived(superjson, Buffer.from("hello").subarray(1, 3)) as Uint8Array;
    expect(result).toStrictEqual(Uint8Array.of(101, 108));
    expect(result.buffer.byteLength).toBe(2);
  });

  test("part of a buffer, aligned anew", () => {
    const bytes = Uint8Array.of(9, 1, 0, 0, 0, 9);
    expect(arrived(superjson, new DataView(bytes.buffer, 1, 4))).toStrictEqual(
      new DataView(Uint8Array.of(1, 0, 0, 0).buffer),
    );
  });

  test("wide elements little-endian", () => {
    const body = new LoopBody();
    sent(superjson, Uint32Array.of(0x01020304), body);
    expect(body.segments).toEqual([Uint8Array.of(4, 3, 2, 1)]);
  });
});

describe("registered types", () => {
  class Money {
    readonly amount: unknown;

    constructor(amount: unknown) {
      this.amount = amount;
    }
  }
  class Euro extends Money {}
  const using = (encode: (value: Money) => unknown): PayloadSerializer => {
    const money: ValueType<never> = valueType({
      tag: "money",
      Class: Money,
      encode,
      decode: (amount) => new Money(amount),
    });
    return superjsonSerializer({ types: [money] });
  };
  const byField = using((value) => value.amount);

  test("encode to plain JSON", () => {
    const value = { price: new Money({ cents: 5, currency: "EUR", note: undefined }) };
    expect(sent(byField, value)).toEqual({
      json: { price: { cents: 5, currency: "EUR" } },
      meta: { values: { price: [["custom", "money"]] }, v: 1 },
    });
  });

  test.each([
    ["a Date", new Date(0), "a value of type Date"],
    ["NaN", Number.NaN, "the number NaN"],
    ["a Map", new Map(), "a Map"],
    ["bytes", new Uint8Array(1), "a value of type bytes"],
    ["a function", () => 1, "a value of type ref"],
    ["another registered value", new Money(1), "a value of type money"],
  ])("refuse to encode to %s", (_, amount, what) => {
    expect(refusalOf([new Money({ amount })], byField).message).toBe(
      `args[0].amount: the type money must encode to plain JSON, and ${what} is not`,
    );
  });

  test("don't cover subclasses, which would come back as less", () => {
    expect(refusalOf([new Euro(1)], byField).message).toContain("args[0]: an instance of Euro can't be sent");
  });

  test("name the path when their own code throws", () => {
    const failing = using(() => {
      throw new RangeError("no rate");
    });
    expect(refusalOf([new Money(1)], failing)).toMatchObject({ path: "args[0]", cause: new RangeError("no rate") });
  });

  test.each([
    ["an empty tag", [{ tag: "" }], "a tag is a string of 1..128 characters, got 0 characters"],
    ["a tag that is too long", [{ tag: "x".repeat(129) }], "got 129 characters"],
    ["a tag that is no string", [{ tag: 5 }], "got number"],
    ["a tag of our own", [{ tag: "error" }], 'the tag "error" is taken by hearthwire itself'],
    ["a tag given twice", [{ tag: "a" }, { tag: "a", Class: Socket }], 'the tag "a" is registered twice'],
    ["a class given twice", [{ tag: "a" }, { tag: "b" }], 'the class of the tag "b" is registered twice'],
    ["no class", [{ tag: "a", Class: undefined }], '"Class" of the tag "a" must be a class'],
  ])("can't be registered with %s", (_, types, message) => {
    const whole = types.map((type) => ({ Class: Money, encode: () => 0, decode: () => 0, ...type }));
    expect(() => superjsonSerializer({ types: whole as never })).toThrow(message);
  });
});

describe("json", () => {
  const json = jsonSerializer();

  test.each([
    ["a Date", new Date(0), 'a value of type Date can\'t be sent by the serializer "json"'],
    ["NaN", Number.NaN, 'the number NaN can\'t be sent by the serializer "json"'],
    ["a bigint", 1n, 'a value of type bigint can\'t be sent by the serializer "json"'],
    ["undefined in an array", undefined, 'a value of type undefined can\'t be sent by the serializer "json"'],
    ["a Map", new Map(), 'a Map can\'t be sent by the serializer "json"'],
    ["a Set", new Set(), 'a Set can\'t be sent by the serializer "json"'],
    ["a URL", new URL("https://a.example"), 'a value of type URL can\'t be sent by the serializer "json"'],
  ])("refuses %s", (_, value, message) => {
    expect(refusalOf([value], json).message).toBe(`args[0]: ${message}`);
  });
});
