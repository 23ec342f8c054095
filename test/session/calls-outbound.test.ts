import { describe, expect, test } from "vitest";
import { CallError, ConfigError, DeadlineError, LimitError } from "../../src/errors/hearthwire-error.js";
import { collectGarbageUntil } from "./support/collect-garbage.js";
import { alone, link, NamedStandIn, rejectionOf, type StandIn, TestCall } from "./support/linked-conversations.js";

describe("a call of this side", () => {
  test("carries its arguments and settles with the result", async () => {
    const { client, server } = link();
    server.handler.objects["sums"] = { add: (a: number, b: number) => a + b };
    await expect(client.ask("sums", "add", [1, 2]).result).resolves.toBe(3);
    expect(client.said).toEqual([["call", 1, "sums", "add", { json: [1, 2] }]]);
  });

  test("reads and writes accessors", async () => {
    const { client, server } = link();
    server.handler.objects["line"] = { quantity: 3 };
    await expect(client.make(new TestCall("set", "line", "quantity", [4])).result).resolves.toBeUndefined();
    await expect(client.make(new TestCall("get", "line", "quantity")).result).resolves.toBe(4);
    expect(server.said).toEqual([
      ["ok", 1],
      ["ok", 2, { json: 4 }],
    ]);
  });

  test("asks for the members of an object", async () => {
    const { client, server } = link();
    server.handler.objects["sums"] = { add: () => 0, subtract: () => 0 };
    const look = client.make(new TestCall("look", "sums", ""));
    await expect(look.result).resolves.toEqual([
      ["add", "method"],
      ["subtract", "method"],
    ]);
  });

  test("takes its arguments when it is made", async () => {
    const { side, settle } = alone();
    side.sink.isHeld = true;
    const list = [1];
    const bytes = new Uint8Array([1]);
    side.ask("object", "take", [list, bytes]);
    list.push(2);
    bytes[0] = 9;
    side.sink.isHeld = false;
    side.sink.flush();
    await settle();
    expect(side.said[0]).toMatchObject(["call", 1, "object", "take", { json: [[1], [0, "Uint8Array"]] }]);
  });

  test("throws at once when an argument can't be sent, and is told nothing", async () => {
    const { side, settle } = alone();
    const call = new TestCall("call", "object", "take", [{ socket: new (class Socket {})() }]);
    expect(() => side.make(call)).toThrow(/args\[0\]\.socket.*Socket/);
    await settle();
    expect(call.outcome).toBe("pending");
    expect(side.said).toEqual([]);
  });

  test("is not sent before the session is open", async () => {
    const { side, settle } = alone({ isOpen: false });
    side.ask("object", "go");
    await settle();
    expect(side.said).toEqual([]);
    side.conversation.opened();
    await settle();
    expect(side.said).toHaveLength(1);
  });

  test("fails with what the peer threw", async () => {
    const { client, server } = link();
    server.handler.objects["files"] = {
      open() {
        throw Object.assign(new RangeError("no such file"), { code: "ENOENT", path: "/x" });
      },
    };
    const error = await rejectionOf(client.ask("files", "open").result);
    expect(error).toMatchObject({
      name: "RangeError",
      message: "no such file",
      code: "ENOENT",
      delivery: "ran",
      object: "files",
      member: "open",
      details: { path: "/x" },
    });
  });

  test.each([[undefined], [0], [""], [null], [false]])(
    "fails with the thrown value %j, though it is falsy",
    async (thrown) => {
      const { client, server } = link();
      server.handler.objects["odd"] = {
        go() {
          // oxlint-disable-next-line no-throw-literal -- peers throw what they like
          throw thrown;
        },
      };
      const call = client.ask("odd", "go");
      await expect(rejectionOf(call.result)).resolves.toBe(thrown);
      expect(call.outcome).toBe("failed");
    },
  );

  test("sends its options", async () => {
    const { side, settle } = alone();
    side.ask("object", "go", [], {
      timeoutMs: 5000,
      correlationId: "c-1",
      traceparent: "00-trace",
      annotations: { tenant: "a" },
    });
    await settle();
    expect(side.said[0]?.[5]).toEqual({ d: 5000, c: "c-1", t: "00-trace", a: { tenant: "a" } });
  });

  test.each([
    ["17 annotations", { annotations: Object.fromEntries(Array.from({ length: 17 }, (_, at) => [`a${at}`, ""])) }],
    ["annotations of 4097 characters", { annotations: { a: "x".repeat(4096) } }],
    ["an annotation that is no string", { annotations: { a: 1 as unknown as string } }],
    ["a correlation id of 129 characters", { correlationId: "c".repeat(129) }],
    ["a traceparent of 65 characters", { traceparent: "t".repeat(65) }],
  ])("refuses %s before anything is sent", async (_, settings) => {
    const { side, settle } = alone();
    expect(() => side.ask("object", "go", [], settings)).toThrow(ConfigError);
    await settle();
    expect(side.said).toEqual([]);
  });

  test("accepts options at their limits", async () => {
    const { client, server } = link();
    server.handler.objects["object"] = { go: () => 1 };
    const settings = {
      annotations: { a: "x".repeat(4095) },
      correlationId: "c".repeat(128),
      traceparent: "t".repeat(64),
    };
    await expect(client.ask("object", "go", [], settings).result).resolves.toBe(1);
  });

  test("is given the annotations of its answer", async () => {
    const { client, server } = link();
    server.handler.objects["object"] = {
      go(this: { annotate(name: string, value: string): void }) {
        this.annotate("cache", "hit");
      },
    };
    const call = client.ask("object", "go");
    await expect(call.result).resolves.toBeUndefined();
    expect(call.annotations).toEqual({ cache: "hit" });
  });

  test("fails when its answer does not pass the gate", async () => {
    const { side } = alone();
    const call = side.ask("object", "go");
    side.take([["ok", 1, { json: { __proto__x: 1 }, meta: { v: 2 } }]]);
    expect(await rejectionOf(call.result)).toMatchObject({ code: "HW_BAD_PAYLOAD", delivery: "ran" });
    expect(side.broken).toBeUndefined();
  });

  test("ends the session when an answer names no call", () => {
    const { side } = alone();
    side.take([["ok", 7]]);
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL", message: expect.stringContaining("7") });
  });

  test("ends the session when it is answered twice", () => {
    const { side } = alone();
    side.ask("object", "go");
    side.take([["ok", 1]]);
    expect(side.broken).toBeUndefined();
    side.take([["err", 1, { name: "Error", message: "" }]]);
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL" });
  });

  test("is not made on a proxy that was released", async () => {
    const { client, server } = link();
    server.handler.objects["shop"] = { callback: () => () => 1 };
    const fn = (await client.ask("shop", "callback").result) as StandIn;
    await expect(client.ask(fn.reference, "").result).resolves.toBe(1);
    fn.reference.release();
    expect(() => client.ask(fn.reference, "")).toThrow(CallError);
    expect(() => client.ask(fn.reference, "")).toThrow(/released/);
  });

  test("is not made on a reference of another session", async () => {
    const { client, server } = link();
    const other = link();
    server.handler.objects["shop"] = { callback: () => () => 1 };
    const fn = (await client.ask("shop", "callback").result) as StandIn;
    expect(() => other.client.ask(fn.reference, "")).toThrow(/another|session/);
  });

  test("refuses the proxy of a named object as an argument, and names the remedy", () => {
    const { side } = alone();
    expect(() => side.ask("object", "take", [new NamedStandIn("cart")])).toThrow(/"cart".*send its id/);
  });
});

