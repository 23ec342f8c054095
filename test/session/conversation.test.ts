import { describe, expect, test } from "vitest";
import { ConnectionError, LimitError, ProtocolError } from "../../src/errors/hearthwire-error.js";
import type { InboundCall } from "../../src/session/call-handler.js";
import type { OutgoingMessage } from "../../src/session/message-sink.js";
import { collectGarbageUntil } from "./support/collect-garbage.js";
import { alone, deferred, Exposed, link, rejectionOf, type StandIn } from "./support/linked-conversations.js";

class Counter extends Exposed {
  increment(): number {
    return 1;
  }
}

const cause = new Error("cut");
const lost = new ConnectionError("HW_SESSION_LOST", "the peer is gone", { cause });
const NOTHING = { callsRunning: 0, callsPending: 0, streams: 0, references: 0 };

describe("the end of a conversation", () => {
  test("rejects calls by what the peer has taken of them", async () => {
    const { side, settle } = alone();
    const taken = side.ask("object", "taken");
    await settle();
    const sent = side.ask("object", "sent");
    await settle();
    side.sink.isHeld = true;
    const heldBack = side.ask(taken, "heldBack");
    const built = side.ask("object", "built");
    side.sink.isCongested = true;
    const queued = side.ask("object", "queued");
    side.conversation.end({ error: lost, takenSeq: 1 });
    const errors = await Promise.all([taken, sent, heldBack, built, queued].map(({ result }) => rejectionOf(result)));
    expect(errors).toMatchObject([
      { delivery: "unknown", retryable: false, object: "object", member: "taken" },
      { delivery: "not-sent", retryable: true, member: "sent" },
      { delivery: "not-sent", member: "heldBack" },
      { delivery: "not-sent", member: "built" },
      { delivery: "not-sent", member: "queued" },
    ]);
    for (const error of errors)
      expect(error).toMatchObject({ name: "ConnectionError", code: "HW_SESSION_LOST", message: lost.message, cause });
  });

  test("rejects all that have a frame as unknown when the peer said nothing of them", async () => {
    const { side, settle } = alone();
    const sent = side.ask("object", "sent");
    await settle();
    side.conversation.end({ error: new ProtocolError("broken"), takenSeq: Infinity });
    expect(await rejectionOf(sent.result)).toMatchObject({
      name: "ConnectionError",
      code: "HW_CONNECTION_CLOSED",
      delivery: "unknown",
      message: "broken",
    });
  });

  test("leaves nothing in any table, and no timer", async () => {
    const { client, server, clock, settle } = link({
      client: { defaultTimeoutMs: 1000 },
      server: { defaultTimeoutMs: 1000 },
    });
    server.handler.objects["shop"] = {
      open: () => [
        new Counter(),
        (async function* () {
          yield 1;
          await new Promise(() => undefined);
        })(),
      ],
      hang: () => new Promise(() => undefined),
    };
    await client.ask("shop", "open").result;
    const login = client.ask("shop", "hang", [() => 1]);
    client.ask(login, "next");
    await settle();
    client.sink.flush();
    client.ask(login, "held back");
    for (const side of [client, server]) side.conversation.end({ error: lost, takenSeq: Infinity });
    await settle();
    expect(client.conversation.statistics).toEqual(NOTHING);
    expect(server.conversation.statistics).toEqual({ ...NOTHING, callsRunning: 1 });
    expect(clock.pendingTimers).toBe(0);
  });

  test("makes later calls fail as never sent, and later messages mean nothing", async () => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = { go: () => 1 };
    side.conversation.end({ error: lost, takenSeq: Infinity });
    const late = side.ask("object", "late");
    expect(late.outcome).toBe("pending");
    expect(await rejectionOf(late.result)).toMatchObject({ code: "HW_SESSION_LOST", delivery: "not-sent" });
    side.take([
      ["call", 1, "shop", "go", { json: [] }],
      ["ok", 99],
    ]);
    await settle();
    expect(side.broken).toBeUndefined();
    expect(side.handler.started).toEqual([]);
    expect(side.said).toEqual([]);
  });

  test("releases what the peer held, and what this side held can be released without a word", async () => {
    // Regression (capnweb #154): callbacks of a peer that died were kept for ever.
    const { client, server, settle } = link();
    const kept: { callback?: WeakRef<object> } = {};
    server.handler.objects["shop"] = { take: () => () => 1 };
    const proxy = await (async () => {
      const callback = (): number => 1;
      kept.callback = new WeakRef(callback);
      return (await client.ask("shop", "take", [callback]).result) as StandIn;
    })();
    client.conversation.end({ error: lost, takenSeq: Infinity });
    proxy.reference.release();
    await settle();
    expect(client.saidOf("release")).toEqual([]);
    await collectGarbageUntil(() => kept.callback?.deref() === undefined);
    expect(kept.callback?.deref()).toBeUndefined();
  });

  test("lets nobody say anything more, not even what hears of it first", async () => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = {
      take(this: InboundCall, stream: AsyncGenerator) {
        this.signal.addEventListener("abort", () => void stream.return(undefined));
        return new Promise(() => undefined);
      },
    };
    const payload = { json: [[1, "iterable"]], meta: { values: { "0": [["custom", "stream"]] }, v: 1 } };
    side.take([["call", 1, "shop", "take", payload]]);
    side.conversation.end({ error: lost, takenSeq: Infinity });
    await settle();
    expect(side.said).toEqual([]);
  });

  test("is told once: a second end changes nothing", async () => {
    const { side } = alone();
    const call = side.ask("object", "go");
    side.conversation.end({ error: lost, takenSeq: Infinity });
    side.conversation.end({ error: new Error("again"), takenSeq: Infinity });
    expect(await rejectionOf(call.result)).toMatchObject({ code: "HW_SESSION_LOST" });
  });
});

