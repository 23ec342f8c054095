import { describe, expect, test } from "vitest";
import { snapshot } from "../../src/client/snapshot.js";
import { StubPeer } from "./stub-peer.js";

function copyOf<T>(value: T): T {
  return snapshot([value])[0] as T;
}

describe("snapshot", () => {
  test.each<[string, unknown]>([
    ["text", "x"],
    ["an array", [1, [2]]],
    ["a plain object", { a: { b: 1n } }],
    ["an object without prototype", Object.assign(Object.create(null) as object, { a: 1 })],
    ["a Map", new Map([[{ k: 1 }, { v: 1 }]])],
    ["a Set", new Set([{ a: 1 }])],
    ["a Date", new Date(0)],
    ["an invalid Date", new Date(Number.NaN)],
    ["a URL", new URL("https://example.com/")],
    ["bytes", Uint8Array.of(1, 2)],
    ["an ArrayBuffer", Uint8Array.of(1, 2).buffer],
    ["a Float64Array", Float64Array.of(1.5)],
    ["a DataView", new DataView(Uint8Array.of(1, 2).buffer)],
    // eslint-disable-next-line no-sparse-arrays
    ["an array with holes", [1, , 3]],
  ])("copies %s as it is", (_, value) => {
    expect(copyOf(value)).toStrictEqual(value);
  });

  test("is not touched by later changes", () => {
    const value = { list: [1], map: new Map([["a", { n: 1 }]]), bytes: Uint8Array.of(1), date: new Date(0) };
    const copy = copyOf(value);
    value.list.push(2);
    value.map.get("a")!.n = 2;
    value.bytes[0] = 9;
    value.date.setTime(9);
    expect(copy).toEqual({ list: [1], map: new Map([["a", { n: 1 }]]), bytes: Uint8Array.of(1), date: new Date(0) });
  });

  test("copies only the part of a buffer that a view shows", () => {
    const whole = Uint16Array.of(1, 2, 3, 4);
    const copy = copyOf(whole.subarray(1, 3));
    expect([copy, copy.buffer.byteLength]).toEqual([Uint16Array.of(2, 3), 4]);
  });

  test("keeps what is no plain data: functions, instances, errors and proxies", () => {
    class Thing {}
    const kept = [() => 1, new Thing(), new Error("x"), new StubPeer().named<object>(), Symbol("s")];
    for (const value of kept) expect(copyOf(value)).toBe(value);
  });

  test("keeps cycles, for the serializer to refuse", () => {
    const value: { self?: unknown } = {};
    value.self = value;
    const copy = copyOf(value);
    expect(copy).not.toBe(value);
    expect(copy.self).toBe(copy);
  });

  test("survives any depth", () => {
    let deep: unknown = 1;
    for (let level = 0; level < 20_000; level += 1) deep = [deep];
    expect(Array.isArray(copyOf(deep))).toBe(true);
  });

  test("keeps an own __proto__ an own property", () => {
    const value = JSON.parse('{"__proto__": {"admin": true}}') as object;
    const copy = copyOf(value);
    expect(Object.hasOwn(copy, "__proto__")).toBe(true);
    expect((copy as { admin?: unknown }).admin).toBeUndefined();
  });
});
