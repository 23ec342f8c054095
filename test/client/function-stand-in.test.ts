import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { settle, StubPeer } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

type Listener = ((event: string) => Promise<string>) & Disposable & AsyncDisposable;

const given = (peer: StubPeer): Listener => peer.given<Listener>(3, { kind: "function" });

expectNoUnhandledRejection();

describe("the proxy of a function", () => {
  test("calls the function with its arguments", async () => {
    const peer = new StubPeer();
    const result = given(peer)("saved");
    expect(peer.lastCall).toMatchObject({ kind: "call", member: "", args: ["saved"], target: { id: 3 } });
    peer.answer("thanks");
    expect(await result).toBe("thanks");
  });

  test("works with call, apply and bind", () => {
    const peer = new StubPeer();
    const listener = given(peer);
    void listener.call(undefined, "a");
    void listener.apply(undefined, ["b"]);
    void listener.bind(undefined, "c")();
    expect(peer.calls.map(({ args }) => args)).toEqual([["a"], ["b"], ["c"]]);
  });

  test("is no promise, has no keys and is not JSON", async () => {
    const peer = new StubPeer();
    const listener = given(peer);
    expect(await listener).toBe(listener);
    expect(Object.keys(listener)).toEqual([]);
    expect(JSON.stringify({ listener })).toBe("{}");
    await settle();
    expect(peer.asked).toEqual([]);
  });

  test("can't be written to", () => {
    const listener = given(new StubPeer()) as { topic?: string };
    expect(() => (listener.topic = "x")).toThrow(TypeError);
  });

  test("shows what it is when it is logged", () => {
    expect(inspect(given(new StubPeer()))).toBe("[remote function 3 of ws://stub.test/]");
  });

  test.each([Symbol.dispose, Symbol.asyncDispose] as const)("is released by %s", async (symbol) => {
    const peer = new StubPeer();
    const reference = peer.reference(3, { kind: "function" });
    const listener = peer.create(reference) as Listener;
    await listener[symbol]();
    expect(reference.isReleased).toBe(true);
    await expect(listener("late")).rejects.toMatchObject({ code: "HW_RELEASED", delivery: "not-sent" });
  });
});

describe("the proxy of an object given by reference", () => {
  test("calls the members that came with it on the reference", () => {
    const peer = new StubPeer();
    const reference = peer.reference(9, { members: [["add", "method"]] });
    (peer.create(reference) as { add(item: string): void }).add("candle");
    expect(peer.lastCall).toMatchObject({ kind: "call", member: "add", args: ["candle"] });
    expect(peer.lastCall.target).toBe(reference);
  });

  test("stands for the reference as an argument", () => {
    const peer = new StubPeer();
    const reference = peer.reference(9);
    expect(peer.read(peer.create(reference))).toBe(reference);
  });

  test("stands for the object id when it is named", () => {
    const peer = new StubPeer();
    expect(peer.read(peer.named<object>())).toEqual({ objectId: "warehouse" });
  });
});