describe("a peer that drains", () => {
  test("gets no new call, while sent ones go on", async () => {
    const { side, settle } = alone({ limits: { ownCallsInFlight: 1 } });
    const sent = side.ask("object", "sent");
    const queued = side.ask("object", "queued");
    await settle();
    side.conversation.drained();
    const late = side.ask("object", "late");
    for (const call of [queued, late]) {
      expect(await rejectionOf(call.result)).toMatchObject({
        code: "HW_CONNECTION_CLOSED",
        delivery: "not-sent",
        retryable: true,
      });
    }
    side.take([["ok", 1, { json: "done" }]]);
    await expect(sent.result).resolves.toBe("done");
    await settle();
    expect(side.saidOf("call")).toHaveLength(1);
  });

  test("still may call this side", async () => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = { go: () => 1 };
    side.conversation.drained();
    side.take([["call", 1, "shop", "go", { json: [] }]]);
    await settle();
    expect(side.saidOf("ok")).toHaveLength(1);
  });
});

describe("messages", () => {
  test.each([["open"], ["ready"], ["ping", 1], ["drain", 1]])(
    "of upkeep end the session when they come here: %s",
    (...message) => {
      const { side } = alone();
      side.take([message]);
      expect(side.broken).toMatchObject({ code: "HW_PROTOCOL" });
    },
  );

  test("act in their order, the ones before a wrong one too", async () => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = { go: () => 1 };
    side.take([
      ["call", 1, "shop", "go", { json: [] }],
      ["ok", 9],
      ["call", 2, "shop", "go", { json: [] }],
    ]);
    await settle();
    expect(side.handler.started).toHaveLength(1);
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL" });
  });

  test("carry the keys that order them against a body in pieces", async () => {
    const { side, settle } = alone();
    const keys: Record<string, readonly string[]> = {};
    side.sink.refusal = (message: OutgoingMessage) => {
      keys[(JSON.parse(message.before.replace(/,?$/, "]")) as string[])[0]!] ??= message.keys;
      return undefined;
    };
    side.handler.objects["shop"] = {
      *open() {
        yield 1;
      },
      hang: () => new Promise(() => undefined),
    };
    const abort = new AbortController();
    side.ask("cart", "go", [], { signal: abort.signal });
    abort.abort();
    side.take([
      ["call", 3, "shop", "open", { json: [] }],
      ["call", 4, "shop", "hang", { json: [] }],
      ["cancel", 4],
      ["item", 8, { json: 1 }],
    ]);
    await settle();
    expect(keys).toMatchObject({
      call: ['t"cart"', "c1"],
      cancel: ["c1"],
      ok: ["a3"],
      err: ["a4"],
      item: ["s1"],
      end: ["s1"],
      stop: ["p8"],
    });
  });

  test("that could not be sent after all, having waited behind a body in pieces, fail what they belong to", async () => {
    const { side, settle } = alone();
    const held: OutgoingMessage[] = [];
    const send = side.sink.send.bind(side.sink);
    side.sink.send = (message) => {
      if (message.payload === undefined || message.before.startsWith('["err"')) return send(message);
      held.push(message);
      return { seq: undefined };
    };
    side.handler.objects["shop"] = { go: () => "result" };
    const call = side.ask("object", "go", [() => 1]);
    side.take([["call", 1, "shop", "go", { json: [] }]]);
    const tooLarge = new LimitError("too large", { limit: "messageBytes", allowed: 1 });
    for (const message of held) message.failed?.(tooLarge);
    await expect(rejectionOf(call.result)).resolves.toMatchObject({ message: tooLarge.message, member: "go" });
    await settle();
    expect(side.said).toMatchObject([["err", 1, { code: "HW_LIMIT", wire: 1 }]]);
    expect(side.conversation.statistics).toEqual(NOTHING);
  });
});

