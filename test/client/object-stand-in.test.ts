import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { MemberShape } from "../../src/wire/message.js";
import { PROBES } from "./probes.js";
import { settle, StubPeer } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

const MEMBERS: readonly MemberShape[] = [
  ["quantity", "get set"],
  ["store", "method"],
  ["watch", "stream"],
];

interface Warehouse {
  readonly quantity: Promise<number>;
  store(item: string, count: number): Promise<string>;
  watch(): AsyncIterable<string>;
  readonly [other: string | symbol]: unknown;
}

expectNoUnhandledRejection();

describe.each([
  ["known members", MEMBERS],
  ["members not known yet", undefined],
] as const)("a proxy with %s", (_, members) => {
  test.each(PROBES)("makes no remote call on %s", async (_title, probe) => {
    const peer = new StubPeer();
    await probe(peer.named<Warehouse>(members));
    await settle();
    expect(peer.asked).toEqual([]);
  });

  test("makes no remote call when it is awaited", async () => {
    const peer = new StubPeer();
    await peer.named<Warehouse>(members);
    expect(peer.asked).toEqual([]);
  });

  test("is an object and no function", () => {
    expect(typeof new StubPeer().named(members)).toBe("object");
  });

  test("is itself when it is awaited", async () => {
    const proxy = new StubPeer().named<object>(members);
    expect(await proxy).toBe(proxy);
  });

  test("calls a method with its arguments", async () => {
    const peer = new StubPeer();
    const result = peer.named<Warehouse>(members).store("candle", 3);
    expect(peer.lastCall).toMatchObject({ kind: "call", target: "warehouse", member: "store", args: ["candle", 3] });
    peer.answer("done");
    expect(await result).toBe("done");
  });

  test("gives the same function for the same method", () => {
    const proxy = new StubPeer().named<Warehouse>(members);
    expect(proxy.store).toBe(proxy.store);
  });

  test("reads an accessor each time that it is awaited", async () => {
    const peer = new StubPeer();
    const proxy = peer.named<Warehouse>(members);
    const first = proxy.quantity.then((value) => value);
    peer.answer(3);
    const second = (async () => proxy.quantity)();
    await settle();
    peer.answer(4);
    expect([await first, await second]).toEqual([3, 4]);
    expect(peer.asked).toEqual(["get quantity", "get quantity"]);
  });

  test("refuses an assignment and says how to write", () => {
    const proxy = new StubPeer().named<{ quantity: number }>(members);
    expect(() => (proxy.quantity = 4)).toThrow(/"quantity" can't be set.*assign\(proxy, \{ quantity: value \}\)/);
  });

  test("refuses delete and defineProperty", () => {
    const proxy = new StubPeer().named<{ quantity?: number }>(members);
    expect(() => delete proxy.quantity).toThrow(TypeError);
    expect(() => Object.defineProperty(proxy, "quantity", { value: 1 })).toThrow(TypeError);
  });

  test("survives an attempt to freeze it", () => {
    const proxy = new StubPeer().named<Warehouse>(members);
    expect(() => Object.freeze(proxy)).toThrow(TypeError);
    expect([Object.isExtensible(proxy), Reflect.ownKeys(proxy), typeof proxy.store]).toEqual([true, [], "function"]);
  });

  test.each(["then", "toJSON", "constructor", "__proto__", "_private", "toString", "a.b", "hasOwnProperty"])(
    "has nothing under the name %s",
    (name) => {
      expect(new StubPeer().named<Warehouse>(members)[name]).toBeUndefined();
    },
  );

  test("shows what it is, and nothing of what is behind it", () => {
    const proxy = new StubPeer().named(members);
    expect(inspect(proxy)).toBe('[remote object "warehouse" of ws://stub.test/]');
    expect(String(proxy)).toBe('[remote object "warehouse" of ws://stub.test/]');
  });

  test("can be disposed with using's symbols", async () => {
    const peer = new StubPeer();
    const proxy = peer.named<Warehouse & Disposable>(members);
    proxy[Symbol.dispose]();
    await expect(proxy.store("candle", 3)).rejects.toMatchObject({ code: "HW_RELEASED", delivery: "not-sent" });
    expect(peer.asked).toEqual([]);
  });
});

describe("a proxy with known members", () => {
  test("has no remote members on a method", () => {
    const { store } = new StubPeer().named<Warehouse>(MEMBERS);
    expect((store as unknown as Warehouse).store).toBeUndefined();
  });

  test("has nothing under an unknown name", () => {
    expect(new StubPeer().named<Warehouse>(MEMBERS)["unknown"]).toBeUndefined();
  });

  test("has no remote member behind a symbol: it can't be iterated, spread or asked for a length", async () => {
    const peer = new StubPeer();
    const proxy = peer.named<Warehouse>(MEMBERS) as unknown as Record<symbol, unknown>;
    for (const symbol of [Symbol.iterator, Symbol.asyncIterator, Symbol.hasInstance, Symbol.toStringTag]) {
      expect([proxy[symbol], symbol in proxy]).toEqual([undefined, false]);
    }
    expect(() => [...(proxy as unknown as Iterable<unknown>)]).toThrow(TypeError);
    await settle();
    expect(peer.asked).toEqual([]);
  });

  test("says which members it has", () => {
    const proxy = new StubPeer().named<Warehouse>(MEMBERS);
    expect(["store", "quantity", "unknown", "toString"].map((name) => name in proxy)).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });

  test("has no member of a name that no peer may expose, whatever the peer says", () => {
    const members = [
      ["then", "method"],
      ["toJSON", "method"],
      ["__proto__", "get"],
      ["ok", "method"],
    ] as const;
    const proxy = new StubPeer().named<Warehouse>(members);
    expect(["then", "toJSON", "__proto__", "ok"].map((name) => typeof proxy[name])).toEqual([
      "undefined",
      "undefined",
      "undefined",
      "function",
    ]);
  });

  test("has a member of a name that tools probe for, when the peer says so", () => {
    const proxy = new StubPeer().named<Warehouse>([["nodeType", "method"]]);
    expect(typeof proxy["nodeType"]).toBe("function");
  });

  test("gives a method that is no promise", async () => {
    const { store } = new StubPeer().named<Warehouse>(MEMBERS);
    expect(await store).toBe(store);
  });

  test("reads no accessor that nobody awaits", async () => {
    const peer = new StubPeer();
    const { quantity } = peer.named<Warehouse>(MEMBERS);
    expect(typeof quantity).toBe("object");
    await settle();
    expect(peer.asked).toEqual([]);
  });
});