describe("calls in flight", () => {
  test("are at most as many as allowed, and the rest go in order as answers come", async () => {
    const { side, settle } = alone({ limits: { ownCallsInFlight: 2 } });
    for (const member of ["a", "b", "c", "d"]) side.ask("object", member);
    await settle();
    expect(side.said.map(([, , , member]) => member)).toEqual(["a", "b"]);
    side.take([["ok", 2]]);
    await settle();
    expect(side.said.map(([, , , member]) => member)).toEqual(["a", "b", "c"]);
    side.take([
      ["ok", 1],
      ["ok", 3],
    ]);
    await settle();
    expect(side.said.map(([, , , member]) => member)).toEqual(["a", "b", "c", "d"]);
    expect(side.conversation.statistics.callsPending).toBe(1);
  });

  test("wait while the line is congested", async () => {
    const { side, settle } = alone();
    side.sink.isCongested = true;
    side.ask("object", "go");
    await settle();
    expect(side.said).toEqual([]);
    side.sink.isCongested = false;
    side.conversation.relieved();
    await settle();
    expect(side.said).toHaveLength(1);
  });

  test("have ids that are never used again", async () => {
    const { side, settle } = alone();
    side.ask("object", "a");
    side.take([["ok", 1]]);
    side.ask("object", "b");
    await settle();
    expect(side.saidOf("call").map(([, id]) => id)).toEqual([1, 2]);
  });

  test("fail one by one when one is too large to be sent", async () => {
    const { side, settle } = alone();
    const tooLarge = new LimitError("too large", { limit: "messageBytes", allowed: 1 });
    side.sink.refusal = ({ before }) => (before.includes("large") ? tooLarge : undefined);
    const large = side.ask("object", "large");
    const small = side.ask("object", "small");
    expect(large.outcome).toBe("pending");
    await settle();
    await expect(rejectionOf(large.result)).resolves.toMatchObject({
      message: tooLarge.message,
      object: "object",
      member: "large",
      delivery: "not-sent",
    });
    expect(small.outcome).toBe("pending");
    expect(side.conversation.statistics.callsPending).toBe(1);
  });
});

