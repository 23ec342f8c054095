import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { scanMessagePack } from "../../src/serializers/messagepack-scan.js";
import { messagePackSerializer } from "../../src/serializers/messagepack-serializer.js";
import { PayloadError } from "../../src/serializers/payload.js";
import { arrived, LoopBody, PendingResult, sent, travelling } from "./bodies.js";
import { toMessagePack } from "./byte-serializers.js";
import { leaves, money, plain, rich } from "./values.js";

const serializer = messagePackSerializer({ types: [money], allowRegExp: true });
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** What becomes of a segment that is said to be a payload. */
function admittedBytes(bytes: Uint8Array): unknown {
  const body = new LoopBody();
  body.segment(bytes);
  serializer.dependencies(0, body);
  return serializer.decode(0, body);
}

describe("on the wire", () => {
  test("is the index of a segment that holds superjson's tree", () => {
    const body = new LoopBody();
    expect(sent(serializer, [1, new Date(0)], body)).toBe(0);
    expect(decode(body.segments[0]!)).toEqual({
      json: [1, "1970-01-01T00:00:00.000Z"],
      meta: { values: { 1: ["Date"] }, v: 1 },
    });
  });

  test("has these bytes", () => {
    const body = new LoopBody();
    sent(serializer, [7, "a"], body);
    // fixmap 1, fixstr 4 "json", fixarray 2, 7, fixstr 1 "a"
    expect(Buffer.from(body.segments[0]!).toString("hex")).toBe("81a46a736f6e9207a161");
  });

  test("has the bytes of bytes in a segment of their own", () => {
    const body = new LoopBody();
    const index = sent(serializer, [Uint8Array.of(1, 2)], body);
    expect([index, body.segments[0]]).toEqual([1, Uint8Array.of(1, 2)]);
    expect(decode(body.segments[1]!)).toMatchObject({ json: [[0, "Uint8Array"]] });
  });

  test("has errors as JSON, and a segment for the data of each", () => {
    const body = new LoopBody();
    const error = Object.assign(new Error("m", { cause: Object.assign(new Error("c"), { n: 2n }) }), { shelf: 7 });
    const encoded = serializer.encodeError(error, travelling, { exposeStacks: false });
    const record: unknown = JSON.parse(encoded.finish(body));
    expect(record).toEqual({ name: "Error", message: "m", data: 0, cause: { name: "Error", message: "c", data: 1 } });
    expect(decode(body.segments[0]!)).toEqual({ json: { shelf: 7 } });
    expect(decode(body.segments[1]!)).toEqual({ json: { n: "2" }, meta: { values: { n: ["bigint"] }, v: 1 } });
  });
});

describe("dependencies", () => {
  test("are found in the segment, which is not taken by that and is unpacked once", () => {
    const body = new LoopBody();
    const index = sent(serializer, [new PendingResult(7), { a: new PendingResult(9) }], body);
    expect(serializer.dependencies(index, body)).toEqual([7, 9]);
    body.objects.length = 9;
    body.objects.fill({});
    expect(() => serializer.decode(index, body)).not.toThrow();
  });

  test.each([
    ["no segment", 5],
    ["a text", "0"],
    ["a tree", { json: [] }],
    ["bytes that are no MessagePack", 0],
  ])("are none in %s, and nothing is thrown", (_, payload) => {
    const body = new LoopBody();
    body.segment(hex("c1"));
    expect(serializer.dependencies(payload, body)).toEqual([]);
  });

  test("of a segment that was taken are none: nobody makes this side unpack one again and again", () => {
    const body = new LoopBody();
    const index = sent(serializer, [new PendingResult(7)], body);
    body.segment(index as number);
    expect(serializer.dependencies(index, body)).toEqual([]);
  });
});

describe("refuses as a payload", () => {
  test.each([
    ["a tree in the message", { json: 1 }],
    ["a text", "0"],
    ["half a segment", 0.5],
    ["null", null],
    ["-1", -1],
  ])("%s", (_, payload) => {
    const body = new LoopBody();
    body.segment(toMessagePack({ json: 1 }));
    expect(() => serializer.decode(payload, body)).toThrow(PayloadError);
  });

  test("the same segment twice", () => {
    const body = new LoopBody();
    body.segment(toMessagePack({ json: 1 }));
    expect(serializer.decode(0, body)).toBe(1);
    expect(() => serializer.decode(0, body)).toThrow(PayloadError);
  });
});

