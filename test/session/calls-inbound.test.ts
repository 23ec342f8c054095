import { describe, expect, test } from "vitest";
import { CallError, ConnectionError, LimitError } from "../../src/errors/hearthwire-error.js";
import type { InboundCall } from "../../src/session/call-handler.js";
import { alone, deferred, link, rejectionOf } from "./support/linked-conversations.js";

const NO_ARGS = { json: [] };

describe("a call of the peer", () => {
  test("starts in the order of its message, and is not awaited before the next", async () => {
    const { side, settle } = alone();
    const first = deferred();
    side.handler.objects["shop"] = { slow: () => first.promise, fast: () => "fast" };
    side.take([
      ["call", 1, "shop", "slow", NO_ARGS],
      ["call", 2, "shop", "fast", NO_ARGS],
    ]);
    expect(side.handler.started.map(({ member }) => member)).toEqual(["slow", "fast"]);
    await settle();
    expect(side.said).toEqual([["ok", 2, { json: "fast" }]]);
    first.resolve();
    await settle();
    expect(side.said[1]).toEqual(["ok", 1]);
  });

  test("is told its options", () => {
    const { side, clock } = alone();
    side.handler.objects["shop"] = { go: () => new Promise(() => undefined) };
    side.take([["call", 1, "shop", "go", NO_ARGS, { d: 100, c: "c-1", t: "00-t", a: { tenant: "x" } }]]);
    expect(side.handler.started[0]).toMatchObject({
      kind: "call",
      target: "shop",
      member: "go",
      isOneway: false,
      correlationId: "c-1",
      traceparent: "00-t",
      annotations: { tenant: "x" },
      deadlineAtMs: clock.nowMs + 100,
    });
  });

  test("ends the session when its id is still in use", () => {
    const { side } = alone();
    side.handler.objects["shop"] = { go: () => new Promise(() => undefined) };
    side.take([["call", 1, "shop", "go", NO_ARGS]]);
    expect(side.broken).toBeUndefined();
    side.take([["get", 1, "shop", "go"]]);
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL", message: expect.stringContaining("in use") });
  });

  test("whose payload does not pass the gate is answered, and the next one runs", async () => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = { go: () => 1 };
    side.take([
      ["call", 1, "shop", "go", { json: [], meta: { values: { "0": ["regexp"] }, v: 1 } }],
      ["call", 2, "shop", "go", NO_ARGS],
    ]);
    await settle();
    expect(side.said).toMatchObject([
      ["err", 1, { code: "HW_BAD_PAYLOAD", wire: 1 }],
      ["ok", 2, { json: 1 }],
    ]);
    expect(side.handler.started).toHaveLength(1);
  });

  test("whose arguments are no array is answered HW_BAD_PAYLOAD", async () => {
    const { side, settle } = alone();
    side.take([["call", 1, "shop", "go", { json: "x" }]]);
    await settle();
    expect(side.said).toMatchObject([["err", 1, { code: "HW_BAD_PAYLOAD" }]]);
  });

  test("whose result can't be sent is answered with the path, and this side is told too", async () => {
    const { client, server } = link();
    class Socket {}
    server.handler.objects["shop"] = { go: () => ({ user: { socket: new Socket() } }) };
    const error = await rejectionOf(client.ask("shop", "go").result);
    expect(error).toMatchObject({ code: "HW_CANNOT_SEND", path: "result.user.socket", delivery: "ran" });
    expect(server.unobserved).toMatchObject([{ object: "shop", member: "go", error: { code: "HW_CANNOT_SEND" } }]);
  });

  test("whose result is too large to be sent is answered with that", async () => {
    const { client, server } = link();
    server.handler.objects["shop"] = { go: () => "large" };
    server.sink.refusal = ({ before }) =>
      before.startsWith('["ok"') ? new LimitError("too large", { limit: "messageBytes", allowed: 1 }) : undefined;
    expect(await rejectionOf(client.ask("shop", "go").result)).toMatchObject({ code: "HW_LIMIT" });
  });

  test("crosses with its code when the handler refuses it, and without when called code throws the same", async () => {
    const { client, server } = link();
    const refused = new CallError("HW_NO_SUCH_MEMBER", "no");
    const passedOn = new CallError("HW_NO_SUCH_MEMBER", "no", { delivery: "not-sent" });
    server.handler.objects["shop"] = {
      refuse: () => Promise.reject(refused),
      passOn: () => Promise.reject(passedOn),
    };
    expect(await rejectionOf(client.ask("shop", "refuse").result)).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(await rejectionOf(client.ask("shop", "passOn").result)).toMatchObject({
      code: "",
      details: { code: "HW_NO_SUCH_MEMBER" },
    });
  });

  test("aborts its signal and answers at once when it is cancelled, whatever its handler later returns", async () => {
    const { side, settle } = alone();
    const result = deferred<unknown>();
    let hasEnded = false;
    function* numbers(): Generator<number> {
      try {
        yield 1;
      } finally {
        hasEnded = true;
      }
    }
    side.handler.objects["shop"] = { go: () => result.promise };
    side.take([["call", 1, "shop", "go", NO_ARGS]]);
    side.take([["cancel", 1]]);
    await settle();
    expect(side.handler.started[0]?.signal.aborted).toBe(true);
    expect(side.said).toMatchObject([["err", 1, { code: "HW_CANCELLED", wire: 1 }]]);
    expect(side.conversation.statistics.callsRunning).toBe(1);
    const generator = numbers();
    generator.next();
    result.resolve(generator);
    await settle();
    expect(hasEnded).toBe(true);
    expect(side.said).toHaveLength(1);
    expect(side.conversation.statistics).toMatchObject({ callsRunning: 0, streams: 0 });
  });

  test("that fails after it was cancelled is reported nowhere", async () => {
    const { side, settle } = alone();
    const held = deferred();
    side.handler.objects["shop"] = { go: () => held.promise };
    side.take([
      ["call", 1, "shop", "go", NO_ARGS],
      ["cancel", 1],
    ]);
    held.reject(new Error("aborted"));
    await settle();
    expect(side.unobserved).toEqual([]);
    expect(side.said).toHaveLength(1);
  });

  test("aborts a signal that is asked for only after the cancel", () => {
    const { side } = alone();
    side.handler.objects["shop"] = { go: () => new Promise(() => undefined) };
    side.take([
      ["call", 1, "shop", "go", NO_ARGS],
      ["cancel", 1],
    ]);
    expect(side.handler.started[0]?.signal).toMatchObject({ aborted: true, reason: { code: "HW_CANCELLED" } });
  });

  test("ignores the cancel of an unknown or finished call", async () => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = { go: () => 1 };
    side.take([
      ["call", 1, "shop", "go", NO_ARGS],
      ["cancel", 1],
      ["cancel", 99],
    ]);
    await settle();
    expect(side.broken).toBeUndefined();
    expect(side.said).toEqual([["ok", 1, { json: 1 }]]);
  });

  test("is answered at its deadline, counted from its arrival", async () => {
    const { side, clock } = alone();
    side.handler.objects["shop"] = { go: () => new Promise(() => undefined) };
    side.take([["call", 1, "shop", "go", NO_ARGS, { d: 100 }]]);
    await clock.advance(99);
    expect(side.said).toEqual([]);
    await clock.advance(1);
    expect(side.said).toMatchObject([["err", 1, { code: "HW_DEADLINE", wire: 1 }]]);
    expect(side.handler.started[0]?.signal).toMatchObject({ aborted: true, reason: { code: "HW_DEADLINE" } });
  });

  test("that is answered in time leaves no deadline behind", async () => {
    const { side, clock } = alone();
    side.handler.objects["shop"] = { go: () => 1 };
    side.take([["call", 1, "shop", "go", NO_ARGS, { d: 100 }]]);
    await clock.advance(1000);
    expect(side.said).toEqual([["ok", 1, { json: 1 }]]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("beyond the limit is answered HW_LIMIT, and one within it runs", async () => {
    const { side, settle } = alone({ limits: { maxCallsInFlight: 2 } });
    const held = deferred();
    side.handler.objects["shop"] = { go: () => held.promise };
    for (const id of [1, 2, 3]) side.take([["call", id, "shop", "go", NO_ARGS]]);
    await settle();
    expect(side.said).toMatchObject([["err", 3, { code: "HW_LIMIT", wire: 1 }]]);
    held.resolve();
    await settle();
    side.take([["call", 4, "shop", "go", NO_ARGS]]);
    await settle();
    expect(side.saidOf("ok").map(([, id]) => id)).toEqual([1, 2, 4]);
  });

  test("counts against the limit until its handler ends, though it was cancelled", async () => {
    const { side, settle } = alone({ limits: { maxCallsInFlight: 1 } });
    const held = deferred();
    side.handler.objects["shop"] = { go: () => held.promise };
    side.take([
      ["call", 1, "shop", "go", NO_ARGS],
      ["cancel", 1],
      ["call", 2, "shop", "go", NO_ARGS],
    ]);
    await settle();
    expect(side.said).toMatchObject([
      ["err", 1, { code: "HW_CANCELLED" }],
      ["err", 2, { code: "HW_LIMIT" }],
    ]);
  });

  test("gives back what its arguments brought when it is refused", async () => {
    const { client, settle } = link({ server: { limits: { maxCallsInFlight: 0 } } });
    let hasEnded = false;
    function* numbers(): Generator<number> {
      try {
        for (;;) yield 1;
      } finally {
        hasEnded = true;
      }
    }
    const error = await rejectionOf(client.ask("shop", "go", [() => 1, numbers()]).result);
    expect(error).toMatchObject({ code: "HW_LIMIT" });
    await settle();
    expect(hasEnded).toBe(true);
    expect(client.conversation.statistics).toMatchObject({ references: 0, streams: 0 });
  });
});

describe("a one-way call of the peer", () => {
  test("is not answered, and its error is told here", async () => {
    const { side, settle } = alone();
    side.handler.objects["log"] = {
      write() {
        throw new Error("disk full");
      },
    };
    side.take([["call", 1, "log", "write", NO_ARGS, { w: 1 }]]);
    await settle();
    expect(side.said).toEqual([]);
    expect(side.unobserved).toMatchObject([{ object: "log", member: "write", error: { message: "disk full" } }]);
  });

  test("is told here when its payload is refused", async () => {
    const { side, settle } = alone();
    side.take([["call", 1, "log", "write", { json: 1 }, { w: 1 }]]);
    await settle();
    expect(side.said).toEqual([]);
    expect(side.unobserved).toMatchObject([{ member: "write", error: { code: "HW_BAD_PAYLOAD" } }]);
  });

  test("ends a generator that it returns", async () => {
    const { side, settle } = alone();
    const ended: string[] = [];
    side.handler.objects["log"] = {
      go: () => ({
        [Symbol.asyncIterator]() {
          return this;
        },
        next: () => Promise.resolve({ done: true, value: undefined }),
        return: () => {
          ended.push("return");
          return Promise.resolve({ done: true, value: undefined });
        },
      }),
    };
    side.take([["call", 1, "log", "go", NO_ARGS, { w: 1 }]]);
    await settle();
    expect(ended).toEqual(["return"]);
  });

  test("is answered early when its member is declared one-way and the caller did not know", async () => {
    const { side, settle } = alone();
    const held = deferred();
    side.handler.objects["log"] = {
      write(this: InboundCall) {
        this.answerEarly();
        return held.promise;
      },
    };
    side.take([["call", 1, "log", "write", NO_ARGS]]);
    await settle();
    expect(side.said).toEqual([["ok", 1]]);
    held.reject(new Error("disk full"));
    await settle();
    expect(side.said).toEqual([["ok", 1]]);
    expect(side.unobserved).toMatchObject([{ error: { message: "disk full" } }]);
  });
});

describe("annotations of an answer", () => {
  test("go with results and errors", async () => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = {
      go(this: InboundCall) {
        this.annotate("a", "1");
      },
      fail(this: InboundCall) {
        this.annotate("b", "2");
        throw new Error("no");
      },
    };
    side.take([
      ["call", 1, "shop", "go", NO_ARGS],
      ["call", 2, "shop", "fail", NO_ARGS],
    ]);
    await settle();
    expect(side.said[0]?.[3]).toEqual({ a: { a: "1" } });
    expect(side.said[1]?.[3]).toEqual({ a: { b: "2" } });
  });

  test.each([
    ["a 17th", (call: InboundCall) => Array.from({ length: 17 }, (_, at) => call.annotate(`a${at}`, ""))],
    ["4097 characters", (call: InboundCall) => call.annotate("a", "x".repeat(4096))],
  ])("are refused where they are made: %s", async (_, annotate) => {
    const { client, server } = link();
    server.handler.objects["shop"] = {
      go(this: InboundCall) {
        annotate(this);
      },
    };
    expect(await rejectionOf(client.ask("shop", "go").result)).toMatchObject({
      message: expect.stringContaining('"annotations" must be at most'),
    });
  });

  test("are refused after the answer", async () => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = { go: () => 1 };
    side.take([["call", 1, "shop", "go", NO_ARGS]]);
    await settle();
    expect(() => side.handler.started[0]?.annotate("late", "x")).toThrow(/after the call was answered/);
  });
});

