import { afterEach, describe, expect, test } from "vitest";
import { jsonSerializer } from "../../src/serializers/json-serializer.js";
import { PayloadError, type PayloadSerializer } from "../../src/serializers/payload.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { valueType } from "../../src/serializers/value-type.js";
import { admitted, LoopBody } from "./bodies.js";
import { serializers } from "./byte-serializers.js";

class Money {}
const money = valueType({ tag: "money", Class: Money, encode: () => 0, decode: (_: number) => new Money() });

/** As it comes off the wire: an own `__proto__` can't be written as a literal. */
const parsed = (text: string): unknown => JSON.parse(text);
const annotatedAs = (json: unknown, values: unknown): unknown => ({ json, meta: { values, v: 1 } });
const nestedArrays = (depth: number): unknown => parsed("[".repeat(depth) + "]".repeat(depth));
const refusedBy = (one: PayloadSerializer, payload: unknown): unknown => {
  try {
    return { admitted: admitted(one, payload) };
  } catch (error) {
    return error;
  }
};

afterEach(() => {
  // oxlint-disable-next-line vitest/no-standalone-expect
  expect([({} as { polluted?: unknown }).polluted, Object.keys(Object.prototype)]).toEqual([undefined, []]);
});

describe.each(serializers)("the gate of %s,", (_name, make) => {
  const serializer = make({ types: [money] });

  describe("rule 1, the payload", () => {
    test.each([
      ["null", null],
      ["a number", 5],
      ["an array", []],
      ["a string", "x"],
      ["another key", { json: 1, values: {} }],
      ["meta that is null", { json: 1, meta: null }],
      ["meta that is an array", { json: 1, meta: [] }],
      ["meta without v", { json: [null], meta: { values: { 0: ["undefined"] } } }],
      ["v 0, whose paths have no escapes", { json: [null], meta: { values: { 0: ["undefined"] }, v: 0 } }],
      ["v 2", { json: 1, meta: { v: 2 } }],
      ["v as a string", { json: 1, meta: { v: "1" } }],
      ["v that is a name of prototypes", { json: 1, meta: { v: "__proto__" } }],
      ["another key of meta", { json: 1, meta: { v: 1, types: {} } }],
      ["an own __proto__", parsed('{"json":1,"__proto__":{"polluted":1}}')],
      ["an own __proto__ in meta", parsed('{"json":1,"meta":{"v":1,"__proto__":{"polluted":1}}}')],
      ["annotations of nothing", { meta: { values: ["undefined"], v: 1 } }],
    ])("refuses %s", (_, payload) => {
      expect(refusedBy(serializer, payload)).toBeInstanceOf(PayloadError);
    });

    test("takes a payload without json as undefined", () => {
      expect(admitted(serializer, {})).toBeUndefined();
    });

    test("takes meta that says nothing", () => {
      expect(admitted(serializer, { json: [1], meta: { v: 1 } })).toEqual([1]);
    });

    test("never reads referentialEqualities", () => {
      const meta = { v: 1, referentialEqualities: { a: ["b", "constructor.prototype", "then"] } };
      expect(admitted(serializer, { json: { a: { x: 1 }, b: null }, meta })).toStrictEqual({ a: { x: 1 }, b: null });
    });

    test("lets a thousand laughs stay one", () => {
      const equalities = Object.fromEntries(
        Array.from({ length: 26 }, (_, at) => [`l${at}`, [`l${at + 1}.0`, `l${at + 1}.1`]]),
      );
      const json = Object.fromEntries(Array.from({ length: 27 }, (_, at) => [`l${at}`, [0, 0]]));
      const body = new LoopBody();
      admitted(serializer, { json, meta: { v: 1, referentialEqualities: equalities } }, body);
      expect(100_000 - body.budget.nodes).toBe(1 + 27 * 3);
    });
  });

  describe("rule 2, budgets and keys", () => {
    test.each(["__proto__", "constructor", "prototype"])("refuses an own key %s at any depth", (key) => {
      for (const text of [`{"${key}":{"polluted":1}}`, `[{"a":{"${key}":1}}]`]) {
        expect(() => admitted(serializer, { json: parsed(text) })).toThrow("no object has a key");
        expect(() => admitted(serializer, annotatedAs({ w: null, x: parsed(text) }, { w: ["undefined"] }))).toThrow(
          "no object has a key",
        );
      }
    });

    test("takes such words as values", () => {
      expect(admitted(serializer, { json: ["__proto__", "constructor"] })).toEqual(["__proto__", "constructor"]);
    });

    test("takes 64 containers, one in the other, and refuses 65", () => {
      expect(() => admitted(serializer, { json: nestedArrays(64) })).not.toThrow();
      expect(() => admitted(serializer, { json: nestedArrays(65) })).toThrow("nests at most 64 deep");
    });

    test("counts containers on the way to an annotation too", () => {
      const path = (depth: number): string => Array.from({ length: depth }, () => "0").join(".");
      const json = (depth: number): unknown => parsed(`${"[".repeat(depth)}null${"]".repeat(depth)}`);
      expect(() => admitted(serializer, annotatedAs(json(64), { [path(64)]: ["undefined"] }))).not.toThrow();
      expect(() => admitted(serializer, annotatedAs(json(65), { [path(64)]: ["set"] }))).toThrow(
        "nests at most 64 deep",
      );
    });

    test("takes 100 000 nodes in a frame and refuses one more", () => {
      expect(() => admitted(serializer, { json: Array.from({ length: 99_999 }, () => 1) })).not.toThrow();
      expect(() => admitted(serializer, { json: Array.from({ length: 100_000 }, () => 1) })).toThrow("at most 100000");
    });

    test("counts all payloads of a frame together, annotations as well", () => {
      const body = new LoopBody();
      admitted(serializer, annotatedAs([null, { a: null }], { 0: ["undefined"], "1.a": ["undefined"] }), body);
      expect(body.budget.nodes).toBe(100_000 - 4 - 2);
      body.budget.nodes = 2;
      expect(() => admitted(serializer, { json: [1, 2] }, body)).toThrow("at most 100000");
    });

    test("counts each step of a path that leads nowhere, as it counts what real ones lead through", () => {
      const steps = (path: string, json: unknown): number => {
        const body = new LoopBody();
        try {
          admitted(serializer, annotatedAs(json, { [path]: ["undefined"] }), body);
        } catch (error) {
          expect(error).toBeInstanceOf(PayloadError);
        }
        return 100_000 - body.budget.nodes;
      };
      expect(steps("a.b.c", { a: { b: { c: null } } })).toBe(4 + 1);
      expect(steps("a.b.c", {})).toBe(4 + 1);
      expect(steps(Array.from({ length: 64 }, () => "a").join("."), {})).toBe(65 + 1);
    });

    test("takes no more steps along paths than there are nodes left, over all payloads of a frame", () => {
      const body = new LoopBody();
      body.budget.nodes = 100;
      const path = Array.from({ length: 63 }, () => "").join(".");
      const payload = annotatedAs([], { [`a${path}`]: ["undefined"], [`b${path}`]: ["undefined"] });
      expect(() => admitted(serializer, payload, body)).toThrow("at most 100000");
      expect(() => admitted(serializer, annotatedAs([], { 0: ["undefined"] }), body)).toThrow("at most 100000");
    });

    test("gives up after as many steps as there are nodes left", () => {
      const body = new LoopBody();
      body.budget.nodes = 10;
      expect(() => admitted(serializer, { json: Array.from({ length: 900_000 }, () => 1) }, body)).toThrow(
        PayloadError,
      );
      expect(body.budget.nodes).toBe(-1);
    });

    test("takes annotations 32 deep and refuses 33", () => {
      const sets = (depth: number): unknown => {
        let values: unknown = ["set"];
        for (let level = 1; level < depth; level++) values = ["set", { 0: values }];
        return annotatedAs(nestedArrays(depth), values);
      };
      expect(() => admitted(serializer, sets(32))).not.toThrow();
      expect(() => admitted(serializer, sets(33))).toThrow("annotations nest at most 32 deep");
    });
  });

  describe("rule 3, paths", () => {
    test.each([
      ["values that are empty", [1], {}],
      ["values that are null", [1], null],
      ["values that are a type", [1], "set"],
      ["an annotation of no elements", [null], { 0: [] }],
      ["an annotation of three elements", [null], { 0: ["set", { 0: ["undefined"] }, {}] }],
      ["children that are empty", [[]], { 0: ["set", {}] }],
      ["an annotation that is an object of paths", { a: { b: null } }, { a: { b: ["undefined"] } }],
      ["a key that is not there", { a: null }, { b: ["undefined"] }],
      ["an inherited key", { a: null }, { toString: ["undefined"] }],
      ["__proto__", { a: null }, parsed('{"__proto__":["undefined"]}')],
      ["__proto__.polluted", { a: null }, { "__proto__.polluted": ["undefined"] }],
      ["constructor.prototype.polluted", { a: null }, { "constructor.prototype.polluted": ["undefined"] }],
      ["prototype", { a: null }, { prototype: ["undefined"] }],
      ["an index beyond the end", [null], { 1: ["undefined"] }],
      ["an index of a sparse array", [null], { 4_294_967_294: ["undefined"] }],
      ["length", [null], { length: ["undefined"] }],
      ["a name in an array", [null], { foo: ["undefined"] }],
      ["index 00", [null], { "00": ["undefined"] }],
      ["index +0", [null], { "+0": ["undefined"] }],
      ["index -0", [null], { "-0": ["undefined"] }],
      ["index 0e0", [null], { "0e0": ["undefined"] }],
      ["index 1e0", [null, null], { "1e0": ["undefined"] }],
      ["an index with a space", [null], { " 0": ["undefined"] }],
      ["a path through a string", { a: "xyz" }, { "a.0": ["Date"] }],
      ["a path through a string's length", { a: "xyz" }, { "a.length": ["undefined"] }],
      ["a path through null", { a: null }, { "a.b": ["undefined"] }],
      ["a path through a number", { a: 1 }, { "a.b": ["undefined"] }],
      ["an escape of another character", { "\\a": null }, { "\\a": ["undefined"] }],
      ["an escape at the end", { "\\": null }, { "\\": ["undefined"] }],
    ])("refuses %s", (_, json, values) => {
      expect(() => admitted(serializer, annotatedAs(json, values))).toThrow(PayloadError);
    });

    test.each([
      ["the root", null, ["undefined"], undefined],
      ["an own key", { a: null }, { a: ["undefined"] }, { a: undefined }],
      ["the last index", [0, null], { 1: ["undefined"] }, [0, undefined]],
      [
        "an escaped dot and an escaped backslash",
        { "a.b\\": null },
        { "a\\.b\\\\": ["undefined"] },
        { "a.b\\": undefined },
      ],
      ["empty keys", { "": { "": null } }, { ".": ["undefined"] }, { "": { "": undefined } }],
      ["a key that looks like an index", { "00": null }, { "00": ["undefined"] }, { "00": undefined }],
    ])("takes %s", (_, json, values, value) => {
      expect(admitted(serializer, annotatedAs(json, values))).toStrictEqual(value);
    });
  });

  test("refuses a path of 65 segments before it looks where that leads", () => {
    const path = Array.from({ length: 65 }, () => "0").join(".");
    expect(() => admitted(serializer, annotatedAs([null], { [path]: ["undefined"] }))).toThrow("up to 64 segments");
  });

  describe("rule 4, one annotation each", () => {
    test.each([
      ["a child before its parent", { a: [null] }, { "a.0": ["undefined"], a: ["set"] }],
      ["a child after its parent", { a: [null] }, { a: ["set"], "a.0": ["undefined"] }],
      ["a path through a map", { a: [["k", null]] }, { a: ["map"], "a.0.1": ["undefined"] }],
      ["a path through a registered type", { a: { b: null } }, { a: [["custom", "money"]], "a.b": ["undefined"] }],
      ["children of a Date", "2024-01-01T00:00:00.000Z", ["Date", { 0: ["undefined"] }]],
      ["children of a registered type", { b: null }, [["custom", "money"], { b: ["undefined"] }]],
      ["children of bytes", [0, "Uint8Array"], [["custom", "bytes"], { 0: ["undefined"] }]],
      ["a pair that is annotated", [["k", 1]], ["map", { 0: ["set"] }]],
      ["a third element of a pair", [["k", 1, null]], ["map", { "0.2": ["undefined"] }]],
      ["the length of a pair", [["k", 1]], ["map", { "0.length": ["undefined"] }]],
      ["a key of a pair written 00", [["k", 1]], ["map", { "0.00": ["undefined"] }]],
    ])("refuses %s", (_, json, values) => {
      expect(() => admitted(serializer, annotatedAs(json, values))).toThrow(PayloadError);
    });

    test("takes what maps and sets hold as their children", () => {
      const json = [["k", { list: [null] }]];
      const result = admitted(serializer, annotatedAs(json, ["map", { "0.1.list": ["set", { 0: ["undefined"] }] }]));
      expect(result).toStrictEqual(new Map([["k", { list: new Set([undefined]) }]]));
    });

    test("refuses an annotation inside a value that comes home as the receiver's own object", () => {
      const body = new LoopBody();
      const own = { secret: null };
      body.objects.push(own);
      const values = { a: [["custom", "ref"]], "a.secret": ["undefined"] };
      expect(() => admitted(serializer, annotatedAs({ a: [1, 1] }, values), body)).toThrow(PayloadError);
      expect(own).toStrictEqual({ secret: null });
    });
  });

  describe("rule 5, types", () => {
    const types: readonly (readonly [string, unknown, unknown])[] = [
      ["undefined from 0", 0, "undefined"],
      ["undefined from an object", {}, "undefined"],
      ["a number that JSON has", "1", "number"],
      ["a number in hex", "0x10", "number"],
      ["a raw number annotated", 1, "number"],
      ["a bigint in hex", "0x10", "bigint"],
      ["a bigint from true", true, "bigint"],
      ["a bigint from a number", 1, "bigint"],
      ["an empty bigint", "", "bigint"],
      ["a bigint with separators", "1_000", "bigint"],
      ["a bigint with a sign", "+1", "bigint"],
      ["a bigint in other digits", "١", "bigint"],
      ["a bigint of 1025 digits", "9".repeat(1025), "bigint"],
      ["a bigint of three million digits", "9".repeat(3_000_000), "bigint"],
      ["a Date of another format", "2024-01-01", "Date"],
      ["a Date with an offset", "2024-01-01T00:00:00.000+01:00", "Date"],
      ["a Date beyond the last", "+275760-09-13T00:00:00.001Z", "Date"],
      ["a Date from a number", 0, "Date"],
      ["another word for an invalid Date", "Invalid Date", "Date"],
      ["javascript: as a URL", "javascript:alert(1)", "URL"],
      ["file: as a URL", "file:///etc/passwd", "URL"],
      ["data: as a URL", "data:text/html,x", "URL"],
      ["half a URL", "//example.org", "URL"],
      ["a URL whose host is not ASCII", "https://bücher.example/", "URL"],
      ["a URL whose path is not ASCII", "https://example.org/ü", "URL"],
      ["a URL with a line break", "https://example.org/\n", "URL"],
      ["a URL from an array", ["https://example.org"], "URL"],
      ["a set from an object", { 0: 1 }, "set"],
      ["a set from a string", "abc", "set"],
      ["a map from an object", {}, "map"],
      ["a map from pairs that are strings", ["ab"], "map"],
      ["a map from triples", [[1, 2, 3]], "map"],
      ["a map from single keys", [[1]], "map"],
      ["a RegExp", "/(a+)+$/", "regexp"],
      ["an Error of superjson", { name: "Error", message: "" }, "Error"],
      ["a typed array of superjson", [1], ["typed-array", "Uint8Array"]],
      ["a typed array that is a constructor", [1], ["typed-array", "constructor"]],
      ["a class", {}, ["class", "Money"]],
      ["a symbol", "x", ["symbol", "x"]],
      ["a custom that nobody registered", 1, ["custom", "other"]],
      ["a custom of every object", 1, ["custom", "toString"]],
      ["a custom without name", 1, ["custom"]],
      ["a custom with more than a name", 1, ["custom", "money", 1]],
      ["a custom whose name is an array", 1, ["custom", ["money"]]],
      ["a registered tag as a type", 1, "money"],
      ["a leaf of our own as a type", [0, "Uint8Array"], "bytes"],
      ["a type of every object", 1, "toString"],
      ["the constructor as a type", 1, "constructor"],
      ["a type that is no string", 1, 5],
      ["a type that is null", 1, null],
    ];

    test.each(types)("refuses %s", (_, json, type) => {
      expect(() => admitted(serializer, annotatedAs(json, [type]))).toThrow(PayloadError);
      expect(() => admitted(serializer, annotatedAs({ a: json }, { a: [type] }))).toThrow(PayloadError);
    });

    test.each(["1e999", "-1e999", "[1e400]"])("refuses the number %s, which is not finite", (text) => {
      expect(() => admitted(serializer, { json: parsed(text) })).toThrow("a number is finite");
    });

    test.each([
      ["a bigint", "-0042", "bigint", -42n],
      ["an invalid Date", "invalid", "Date", new Date(Number.NaN)],
      ["a Date before year 0", "-000001-01-01T00:00:00.000Z", "Date", new Date("-000001-01-01T00:00:00.000Z")],
      ["a URL with its host in ASCII", "https://xn--bcher-kva.example/", "URL", new URL("https://bücher.example/")],
      ["mailto: with a space", "mailto:a b@example.org", "URL", new URL("mailto:a b@example.org")],
      ["mailto: as a URL", "mailto:a@example.org", "URL", new URL("mailto:a@example.org")],
      ["wss: as a URL", "wss://example.org/", "URL", new URL("wss://example.org/")],
      ["a set that names a value twice", [1, 1], "set", new Set([1])],
      ["a registered type", 1, ["custom", "money"], new Money()],
    ])("takes %s", (_, json, type, value) => {
      expect(admitted(serializer, annotatedAs(json, [type]))).toStrictEqual(value);
    });

    test("refuses a RegExp that is none, where RegExps are allowed", () => {
      const allowing = make({ allowRegExp: true });
      expect(admitted(allowing, annotatedAs("/a/g", ["regexp"]))).toStrictEqual(/a/g);
      for (const json of ["a", "/a", "/(/", "/a/gg", "", 1]) {
        expect(() => admitted(allowing, annotatedAs(json, ["regexp"]))).toThrow(PayloadError);
      }
    });

    test("refuses what a registered type refuses, with its reason as the cause", () => {
      const reason = new RangeError("no cents");
      const strict = valueType({
        tag: "money",
        Class: Money,
        encode: () => 0,
        decode: (): Money => {
          throw reason;
        },
      });
      const error = refusedBy(make({ types: [strict] }), annotatedAs(1, [["custom", "money"]]));
      expect(error).toMatchObject({ name: "PayloadError", cause: reason });
    });

    test("refuses a registered type that makes a function of data", () => {
      const odd = valueType({ tag: "f", Class: Money, encode: () => 0, decode: () => (() => 0) as unknown as Money });
      expect(() => admitted(make({ types: [odd] }), annotatedAs(1, [["custom", "f"]]))).toThrow(PayloadError);
    });

    test.each([
      ["a segment that is not there", [3, "Uint8Array"]],
      ["a segment before the first", [-1, "Uint8Array"]],
      ["half a segment", [0.5, "Uint8Array"]],
      ["a type of superjson's that we don't send", [0, "Float16Array"]],
      ["a type of every object", [0, "constructor"]],
      ["bytes of the wrong length", [0, "Uint32Array"]],
      ["a third element", [0, "Uint8Array", 1]],
      ["an object", { 0: 0, 1: "Uint8Array", length: 2 }],
      ["null", null],
    ])("refuses bytes from %s", (_, leaf) => {
      const body = new LoopBody();
      body.segment(Uint8Array.of(1, 2, 3));
      expect(() => admitted(serializer, annotatedAs(leaf, [["custom", "bytes"]]), body)).toThrow(PayloadError);
    });

    test("revives bytes as an aligned copy, which shows nothing of the frame", () => {
      const frame = Buffer.from(Uint8Array.of(9, 9, 9, 0, 0, 0, 0, 0, 0, 240, 63, 9));
      const body = new LoopBody();
      body.segment(frame.subarray(3, 11));
      const result = admitted(
        serializer,
        annotatedAs([0, "Float64Array"], [["custom", "bytes"]]),
        body,
      ) as Float64Array;
      expect([...result]).toEqual([1]);
      expect([result.byteOffset, result.buffer.byteLength, result.buffer === frame.buffer]).toEqual([0, 8, false]);
      frame.fill(0);
      expect([...result]).toEqual([1]);
    });

    test("refuses a segment named twice and ignores one never named", () => {
      const body = new LoopBody();
      body.segment(Uint8Array.of(1));
      body.segment(Uint8Array.of(2));
      const twice = annotatedAs(
        [
          [0, "Uint8Array"],
          [0, "Uint8Array"],
        ],
        { 0: [["custom", "bytes"]], 1: [["custom", "bytes"]] },
      );
      expect(() => admitted(serializer, twice, body)).toThrow("a segment is named once");
    });
  });

  // A set of 60 000 integers chosen for their hashes, 626 kB, held the process for 4 s.
  describe("number keys of maps and sets", () => {
    const numbers = (count: number): readonly number[] => Array.from({ length: count }, (_, at) => at);
    const nodesOf = (json: unknown, values: unknown): number => {
      const body = new LoopBody();
      admitted(serializer, annotatedAs(json, values), body);
      return 100_000 - body.budget.nodes;
    };

    test("count as their square divided by 512, and strings as nothing more", () => {
      expect(nodesOf(numbers(22), ["set"])).toBe(1 + 22 + 1);
      expect(nodesOf(numbers(23), ["set"])).toBe(1 + 23 + 1 + 1);
      expect(nodesOf(numbers(1024), ["set"])).toBe(1 + 1024 + 1 + 2048);
      expect(
        nodesOf(
          numbers(1024).map((n) => [n, 0]),
          ["map"],
        ),
      ).toBe(1 + 3 * 1024 + 1 + 2048);
      expect(
        nodesOf(
          numbers(1024).map((n) => [`${n}`, n]),
          ["map"],
        ),
      ).toBe(1 + 3 * 1024 + 1);
    });

    test("count so as bigints and as numbers that are annotated", () => {
      const annotations = Object.fromEntries(numbers(1024).map((n) => [n, ["bigint"]]));
      expect(nodesOf(numbers(1024).map(String), ["set", annotations])).toBe(1 + 1024 + 1025 + 2048);
      const zeros = Object.fromEntries(numbers(1024).map((n) => [n, ["number"]]));
      expect(
        nodesOf(
          numbers(1024).map(() => "-0"),
          ["set", zeros],
        ),
      ).toBe(1 + 1024 + 1025 + 2048);
    });

    test("are refused where that is more than the frame has left, before the set is made", () => {
      expect(() => nodesOf(numbers(6900), ["set"])).not.toThrow();
      expect(() => nodesOf(numbers(7000), ["set"])).toThrow("at most 100000");
      expect(() =>
        nodesOf(
          numbers(7000).map((n) => [n, n]),
          ["map"],
        ),
      ).toThrow("at most 100000");
      expect(() =>
        nodesOf(
          numbers(50_000).map((n) => `${n}`),
          ["set"],
        ),
      ).not.toThrow();
    });
  });

  describe("rule 6, nothing callable by accident", () => {
    const names = ["then", "catch", "finally", "toJSON", "toString", "valueOf", "inspect"];

    test.each(names)("refuses a reference and a stream under %s", (name) => {
      for (const leaf of ["ref", "stream"]) {
        const body = new LoopBody();
        body.objects.push(() => 1);
        const json = leaf === "ref" ? [0, 1, "function"] : [1, "iterable"];
        expect(() => admitted(serializer, annotatedAs({ [name]: json }, { [name]: [["custom", leaf]] }), body)).toThrow(
          "nothing callable stands under a name",
        );
      }
    });

    test.each(names)("takes data under %s", (name) => {
      expect(admitted(serializer, { json: { [name]: "data" } })).toStrictEqual({ [name]: "data" });
    });

    test("awaits a value with then as data, at once", async () => {
      const meta = { v: 1, referentialEqualities: { a: ["then"] } };
      await expect(admitted(serializer, { json: { a: {}, then: null }, meta })).toMatchObject({ then: null });
    });

    test("takes a reference in a map under such a key", () => {
      const body = new LoopBody();
      const call = (): number => 1;
      body.objects.push(call);
      const result = admitted(
        serializer,
        annotatedAs([["then", [0, 1, "function"]]], ["map", { "0.1": [["custom", "ref"]] }]),
        body,
      );
      expect(result).toEqual(new Map([["then", call]]));
    });
  });
});