describe("the scan", () => {
  test.each([
    ["nothing at all", ""],
    ["two values", "c0 c0"],
    ["the byte that means nothing", "c1"],
    ["bin 8", "c4 01 00"],
    ["bin 16", "c5 0001 00"],
    ["bin 32", "c6 00000001 00"],
    ["ext 8", "c7 01 05 00"],
    ["ext 16", "c8 0001 05 00"],
    ["ext 32", "c9 00000001 05 00"],
    ["fixext 1", "d4 05 00"],
    ["fixext 4, a timestamp", "d6 ff 00000000"],
    ["fixext 16", "d8 05 00000000000000000000000000000000"],
    ["an array of one, without it", "91"],
    ["an array of 2^32-1", "dd ffffffff"],
    ["an array of 65 535", "dc ffff c0"],
    ["a map of 2^32-1", "df ffffffff"],
    ["a map of 2^31, whose double is 2^32", "df 80000000"],
    ["a map of one, without its value", "81 a1 61"],
    ["a str of 2^32-1", "db ffffffff 61"],
    ["a str that is short", "a3 61 62"],
    ["a key that is a number", "81 01 c0"],
    ["a key that is nil", "81 c0 c0"],
    ["a key that is an array", "81 90 c0"],
    ["a str that is no UTF-8", "a1 ff"],
    ["an overlong form", "a2 c0 80"],
    ["half a surrogate pair", "a3 ed a0 80"],
    ["a str whose last character is cut", "a2 e2 82"],
    ["a uint 64 of 2^53", "cf 0020000000000000"],
    ["a uint 64 of 2^64-1", "cf ffffffffffffffff"],
    ["an int 64 of -(2^53)", "d3 ffe0000000000000"],
    ["an int 64 of 2^53", "d3 0020000000000000"],
    ["an int 64 of -(2^63)", "d3 8000000000000000"],
    ["a float that is cut", "cb 00000000"],
  ])("refuses %s", (_, text) => {
    expect(() => scanMessagePack(hex(text))).toThrow(PayloadError);
  });

  test.each([
    ["nil", "c0", null],
    ["the largest positive fixint", "7f", 127],
    ["the least negative fixint", "e0", -32],
    ["uint 8", "cc ff", 255],
    ["uint 16", "cd ffff", 65_535],
    ["uint 32", "ce ffffffff", 2 ** 32 - 1],
    ["uint 64 of 2^53-1", "cf 001fffffffffffff", 2 ** 53 - 1],
    ["int 64 of -(2^53-1)", "d3 ffe0000000000001", -(2 ** 53 - 1)],
    ["int 64 of -1", "d3 ffffffffffffffff", -1],
    ["int 8", "d0 80", -128],
    ["int 16", "d1 8000", -32_768],
    ["int 32", "d2 80000000", -(2 ** 31)],
    ["float 32", "ca 3f000000", 0.5],
    ["float 64", "cb 3fe0000000000000", 0.5],
    ["an empty str", "a0", ""],
    ["str 8", "d9 02 c3a9", "é"],
    ["str 16", "da 0001 61", "a"],
    ["str 32", "db 00000001 61", "a"],
    ["array 16", "dc 0001 c3", [true]],
    ["array 32", "dd 00000001 c2", [false]],
    ["map 16", "de 0001 a1 61 c0", { a: null }],
    ["map 32", "df 00000001 a1 61 c0", { a: null }],
  ])("takes %s", (_, text, value) => {
    expect(() => scanMessagePack(hex(text))).not.toThrow();
    expect(decode(hex(text))).toEqual(value);
  });

  test("takes 256 containers in one another and refuses 257, a million too", () => {
    const nested = (depth: number): Uint8Array => new Uint8Array(depth).fill(0x91).with(-1, 0x90);
    expect(() => scanMessagePack(nested(256))).not.toThrow();
    expect(() => scanMessagePack(nested(257))).toThrow("nests at most 256 deep");
    expect(() => scanMessagePack(nested(1_000_000))).toThrow("nests at most 256 deep");
  });

  test("gives up after a million elements", () => {
    const list = (size: number): Uint8Array => {
      const bytes = new Uint8Array(5 + size).fill(0xc0);
      bytes[0] = 0xdd;
      new DataView(bytes.buffer).setUint32(1, size);
      return bytes;
    };
    expect(() => scanMessagePack(list(999_999))).not.toThrow();
    expect(() => scanMessagePack(list(1_000_000))).toThrow("at most 1000000 elements");
  });

  test("takes whatever the encoder writes", () => {
    for (const [name, value] of [...plain, ...leaves, ...rich]) {
      const body = new LoopBody();
      const index = sent(serializer, value, body) as number;
      const scanned = (): unknown => (scanMessagePack(body.segments[index]!), name);
      expect(scanned()).toBe(name);
    }
  });
});