describe("a one-way call", () => {
  test("settles once it is handed over, never before call() has returned", async () => {
    const { side, settle } = alone();
    const call = side.ask("log", "write", ["x"], { isOneway: true });
    expect(call.outcome).toBe("pending");
    await expect(call.result).resolves.toBeUndefined();
    await settle();
    expect(side.said).toEqual([["call", 1, "log", "write", { json: ["x"] }, { w: 1 }]]);
    expect(side.conversation.statistics.callsPending).toBe(0);
  });

  test("may not be answered", async () => {
    const { side, settle } = alone();
    side.ask("log", "write", [], { isOneway: true });
    await settle();
    side.take([["ok", 1]]);
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL" });
  });
});

describe("a deadline", () => {
  test("travels as what is left of it when the call is sent", async () => {
    const { side, clock, settle } = alone({ defaultTimeoutMs: 30_000 });
    side.sink.isCongested = true;
    side.ask("object", "go");
    await clock.advance(1000);
    side.sink.isCongested = false;
    side.conversation.relieved();
    await settle();
    expect(side.said[0]?.[5]).toEqual({ d: 29_000 });
  });

  test("rejects at once when it passes, cancels the call, and frees the id only at the answer", async () => {
    const { side, clock, settle } = alone({ limits: { ownCallsInFlight: 1 } });
    const slow = side.ask("reports", "build", [], { timeoutMs: 500 });
    const next = side.ask("reports", "list");
    await clock.advance(499);
    expect(slow.outcome).toBe("pending");
    await clock.advance(1);
    const error = await rejectionOf(slow.result);
    expect(error).toBeInstanceOf(DeadlineError);
    expect(error).toMatchObject({
      object: "reports",
      member: "build",
      elapsedMs: 500,
      timeoutMs: 500,
      delivery: "unknown",
    });
    await settle();
    expect(side.said.map(([name]) => name)).toEqual(["call", "cancel"]);
    side.take([["err", 1, { name: "CallError", message: "", code: "HW_CANCELLED", wire: 1 }]]);
    await settle();
    expect(side.said.map(([name]) => name)).toEqual(["call", "cancel", "call"]);
    expect(next.outcome).toBe("pending");
  });

  test("of a call that never left says not-sent, and cancels nothing", async () => {
    const { side, clock } = alone();
    side.sink.isCongested = true;
    const call = side.ask("object", "go", [], { timeoutMs: 10 });
    await clock.advance(10);
    expect(await rejectionOf(call.result)).toMatchObject({
      code: "HW_DEADLINE",
      delivery: "not-sent",
      retryable: true,
    });
    side.sink.isCongested = false;
    side.conversation.relieved();
    await clock.advance(0);
    expect(side.said).toEqual([]);
  });

  test("of 0 is none", async () => {
    const { side, clock } = alone({ defaultTimeoutMs: 100 });
    const call = side.ask("object", "go", [], { timeoutMs: 0 });
    await clock.advance(1_000_000);
    expect(call.outcome).toBe("pending");
    expect(side.said[0]).toHaveLength(5);
  });

  test("takes one timer for all calls", () => {
    const { side, clock } = alone({ defaultTimeoutMs: 30_000 });
    for (let made = 0; made < 100; made++) side.ask("object", "go");
    expect(clock.pendingTimers).toBe(1);
  });
});

