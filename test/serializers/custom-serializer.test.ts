import { deserialize, serialize } from "node:v8";
import { describe, expect, test, vi } from "vitest";
import { CannotSendError, ConfigError } from "../../src/errors/hearthwire-error.js";
import { customSerializer, type CustomSerializerOptions } from "../../src/serializers/custom-serializer.js";
import { PayloadError } from "../../src/serializers/payload.js";
import { arrived, LoopBody, sent, travelling } from "./bodies.js";
import { leaves, money, plain, rich } from "./values.js";

const structured = (options: Partial<CustomSerializerOptions> = {}) =>
  customSerializer({ id: 128, encode: serialize, decode: deserialize, ...options });

/** What becomes of a payload whose bytes unpack to a value. */
function unpacked(value: unknown): unknown {
  const body = new LoopBody();
  body.segment(Uint8Array.of(0));
  return structured({ decode: () => value }).decode(0, body);
}
const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
const shared = (depth: number): unknown => {
  let value: unknown = [];
  for (let level = 0; level < depth; level++) value = Array.from({ length: 10 }, () => value);
  return value;
};

describe("a serializer made of two functions", () => {
  const serializer = structured({ types: [money], allowRegExp: true });

  test.each([...plain, ...leaves, ...rich])("carries %s", (_, value) => {
    expect(arrived(serializer, value)).toStrictEqual(value);
  });

  test("takes 128 to 255 as its id and refuses what stands beside", () => {
    expect([128, 255].map((id) => structured({ id }).id)).toEqual([128, 255]);
    for (const id of [0, 3, 127, 256, 128.5, Number.NaN]) {
      expect(() => structured({ id })).toThrow(ConfigError);
      expect(() => structured({ id })).toThrow(`"id" must be an integer 128..255, got ${id}`);
    }
  });

  test.each(["encode", "decode"])("refuses an %s that is no function", (name) => {
    expect(() => structured({ [name]: 1 })).toThrow(`"${name}" must be a function, got number`);
  });

  test("refuses what its encode throws at, or gives instead of bytes", () => {
    const reason = new Error("too odd");
    const throwing = structured({
      encode: () => {
        throw reason;
      },
    });
    expect(() => sent(throwing, [1])).toThrow(CannotSendError);
    expect(() => sent(structured({ encode: () => "text" as never }), [1])).toThrow(
      "the serializer must encode to a Uint8Array, got string",
    );
  });

  test("refuses more than three bytes for each character, where room was reckoned before", () => {
    const padded = structured({ encode: (tree) => new Uint8Array(JSON.stringify(tree).length * 3 + 1) });
    const encoded = padded.encode([() => 1], travelling, "args");
    expect(() => encoded.finish(new LoopBody())).toThrow("more than 3 for each can't be sent");
  });

  test("gives its decode a copy of the bytes", () => {
    let given: Uint8Array | undefined;
    const keeping = structured({ decode: (bytes) => ((given = bytes), { json: 1 }) });
    const body = new LoopBody();
    const frame = Uint8Array.of(1, 2, 3);
    body.segment(frame.subarray(1));
    keeping.decode(0, body);
    frame.fill(9);
    expect([given, given?.buffer.byteLength]).toEqual([Uint8Array.of(2, 3), 2]);
  });

  test("unpacks nothing more of a frame whose values are used up", () => {
    let unpackings = 0;
    const counting = structured({ decode: () => (unpackings++, { json: 1 }) });
    const body = new LoopBody();
    body.segment(Uint8Array.of(0));
    body.segment(Uint8Array.of(0));
    expect(counting.decode(0, body)).toBe(1);
    body.budget.nodes = -1;
    expect(() => counting.decode(1, body)).toThrow("at most 100000");
    expect(unpackings).toBe(1);
  });

  test("refuses what its decode throws at, by a PayloadError with the reason as its cause", () => {
    const body = new LoopBody();
    body.segment(Uint8Array.of(1, 2, 3));
    let error: unknown;
    try {
      serializer.decode(0, body);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(PayloadError);
    expect(error).toMatchObject({ message: "the bytes of a payload can't be unpacked", cause: expect.any(Error) });
  });
});

describe("an unpacked payload", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);

  test.each([
    ["a Date", { json: new Date(0) }],
    ["a Map", { json: new Map() }],
    ["bytes", { json: Uint8Array.of(1) }],
    ["an instance of a class", { json: new (class A {})() }],
    ["a function", { json: () => 1 }],
    ["undefined", { json: undefined }],
    ["a bigint", { json: 1n }],
    ["a symbol", { json: Symbol("a") }],
    ["a hole", { json: [, 1] }], // oxlint-disable-line no-sparse-arrays
    ["an endless array of holes", { json: Object.assign([], { length: 2 ** 32 - 1 }) }],
    ["a cycle", { json: cycle }],
    ["257 containers", nested(257)],
    ["a small tree of shared parts that is a large one", { json: shared(12) }],
    ["NaN", { json: Number.NaN }],
    ["what is no payload", [1]],
  ])("is refused with %s", (_, value) => {
    expect(() => unpacked(value)).toThrow(PayloadError);
  });

  test.each([
    ["plain JSON", { json: { a: [1, "b", null, true] } }, { a: [1, "b", null, true] }],
    ["objects without prototype", { json: Object.assign(Object.create(null), { a: 1 }) }, { a: 1 }],
    ["annotations", { json: null, meta: { values: ["undefined"], v: 1 } }, undefined],
  ])("is taken with %s", (_, value, result) => {
    expect(unpacked(value)).toEqual(result);
  });
});

describe("a segment that many payloads of a frame name", () => {
  test("is unpacked once at most, also when the frame has no nodes left", () => {
    // A frame of 1 MB whose 1023 calls named one segment kept a daemon busy for 20 s.
    const decode = vi.fn((bytes: Uint8Array) => (bytes.length === 1 ? { json: large } : { json: [] }));
    const serializer = structured({ decode });
    const large = Array.from({ length: 100_001 }, () => null);
    const body = new LoopBody();
    body.segment(Uint8Array.of(0));
    body.segment(Uint8Array.of(0, 0));
    for (const payload of [0, 1, 1, 1, 1]) {
      serializer.dependencies(payload, body);
      expect(() => serializer.decode(payload, body)).toThrow(PayloadError);
    }
    expect(decode.mock.calls.length).toBeLessThanOrEqual(2);
  });

  test("is not unpacked again after it could not be", () => {
    const decode = vi.fn(() => {
      throw new Error("odd bytes");
    });
    const serializer = structured({ decode });
    const body = new LoopBody();
    body.segment(Uint8Array.of(0));
    expect(serializer.dependencies(0, body)).toEqual([]);
    expect(() => serializer.decode(0, body)).toThrow("the bytes of a payload can't be unpacked");
    expect(decode).toHaveBeenCalledOnce();
  });
});
