import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import { joinSignal, leaveSignal, type SignalMember } from "../../src/session/signal-members.js";
import { link } from "./support/linked-conversations.js";

const listeners = (signal: AbortSignal): number => getEventListeners(signal, "abort").length;

function member(told: string[], name: string): SignalMember {
  return { signalAborted: (reason) => void told.push(`${name}: ${String(reason)}`) };
}

describe("what waits for a signal", () => {
  test("is told in order, by one listener", () => {
    const abort = new AbortController();
    const told: string[] = [];
    for (const name of ["first", "second", "third"]) joinSignal(abort.signal, member(told, name));
    expect(listeners(abort.signal)).toBe(1);
    abort.abort("enough");
    expect(told).toEqual(["first: enough", "second: enough", "third: enough"]);
    expect(listeners(abort.signal)).toBe(0);
  });

  test("is not told once it has left, also while others are told", () => {
    const abort = new AbortController();
    const told: string[] = [];
    const [left, leaving] = [member(told, "left"), member(told, "leaving")];
    joinSignal(abort.signal, left);
    joinSignal(abort.signal, { signalAborted: () => leaveSignal(abort.signal, leaving) });
    joinSignal(abort.signal, leaving);
    leaveSignal(abort.signal, left);
    abort.abort();
    expect(told).toEqual([]);
  });

  test("takes the listener away with the last one, and one that is not there takes nothing", () => {
    const abort = new AbortController();
    const [one, other] = [member([], "one"), member([], "other")];
    joinSignal(abort.signal, one);
    leaveSignal(abort.signal, other);
    expect(listeners(abort.signal)).toBe(1);
    leaveSignal(abort.signal, one);
    expect(listeners(abort.signal)).toBe(0);
    joinSignal(abort.signal, other);
    expect(listeners(abort.signal)).toBe(1);
  });
});

describe("40 calls with one signal", () => {
  test("have one listener, and none once they are answered", async () => {
    const { client, server } = link();
    server.handler.objects["sums"] = { add: (a: number, b: number) => a + b };
    const { signal } = new AbortController();
    const calls = Array.from({ length: 40 }, (_, index) => client.ask("sums", "add", [index, 1], { signal }));
    expect(listeners(signal)).toBe(1);
    await Promise.all(calls.map(({ result }) => result));
    expect(listeners(signal)).toBe(0);
  });

  test("reject in order when it is aborted", async () => {
    const { client, server } = link();
    server.handler.objects["waits"] = { long: () => new Promise(() => undefined) };
    const abort = new AbortController();
    const order: number[] = [];
    const calls = Array.from({ length: 40 }, async (_, index) => {
      await client.ask("waits", "long", [], { signal: abort.signal }).result.catch(() => order.push(index));
    });
    abort.abort();
    await Promise.all(calls);
    expect(order).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(listeners(abort.signal)).toBe(0);
  });

  test("share it with the streams that they return", async () => {
    const { client, server, settle } = link();
    server.handler.objects["source"] = {
      async *open() {
        yield 1;
      },
    };
    const { signal } = new AbortController();
    const streams = await Promise.all(
      Array.from({ length: 12 }, () => client.ask("source", "open", [], { signal }).result),
    );
    expect(listeners(signal)).toBe(1);
    for (const stream of streams) for await (const _ of stream as AsyncIterable<unknown>);
    await settle();
    expect(listeners(signal)).toBe(0);
  });
});