describe("an AbortSignal", () => {
  test("that is aborted already rejects with its reason, and nothing is sent", async () => {
    const { side, settle } = alone();
    const reason = new Error("never mind");
    const call = side.ask("object", "go", [], { signal: AbortSignal.abort(reason) });
    expect(call.outcome).toBe("pending");
    await expect(rejectionOf(call.result)).resolves.toBe(reason);
    await settle();
    expect(side.said).toEqual([]);
  });

  test("aborted before the call is sent rejects, and nothing is sent", async () => {
    const { side, settle } = alone();
    const abort = new AbortController();
    side.sink.isCongested = true;
    const call = side.ask("object", "go", [], { signal: abort.signal });
    abort.abort("enough");
    await expect(rejectionOf(call.result)).resolves.toBe("enough");
    side.sink.isCongested = false;
    side.conversation.relieved();
    await settle();
    expect(side.said).toEqual([]);
  });

  test("aborted in flight rejects at once with its reason and cancels the call", async () => {
    const { client, server, settle } = link();
    let signal: AbortSignal | undefined;
    server.handler.objects["slow"] = {
      go(this: { signal: AbortSignal }) {
        signal = this.signal;
        return new Promise(() => undefined);
      },
    };
    const abort = new AbortController();
    const call = client.ask("slow", "go", [], { signal: abort.signal });
    await settle();
    abort.abort();
    const error = await rejectionOf(call.result);
    expect(error).toBe(abort.signal.reason);
    expect(error).toMatchObject({ name: "AbortError" });
    await settle();
    expect(signal?.aborted).toBe(true);
    expect(server.said).toMatchObject([["err", 1, { code: "HW_CANCELLED", wire: 1 }]]);
    expect(client.conversation.statistics.callsPending).toBe(0);
  });

  test("aborted after the result stops the stream that it returned", async () => {
    const { client, server, settle } = link();
    let hasEnded = false;
    server.handler.objects["clock"] = {
      async *ticks() {
        try {
          for (let tick = 0; ; tick++) yield tick;
        } finally {
          hasEnded = true;
        }
      },
    };
    const abort = new AbortController();
    const stream = (await client.ask("clock", "ticks", [], { signal: abort.signal }).result) as AsyncIterator<number>;
    await expect(stream.next()).resolves.toEqual({ done: false, value: 0 });
    abort.abort("enough");
    await expect(rejectionOf(stream.next())).resolves.toBe("enough");
    await settle();
    expect(hasEnded).toBe(true);
    expect(client.saidOf("stop")).toHaveLength(1);
    expect(client.conversation.statistics.streams + server.conversation.statistics.streams).toBe(0);
  });

  test("has no listener left once its call has settled", async () => {
    const { client, server } = link();
    server.handler.objects["sums"] = { add: () => 3 };
    const counts = { added: 0, removed: 0 };
    const { signal } = new AbortController();
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      counts.added++;
      add(...args);
    };
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      counts.removed++;
      remove(...args);
    };
    await client.ask("sums", "add", [], { signal }).result;
    expect(counts).toEqual({ added: 1, removed: 1 });
  });
});

describe("the answer of a call that was given up", () => {
  test("has its streams stopped and its references released", async () => {
    const { client, server, settle } = link();
    let hasEnded = false;
    async function* ticks(): AsyncGenerator<number> {
      try {
        for (;;) yield 1;
      } finally {
        hasEnded = true;
      }
    }
    let answer!: (value: unknown) => void;
    server.handler.objects["shop"] = { open: () => new Promise((resolve) => (answer = resolve)) };
    const abort = new AbortController();
    client.ask("shop", "open", [], { signal: abort.signal });
    await settle();
    client.sink.isHeld = true;
    abort.abort();
    answer({ callback: () => 1, ticks: ticks() });
    await settle();
    client.sink.isHeld = false;
    client.sink.flush();
    await settle();
    expect(hasEnded).toBe(true);
    expect(client.saidOf("release")).toEqual([["release", 1, 1]]);
    expect(server.conversation.statistics).toMatchObject({ streams: 0, references: 0 });
    expect(client.conversation.statistics).toMatchObject({ streams: 0, references: 0, callsPending: 0 });
  });
});

describe("calls to a peer that answers nothing", () => {
  test("are let go once they have settled, wherever they waited", async () => {
    const { side, clock } = alone({ limits: { ownCallsInFlight: 1 } });
    const first = side.ask("shop", "never");
    const kept: WeakRef<object>[] = [];
    for (let round = 0; round < 10; round++) {
      for (let made = 0; made < 100; made++) {
        const target = made % 2 === 0 ? "shop" : first;
        kept.push(new WeakRef(side.ask(target, "go", [], { timeoutMs: 10 })));
      }
      await clock.advance(20);
    }
    const held = (): number => kept.filter((call) => call.deref() !== undefined).length;
    await collectGarbageUntil(() => held() <= 200);
    expect(held()).toBeLessThanOrEqual(200);
    expect(side.conversation.statistics.callsPending).toBe(1);
  });

  test("are refused when too many wait, and may be made again when some have settled", async () => {
    const { side } = alone({ limits: { ownCallsInFlight: 1, maxWaitingCalls: 2 } });
    const [first] = [side.ask("shop", "go"), side.ask("shop", "go"), side.ask("shop", "go")];
    expect(() => side.ask("shop", "go")).toThrow(
      expect.objectContaining({ code: "HW_LIMIT", limit: "maxWaitingCalls", delivery: "not-sent", retryable: true }),
    );
    side.take([["ok", 1]]);
    await first.result;
    expect(() => side.ask("shop", "go")).not.toThrow();
  });
});