describe("hostile bytes", () => {
  /** What bytes lead to; anything else that is thrown fails the test. */
  const outcomeOf = (bytes: Uint8Array): "taken" | "refused" => {
    try {
      admittedBytes(bytes);
      return "taken";
    } catch (error) {
      if (error instanceof PayloadError) return "refused";
      throw error;
    }
  };

  test("of any kind are refused by a PayloadError, or a value", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(["taken", "refused"]).toContain(outcomeOf(bytes));
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  const valid = [...plain, ...leaves, ...rich]
    .map(([, value]) => {
      const body = new LoopBody();
      const index = sent(serializer, [{ value }], body) as number;
      return body.segments[index]!;
    })
    .filter(({ length }) => length < 2000);

  test("made of valid ones, by changed, cut and inserted bytes, are too", () => {
    const change = fc.record({
      of: fc.constantFrom(...valid),
      at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
      byte: fc.oneof(fc.integer({ min: 0, max: 255 }), fc.constantFrom(0xdd, 0xdf, 0xdb, 0xc1, 0xc9, 0x8f, 0x9f, 0xff)),
      how: fc.constantFrom("set", "insert", "remove", "cut"),
    });
    fc.assert(
      fc.property(change, ({ of, at, byte, how }) => {
        const index = Math.floor(at * of.length);
        const before = of.subarray(0, index);
        const after = of.subarray(how === "insert" ? index : index + 1);
        const bytes = Uint8Array.from(
          how === "cut" ? before : [...before, ...(how === "remove" ? [] : [byte]), ...after],
        );
        expect(["taken", "refused"]).toContain(outcomeOf(bytes));
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
      { numRuns: 3000 },
    );
  });

  test("that name a size they don't have are refused before a decoder allocates for it", () => {
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 1000; round++) {
      for (const text of ["dd 0fffffff", "df 0fffffff", "db 0fffffff", "91 dd ffffffff", "81 a1 61 dd 7fffffff"]) {
        expect(() => admittedBytes(hex(text))).toThrow(PayloadError);
      }
    }
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(64 * 1024 * 1024);
  });

  test("refuses the key __proto__ by the gate's own rule", () => {
    expect(() => admittedBytes(encode({ json: JSON.parse('{"__proto__":{"polluted":1}}') as unknown }))).toThrow(
      "no object has a key __proto__",
    );
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });
});

test("costs what the sender counted, and fits its bound", () => {
  for (const [name, value] of [...plain, ...leaves, ...rich]) {
    for (const whole of [value, [() => 1, { value }]]) {
      const body = new LoopBody();
      const encoded = serializer.encode(whole, travelling, "args");
      const index = Number(encoded.finish(body));
      const segmentBytes = body.segments.reduce((sum, { length }) => sum + length, 0);
      expect([name, String(index).length <= encoded.textBound]).toEqual([name, true]);
      expect([name, segmentBytes <= encoded.segmentBytes]).toEqual([name, true]);
      serializer.decode(index, body);
      expect([name, 100_000 - body.budget.nodes]).toEqual([name, encoded.nodes]);
    }
  }
});

test("carries an error in a value whose words UTF-8 can't hold, with those marked", () => {
  const error = new Error("a\ud800b", { cause: new RangeError("\udc00") });
  expect(arrived(serializer, [error])).toMatchObject([{ message: "a\ufffdb", cause: { message: "\ufffd" } }]);
});

test("refuses a name that is no UTF-8 by its path", () => {
  for (const key of ["\ud800", "\ufeffname"]) {
    expect(() => sent(serializer, [{ [key]: 1 }])).toThrow("a name that is no UTF-8 can't be sent here");
  }
  expect(() => sent(serializer, [{ "𝄞\ufeff": 1 }])).not.toThrow();
});
