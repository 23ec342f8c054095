import { describe, expect, test } from "vitest";
import type { OutboundCall } from "../../src/session/outbound-call.js";
import { alone, type Link, link, rejectionOf, type Side, StandIn, TestCall } from "./support/linked-conversations.js";

interface Moving extends Link {
  /** A conversation of another session. */
  readonly other: Link;
  /** What was given back, in its order. */
  readonly taken: OutboundCall[];
}

/** A client that puts calls which its peer won't take into a list. */
function moving({ limits = {} }: { limits?: { ownCallsInFlight?: number; ownStreams?: number } } = {}): Moving {
  const taken: OutboundCall[] = [];
  const unsent = (call: OutboundCall): boolean => taken.push(call) > 0;
  const first = link({ client: { limits, terms: { unsent } } });
  const other = link();
  return { ...first, other, taken };
}

/** Makes them all on the other session. */
async function moveOn({ other, taken }: Moving): Promise<void> {
  for (const call of taken.splice(0)) other.client.conversation.call(call);
  await other.settle();
}

function shop(side: Side, members: Record<string, unknown>): void {
  side.handler.objects["shop"] = members;
}

describe("calls that the peer won't take", () => {
  test("are given back in the order made, and those that were sent go on", async () => {
    const bench = moving({ limits: { ownCallsInFlight: 1 } });
    shop(bench.server, { buy: (item: string) => `${item} of the first` });
    shop(bench.other.server, { buy: (item: string) => `${item} of the other` });
    const [sent, ...waiting] = ["tea", "rice", "salt"].map((item) => bench.client.ask("shop", "buy", [item]));
    bench.client.conversation.drained();
    expect(bench.taken).toEqual(waiting);
    await bench.settle();
    expect(await sent!.result).toBe("tea of the first");
    expect(waiting.map(({ outcome }) => outcome)).toEqual(["pending", "pending"]);
    expect(bench.client.conversation.statistics.callsPending).toBe(0);
    await moveOn(bench);
    expect(await Promise.all(waiting.map(({ result }) => result))).toEqual(["rice of the other", "salt of the other"]);
  });

  test("are given back with the arguments as they were when the call was made", async () => {
    const bench = moving();
    const seen: unknown[][] = [];
    shop(bench.other.server, { put: (...args: unknown[]) => void seen.push(args) });
    bench.client.sink.isCongested = true;
    const bytes = Uint8Array.of(1, 2);
    const item = { name: "tea", tags: new Set(["green"]), at: new Date(5), bytes };
    bench.client.ask("shop", "put", [item, [1]]);
    item.name = "rice";
    item.tags.add("black");
    item.at.setTime(6);
    bytes[0] = 9;
    bench.client.conversation.drained();
    await moveOn(bench);
    expect(seen).toEqual([
      [{ name: "tea", tags: new Set(["green"]), at: new Date(5), bytes: Uint8Array.of(1, 2) }, [1]],
    ]);
  });

  test("bring callbacks, streams, Blobs and signals along, which nobody has touched", async () => {
    const bench = moving();
    const heard: unknown[] = [];
    shop(bench.other.server, {
      async put(items: AsyncIterable<number>, tell: StandIn, blob: Blob, signal: AbortSignal) {
        for await (const item of items) heard.push(item);
        heard.push(tell instanceof StandIn, await blob.text(), signal.aborted);
      },
    });
    bench.client.sink.isCongested = true;
    const abort = new AbortController();
    async function* items() {
      yield 1;
      yield 2;
    }
    const args = [items(), () => undefined, new Blob(["seven"]), abort.signal];
    const call = bench.client.ask("shop", "put", args);
    bench.client.conversation.drained();
    expect(bench.client.conversation.statistics).toMatchObject({ references: 0, streams: 0, callsPending: 0 });
    await moveOn(bench);
    await call.result;
    expect(heard).toEqual([1, 2, true, "seven", false]);
  });

  test("that wait for room for their streams, or for their Blobs, are among them", async () => {
    const bench = moving({ limits: { ownStreams: 1 } });
    async function* items() {
      yield 1;
    }
    shop(bench.server, { hold: () => new Promise(() => undefined), put: () => 1 });
    bench.client.ask("shop", "hold", [items()]);
    const parked = bench.client.ask("shop", "put", [items()]);
    const reading = bench.client.ask("shop", "put", [new Blob(["x"])]);
    bench.client.conversation.drained();
    expect(bench.taken).toEqual([parked, reading]);
  });

  test("keep the rest of their deadline, and can be given up no more here", async () => {
    const bench = moving();
    bench.client.sink.isCongested = true;
    const abort = new AbortController();
    const call = bench.client.ask("shop", "buy", [], { timeoutMs: 1_000, signal: abort.signal });
    await bench.clock.advance(400);
    bench.client.conversation.drained();
    expect(bench.taken[0]!.settings).toMatchObject({ timeoutMs: 1_000, waitedMs: 400 });
    abort.abort();
    await bench.clock.advance(600);
    expect(call.outcome).toBe("pending");
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test("take the calls along that are made on their results, or name them", async () => {
    const bench = moving();
    const account = { name: "ann" };
    shop(bench.other.server, { login: () => account, greet: (who: { name: string }) => `hello ${who.name}` });
    bench.client.sink.isCongested = true;
    const login = bench.client.ask("shop", "login");
    const greet = bench.client.ask("shop", "greet", [login]);
    const next = bench.client.ask("shop", "greet", [{ name: "bob" }], { after: { call: greet, order: 2 } });
    bench.client.conversation.drained();
    expect(bench.taken).toEqual([login, greet, next]);
    await moveOn(bench);
    expect(await greet.result).toBe("hello ann");
    expect(await next.result).toBe("hello bob");
  });

  test("made later are given back as well, unless they need something of this session", async () => {
    const bench = moving();
    shop(bench.server, { hold: () => new Promise(() => undefined) });
    const sent = bench.client.ask("shop", "hold");
    await bench.settle();
    bench.client.conversation.drained();
    const late = bench.client.ask("shop", "buy");
    expect(bench.taken).toEqual([late]);
    const onResult = bench.client.ask(sent, "buy");
    expect(await rejectionOf(onResult.result)).toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "not-sent" });
    expect(bench.taken).toEqual([late]);
  });

  test.each([
    ["on a result of this session", (sent: TestCall) => new TestCall("call", sent, "buy")],
    ["with such a result as an argument", (sent: TestCall) => new TestCall("call", "shop", "buy", [sent])],
    [
      "after such a call",
      (sent: TestCall) => new TestCall("call", "shop", "buy", [], { after: { call: sent, order: 1 } }),
    ],
  ])("fail when they wait and were made %s", async (_how, make) => {
    const bench = moving();
    shop(bench.server, { hold: () => new Promise(() => undefined) });
    const sent = bench.client.ask("shop", "hold");
    await bench.settle();
    bench.client.sink.isCongested = true;
    const bound = bench.client.make(make(sent));
    const follower = bench.client.ask(bound, "on");
    bench.client.conversation.drained();
    expect(bench.taken).toEqual([]);
    for (const { result } of [bound, follower])
      expect(await rejectionOf(result)).toMatchObject({ delivery: "not-sent", retryable: false });
  });

  test("fail when nobody takes them", async () => {
    const { side } = alone({ terms: { unsent: () => false } });
    side.sink.isCongested = true;
    const waiting = side.ask("shop", "buy", [], { timeoutMs: 100 });
    side.conversation.drained();
    const late = side.ask("shop", "buy");
    for (const { result } of [waiting, late])
      expect(await rejectionOf(result)).toMatchObject({
        code: "HW_CONNECTION_CLOSED",
        delivery: "not-sent",
        retryable: true,
      });
  });

  test("fail at once when their signal is aborted already", async () => {
    const bench = moving();
    bench.client.conversation.drained();
    const call = bench.client.ask("shop", "buy", [], { signal: AbortSignal.abort("enough") });
    expect(await rejectionOf(call.result)).toMatchObject({ delivery: "not-sent" });
    expect(bench.taken).toEqual([]);
  });

  test("are not given back by a session that is over", async () => {
    const bench = moving();
    bench.client.sink.isCongested = true;
    const waiting = bench.client.ask("shop", "buy");
    bench.client.conversation.end({ error: new Error("over"), takenSeq: 0 });
    expect(await rejectionOf(waiting.result)).toMatchObject({ delivery: "not-sent" });
    expect(bench.taken).toEqual([]);
  });
});