describe("handshake data", () => {
  test("are plain values, both ways", () => {
    const { side } = alone();
    const body = { segments: [], budget: { nodes: 100 }, byteLength: 10, ack: 0 };
    const payload = side.conversation.encode({ since: new Date(0) }, "handshake");
    const text = payload.finish({ segment: () => 0, reference: () => [1, 1], stream: () => [1, "iterable"] });
    expect(side.conversation.decode(JSON.parse(text), body)).toEqual({ since: new Date(0) });
  });

  test.each([
    ["a function", () => 1],
    ["a stream", (async function* () {})()],
  ])("can't hold %s", (_, value) => {
    const { side } = alone();
    expect(() => side.conversation.encode({ value }, "handshake")).toThrow(/handshake\.value/);
  });
});

describe("a long session", () => {
  test("keeps nothing of its calls", async () => {
    // Regression (capnweb #153): the heap grew with every call that a session had made.
    const { client, server, settle } = link({
      client: { defaultTimeoutMs: 30_000 },
      server: { defaultTimeoutMs: 30_000 },
    });
    const traces: WeakRef<object>[] = [];
    server.handler.objects["shop"] = {
      go(this: InboundCall, value: object) {
        traces.push(new WeakRef(this), new WeakRef(value));
        return value;
      },
    };
    const callOnce = async (made: number): Promise<void> => {
      const call = client.ask("shop", "go", [{ made }], { signal: new AbortController().signal });
      traces.push(new WeakRef(call), new WeakRef((await call.result) as object));
    };
    for (let made = 0; made < 200; made++) await callOnce(made);
    server.handler.started.length = 0;
    await settle();
    const areCollected = (): boolean => traces.every((trace) => trace.deref() === undefined);
    await collectGarbageUntil(areCollected);
    expect(traces.filter((trace) => trace.deref() !== undefined)).toEqual([]);
    for (const side of [client, server]) expect(side.conversation.statistics).toEqual(NOTHING);
  });

  test("calls back and forth without losing anybody's place", async () => {
    const { client, server } = link();
    const held = deferred();
    server.handler.objects["shop"] = {
      ask: async (question: StandIn) => {
        await held.promise;
        return server.ask(question.reference, "", ["how many?"]).result;
      },
    };
    const answers = Array.from({ length: 50 }, (_, at) =>
      client.ask("shop", "ask", [(what: string) => `${what} ${at}`]),
    );
    held.resolve();
    await expect(Promise.all(answers.map(({ result }) => result))).resolves.toEqual(
      Array.from({ length: 50 }, (_, at) => `how many? ${at}`),
    );
  });
});