describe("tasks for the end of a call", () => {
  test("run once it is answered and its handler has returned", async () => {
    const { side, settle } = alone();
    const held = deferred();
    const ran: string[] = [];
    side.handler.objects["shop"] = {
      go(this: InboundCall) {
        this.onFinished(() => ran.push("finished"));
        return held.promise;
      },
    };
    side.take([
      ["call", 1, "shop", "go", NO_ARGS],
      ["cancel", 1],
    ]);
    await settle();
    expect(ran).toEqual([]);
    held.resolve();
    await settle();
    expect(ran).toEqual(["finished"]);
    side.handler.started[0]?.onFinished(() => ran.push("late"));
    expect(ran).toEqual(["finished", "late"]);
  });

  test("wait for the stream that it returned", async () => {
    const { client, server, settle } = link();
    const ran: string[] = [];
    server.handler.objects["shop"] = {
      watch(this: InboundCall) {
        this.onFinished(() => ran.push("finished"));
        return (function* () {
          for (;;) yield 1;
        })();
      },
    };
    const stream = (await client.ask("shop", "watch").result) as AsyncGenerator<number>;
    await settle();
    expect(ran).toEqual([]);
    expect(server.conversation.statistics.callsRunning).toBe(0);
    await stream.return(undefined);
    await settle();
    expect(ran).toEqual(["finished"]);
  });

  test("that throw are reported and stop nothing", async () => {
    const { side, settle } = alone();
    const ran: string[] = [];
    side.handler.objects["shop"] = {
      go(this: InboundCall) {
        this.onFinished(() => {
          throw new Error("cleanup failed");
        });
        this.onFinished(() => ran.push("second"));
      },
    };
    side.take([["call", 1, "shop", "go", NO_ARGS]]);
    await settle();
    expect(ran).toEqual(["second"]);
    expect(side.unobserved).toMatchObject([{ error: { message: "cleanup failed" } }]);
  });
});