describe("superjson, whose JSON was parsed already", () => {
  test.each([10_000, 1_000_000])("refuses %d nested arrays without overflowing the stack", (depth) => {
    expect(() => admitted(superjsonSerializer(), { json: nestedArrays(depth) })).toThrow(PayloadError);
  });

  test("refuses annotations nested 20 000 deep without overflowing the stack", () => {
    const values = parsed(`${'["set",{"0":'.repeat(20_000)}["set"]${"}]".repeat(20_000)}`);
    expect(() => admitted(superjsonSerializer(), annotatedAs([], values))).toThrow(PayloadError);
  });
});

describe("json", () => {
  const json = jsonSerializer();

  test.each([
    ["undefined", null, "undefined"],
    ["a Date", "2024-01-01T00:00:00.000Z", "Date"],
    ["a map", [], "map"],
    ["a set", [], "set"],
    ["a bigint", "1", "bigint"],
    ["a number", "NaN", "number"],
    ["a URL", "https://example.org/", "URL"],
    ["a registered type", 1, ["custom", "money"]],
  ])("refuses %s", (_, value, type) => {
    expect(() => admitted(json, annotatedAs(value, [type]))).toThrow(
      /^an annotation names (a|the) type .* this endpoint doesn't take/,
    );
  });

  // The text is the peer's, and comes back to it in an error's message.
  test("names the tag of a type that is not registered, cut and escaped, and says what to do", () => {
    const tag = `m"\n${"x".repeat(100)}`;
    expect(() => admitted(json, annotatedAs(1, [["custom", tag]]))).toThrow(
      `an annotation names the type "m\\"\\n${"x".repeat(61)}", which this endpoint doesn't take; ` +
        'register it by valueType in "types" on both ends',
    );
  });

  test("takes the four leaves of our own", () => {
    const body = new LoopBody();
    body.segment(Uint8Array.of(1));
    expect(admitted(json, annotatedAs([0, "Uint8Array"], [["custom", "bytes"]]), body)).toEqual(Uint8Array.of(1));
  });
});

const serializer = superjsonSerializer({ types: [money] });

test("keeps the registered types of one endpoint to itself", () => {
  expect(() => admitted(superjsonSerializer(), annotatedAs(1, [["custom", "money"]]))).toThrow(PayloadError);
});

test("knows nothing of superjson's global instance", async () => {
  const { default: shared } = await import("superjson");
  shared.registerCustom<Money, number>(
    {
      isApplicable: (value): value is Money => value instanceof Money,
      serialize: () => 0,
      deserialize: () => new Money(),
    },
    "global-money",
  );
  expect(() => admitted(serializer, annotatedAs(0, [["custom", "global-money"]]))).toThrow(PayloadError);
});

test("never names the content of what it refuses, but for the tag of a type", () => {
  const secret = "hunter2";
  for (const payload of [
    { json: 1, [secret]: 1 },
    annotatedAs({ [secret]: 1 }, { [`${secret}.x`]: ["undefined"] }),
    annotatedAs(secret, ["Date"]),
    annotatedAs(secret, ["URL"]),
    annotatedAs(1, [secret]),
    annotatedAs(secret, [["custom", "money"]]),
  ]) {
    expect(String(refusedBy(serializer, payload))).not.toContain(secret);
  }
});