describe("the members of a target", () => {
  test("are answered also when the handler needs time to tell them", async () => {
    const { side, settle } = alone();
    side.handler.members = () => Promise.resolve([["go", "method"]]) as never;
    side.take([["look", 1, "shop"]]);
    await settle();
    expect(side.said).toEqual([["ok", 1, { json: [["go", "method"]] }]]);
  });

  test("are asked of the handler with details when the peer wants them, and only then", async () => {
    const { side, settle } = alone();
    side.handler.members = (_target: unknown, isDetailed?: boolean) => [["go", "method", { isDetailed }]] as never;
    side.take([
      ["look", 1, "shop"],
      ["look", 2, "shop", 1],
    ]);
    await settle();
    expect(side.said).toEqual([
      ["ok", 1, { json: [["go", "method", { isDetailed: false }]] }],
      ["ok", 2, { json: [["go", "method", { isDetailed: true }]] }],
    ]);
  });

  test("are refused as calls are", async () => {
    const { side, settle } = alone();
    side.handler.members = () => {
      throw new CallError("HW_NO_SUCH_OBJECT", "there is no such object");
    };
    side.take([["look", 1, "shop"]]);
    await settle();
    expect(side.said).toMatchObject([["err", 1, { code: "HW_NO_SUCH_OBJECT", wire: 1 }]]);
  });
});

describe("the end of the session", () => {
  test("aborts what runs, with the reason, and answers nothing more", async () => {
    const { side, settle } = alone();
    const held = deferred<number>();
    const ran: string[] = [];
    side.handler.objects["shop"] = {
      go(this: InboundCall) {
        this.onFinished(() => ran.push("finished"));
        return held.promise;
      },
      early(this: InboundCall) {
        this.answerEarly();
        return held.promise;
      },
    };
    side.take([
      ["call", 1, "shop", "go", NO_ARGS],
      ["call", 2, "shop", "early", NO_ARGS],
    ]);
    await settle();
    const error = new ConnectionError("HW_SESSION_LOST", "the peer is gone");
    side.conversation.end({ error, takenSeq: Infinity });
    expect(side.handler.started.map(({ signal }) => signal.reason)).toEqual([error, error]);
    expect(ran).toEqual([]);
    held.resolve(1);
    await settle();
    expect(side.said).toEqual([["ok", 2]]);
    expect(ran).toEqual(["finished"]);
    expect(side.conversation.statistics.callsRunning).toBe(0);
  });
});

describe("an answer that can't be said", () => {
  test("is reported and ends nothing, when the handler returned later", async () => {
    const { side, settle } = alone({
      conversation: {
        changed: () => {
          throw new Error("no more");
        },
      },
    });
    side.handler.objects["shop"] = { later: () => Promise.resolve(1) };
    side.take([["call", 1, "shop", "later", NO_ARGS]]);
    await settle();
    expect(side.unobserved).toMatchObject([{ error: { message: "no more" }, object: "shop", member: "later" }]);
  });
});

describe("a bad payload of a peer that called code asked", () => {
  // It was taken for this side's own refusal of the outer call, so the peer chose which trusted code the caller saw.
  test.each([
    ["names a reference that is gone", { json: [1, 99], meta: { values: [["custom", "ref"]], v: 1 } }],
    ["brings more than there is room for", { json: [0, 5, "function"], meta: { values: [["custom", "ref"]], v: 1 } }],
    ["is refused by the gate", { json: 1, meta: { v: 2 } }],
  ])("crosses to the caller as a foreign error: it %s", async (_, payload) => {
    const { side, settle } = alone({ limits: { maxReferences: 0 } });
    let error: unknown;
    side.handler.objects["shop"] = {
      ask: () =>
        side.ask("callback", "go").result.catch((thrown) => {
          error = thrown;
          throw thrown;
        }),
    };
    side.take([["call", 1, "shop", "ask", NO_ARGS]]);
    side.take([["ok", 1, payload]]);
    await settle();
    expect(error).toMatchObject({ delivery: "ran" });
    expect(side.saidOf("err")[0]).toMatchObject(["err", 1, { message: (error as Error).message }]);
    expect(side.saidOf("err")[0]?.[2]).not.toHaveProperty("wire");
  });
});
