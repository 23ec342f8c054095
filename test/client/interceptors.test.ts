import { describe, expect, test } from "vitest";
import { oneway } from "../../src/client/oneway.js";
import { assign, connectionOf, withOptions } from "../../src/client/proxy-functions.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import type { InterceptedCall, Interceptor } from "../../src/objects/interceptor.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { failureOf, gate, logging, openInterceptedHome, told } from "./intercepted-home.js";
import { settle } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

const EMPTY = { callsRunning: 0, callsPending: 0, streams: 0, references: 0 };

class Flaky {
  tries = 0;
  readonly hints: string[] = [];
  fails(times: number): number {
    if (++this.tries <= times) throw new RangeError(`try ${this.tries} failed`);
    return this.tries;
  }
  hint(text: string): void {
    this.hints.push(text);
  }
  async ask(question: (text: string) => Promise<string>): Promise<string> {
    return question("ready?");
  }
  never(): Promise<never> {
    return new Promise(() => undefined);
  }
}
expose(Flaky, { members: { fails: {}, hint: { oneway: true }, ask: {}, never: {} } });

class Endless {
  ended = 0;
  async *watch(): AsyncGenerator<number> {
    try {
      for (let item = 1; ; item++) yield item;
    } finally {
      this.ended++;
    }
  }
}
expose(Endless, ["watch"]);

expectNoUnhandledRejection();

describe("an interceptor of a client", () => {
  test("sees call, result, error and duration", async () => {
    const log: string[] = [];
    let clockMs = (): number => 0;
    const durations: number[] = [];
    const timing: Interceptor = async (call, next) => {
      const startMs = clockMs();
      try {
        return await next(call);
      } finally {
        durations.push(clockMs() - startMs);
      }
    };
    const { home, warehouse } = await openInterceptedHome({ client: [logging(log), timing] });
    clockMs = () => home.clock.nowMs;
    await warehouse.store("candle", 3);
    await failureOf(warehouse.fail());
    const waiting = failureOf(withOptions(warehouse, { timeoutMs: 400 }).never());
    await home.clock.advance(400);
    await waiting;
    expect(log).toEqual([
      "client call warehouse.store",
      "store gave 3",
      "client call warehouse.fail",
      "fail threw RangeError: nothing left",
      "client call warehouse.never",
      expect.stringMatching(/^never threw DeadlineError/),
    ]);
    expect(durations).toEqual([0, 0, 400]);
  });

  test("sees arguments and annotations, of reads and writes too", async () => {
    const seen: unknown[] = [];
    const noting: Interceptor = (call, next) => {
      seen.push([call.kind, call.args, call.annotations]);
      return next(call);
    };
    const { warehouse } = await openInterceptedHome({ client: [noting] });
    await withOptions(warehouse, { annotations: { tenant: "a" } }).store("candle", 3);
    await assign(warehouse, { quantity: 4 });
    expect(await warehouse.quantity).toBe(4);
    expect(seen).toEqual([
      ["call", ["candle", 3], { tenant: "a" }],
      ["set", [4], {}],
      ["get", [], {}],
    ]);
  });

  test("does not see what connect asks by itself", async () => {
    const log: string[] = [];
    await openInterceptedHome({ client: [logging(log)] });
    expect(log).toEqual([]);
  });

  test("stands outside of those after it in the list", async () => {
    const order: string[] = [];
    const named =
      (name: string): Interceptor =>
      async (call, next) => {
        order.push(`${name} in`);
        const result = await next(call);
        order.push(`${name} out`);
        return `${name}(${String(result)})`;
      };
    const { warehouse } = await openInterceptedHome({ client: [named("a"), named("b"), named("c")] });
    expect(await warehouse.store("candle", 1)).toBe("a(b(c(1)))");
    expect(order).toEqual(["a in", "b in", "c in", "c out", "b out", "a out"]);
  });

  test("refuses a call by throwing, and nothing is sent", async () => {
    const refusing: Interceptor = (call, next) => {
      if (call.member === "store") throw new TypeError("not you");
      return next(call);
    };
    const { warehouse, sent } = await openInterceptedHome({ client: [refusing] });
    await expect(warehouse.store("candle", 1)).rejects.toThrow(new TypeError("not you"));
    expect(sent).toEqual([]);
    expect((await warehouse.list()).size).toBe(0);
  });

  test("answers from a cache, and nothing is sent the second time", async () => {
    const cache = new Map<string, unknown>();
    const caching: Interceptor = async (call, next) => {
      if (!cache.has(call.member)) cache.set(call.member, await next(call));
      return cache.get(call.member);
    };
    const { warehouse, sent } = await openInterceptedHome({ client: [caching] });
    const first = await warehouse.list();
    const before = sent.filter((frame) => frame.includes('["call"')).length;
    expect(await warehouse.list()).toBe(first);
    expect(before).toBe(1);
    expect(sent.filter((frame) => frame.includes('["call"')).length).toBe(1);
  });

  test("gives what it returns without a promise", async () => {
    const { warehouse } = await openInterceptedHome({ client: [() => 7] });
    expect(await warehouse.store("candle", 1)).toBe(7);
  });

  test("tries again", async () => {
    const flaky = new Flaky();
    const retrying: Interceptor = async (call, next) => {
      for (let tries = 1; ; tries++) {
        try {
          return await next(call);
        } catch (error) {
          if (tries === 3) throw error;
        }
      }
    };
    await using peers = await linkedPeers({ flaky }, { client: { interceptors: [retrying] } });
    expect(await peers.object("flaky").fails(2)).toBe(3);
    await expect(peers.object("flaky").fails(99)).rejects.toThrow("try 6 failed");
    expect(flaky.tries).toBe(6);
  });

  test("sends other arguments and annotations", async () => {
    const seen: unknown[] = [];
    const server: Interceptor = (call, next) => {
      seen.push(call.annotations);
      return next(call);
    };
    const client: Interceptor = (call, next) =>
      next({ ...call, args: [`${String(call.args[0])}s`, 5], annotations: { ...call.annotations, token: "t" } });
    const { warehouse } = await openInterceptedHome({ client: [client], server: [server] });
    expect(await warehouse.store("candle", 1)).toBe(5);
    expect(await warehouse.list()).toEqual(new Map([["candles", 5]]));
    expect(seen[0]).toEqual({ token: "t" });
  });

  test.each([
    ["side", { side: "server" }],
    ["kind", { kind: "get" }],
    ["object", { object: "vault" }],
    ["member", { member: "fail" }],
    ["args", { args: "candle" }],
    ["annotations", { annotations: undefined }],
    ["traceparent", { traceparent: 1 }],
  ])("can't give on a call with another %s of the wrong kind", async (name, change) => {
    const changing: Interceptor = (call, next) => next({ ...call, ...change } as never);
    const { warehouse, sent } = await openInterceptedHome({ client: [changing] });
    const error = await failureOf(warehouse.store("candle", 1));
    expect(error).toMatchObject({ code: "HW_OPTION_INVALID", message: expect.stringContaining(`"${name}"`) as string });
    expect(sent).toEqual([]);
  });

  test("can't give on nothing", async () => {
    const { warehouse } = await openInterceptedHome({ client: [(_, next) => next(undefined as never)] });
    expect(await failureOf(warehouse.store("candle", 1))).toMatchObject({ code: "HW_OPTION_INVALID" });
  });

  test("has the arguments that the call was made with, however late it goes on", async () => {
    const late = gate();
    const waiting: Interceptor = async (call, next) => {
      await late.passed;
      return next(call);
    };
    await using peers = await linkedPeers(
      { tools: { echo: (values: number[]) => values } },
      { client: { interceptors: [waiting] } },
    );
    const values = [1];
    const echoed = peers.object("tools").echo(values);
    values.push(2);
    late.open();
    expect(await echoed).toEqual([1]);
  });

  test("hands a one-way call over", async () => {
    const flaky = new Flaky();
    const log: string[] = [];
    await using peers = await linkedPeers({ flaky }, { client: { interceptors: [logging(log)] } });
    oneway(peers.object("flaky")).hint("fragile");
    await settle();
    expect(flaky.hints).toEqual(["fragile"]);
    expect(log).toEqual(["client call flaky.hint", "hint gave undefined"]);
  });

  test("has what it throws at a one-way call reported", async () => {
    const refusing: Interceptor = () => {
      throw new TypeError("not you");
    };
    await using peers = await linkedPeers({ flaky: new Flaky() }, { client: { interceptors: [refusing] } });
    const unobserved: string[] = [];
    peers.connection.on("unobserved", ({ message }, { member }) => void unobserved.push(`${member}: ${message}`));
    oneway(peers.object("flaky")).hint("fragile");
    await settle();
    expect(unobserved).toEqual(["hint: not you"]);
  });

  test("of the daemon has what it throws at a one-way call reported there", async () => {
    const flaky = new Flaky();
    const refusing: Interceptor = () => Promise.reject(new TypeError("not you"));
    await using peers = await linkedPeers({ flaky }, { daemon: { interceptors: [refusing] } });
    const unobserved: string[] = [];
    peers.daemon.on("unobserved", ({ message }, { member }) => void unobserved.push(`${member}: ${message}`));
    oneway(peers.object("flaky")).hint("fragile");
    await settle();
    expect(unobserved).toEqual(["hint: not you"]);
    expect(flaky.hints).toEqual([]);
  });

  test("leaves the program the answer's annotations, of the try that came last", async () => {
    const answers: unknown[] = [];
    const twice: Interceptor = async (call, next) => {
      await next(call);
      return next(call);
    };
    let tries = 0;
    const annotating: Interceptor = (call, next) => {
      callContext().setAnnotation("try", String(++tries));
      return next(call);
    };
    const { warehouse } = await openInterceptedHome({ client: [twice], server: [annotating] });
    await withOptions(warehouse, {
      correlationId: "c-1",
      onAnswer: ({ annotations, correlationId }) => void answers.push([annotations, correlationId]),
    }).store("candle", 1);
    expect(answers).toEqual([[{ try: "2" }, "c-1"]]);
  });

  test("sees calls that wait for the connection", async () => {
    const log: string[] = [];
    await using peers = await linkedPeers({ flaky: new Flaky() });
    const other = peers.another({ client: { interceptors: [logging(log)] } });
    expect(await other.object("flaky").fails(0)).toBe(1);
    expect(log).toEqual(["client call flaky.fails", "fails gave 1"]);
  });

  test("sees calls on what the peer gave by reference, without an object id", async () => {
    const log: string[] = [];
    const { warehouse } = await openInterceptedHome({ client: [logging(log)] });
    const shelf = await warehouse.shelf("top");
    expect(await shelf.name()).toBe("top");
    expect(log).toContain("client call .name");
  });
});

describe("an interceptor that hangs", () => {
  const hanging: Interceptor = () => new Promise(() => undefined);

  test("is bounded by the call's deadline", async () => {
    const { home, warehouse, sent } = await openInterceptedHome({ client: [hanging] });
    const before = home.clock.pendingTimers;
    const failure = failureOf(withOptions(warehouse, { timeoutMs: 50 }).store("candle", 1));
    await home.clock.advance(50);
    expect(await failure).toMatchObject({
      code: "HW_DEADLINE",
      timeoutMs: 50,
      delivery: "not-sent",
      object: "warehouse",
      member: "store",
    });
    expect(sent).toEqual([]);
    expect(home.clock.pendingTimers).toBe(before);
  });

  test("has its signal aborted at the deadline", async () => {
    const reasons: unknown[] = [];
    const watching: Interceptor = (call) =>
      new Promise((_, reject) => {
        call.signal.addEventListener("abort", () => {
          reasons.push(call.signal.reason);
          reject(new Error("too late"));
        });
      });
    const { home, warehouse } = await openInterceptedHome({ client: [watching] });
    const failure = failureOf(withOptions(warehouse, { timeoutMs: 50 }).store("candle", 1));
    await home.clock.advance(50);
    expect(reasons).toEqual([await failure]);
  });

  test("or not, has its signal left alone when its call ended in time", async () => {
    let signal: AbortSignal | undefined;
    const { home, warehouse } = await openInterceptedHome({
      client: [(call, next) => ((signal = call.signal), next(call))],
    });
    await withOptions(warehouse, { timeoutMs: 50 }).store("candle", 1);
    await home.clock.advance(100);
    expect(signal?.aborted).toBe(false);
  });

  test("finds its signal aborted though it asks only afterwards", async () => {
    let asked: InterceptedCall | undefined;
    const { home, warehouse } = await openInterceptedHome({
      client: [(call) => ((asked = call), new Promise(() => undefined))],
    });
    const failure = failureOf(withOptions(warehouse, { timeoutMs: 50 }).store("candle", 1));
    await home.clock.advance(50);
    expect(asked?.signal.reason).toBe(await failure);
  });

  test("is bounded by the caller's signal", async () => {
    const { warehouse } = await openInterceptedHome({ client: [hanging] });
    const leaving = new AbortController();
    const failure = failureOf(withOptions(warehouse, { signal: leaving.signal }).store("candle", 1));
    await settle();
    leaving.abort("gone");
    expect(await failure).toBe("gone");
  });

  test("does not start for a signal that is aborted already", async () => {
    const log: string[] = [];
    const { warehouse } = await openInterceptedHome({ client: [logging(log)] });
    const view = withOptions(warehouse, { signal: AbortSignal.abort("gone") });
    expect(await failureOf(view.store("candle", 1))).toBe("gone");
    expect(log).toEqual([]);
  });

  test("is bounded by the call of a peer in whose course the call was made", async () => {
    const failures: unknown[] = [];
    class Desk {
      async ask(question: (text: string) => Promise<string>): Promise<void> {
        await question("ready?").catch((error: unknown) => failures.push(error));
      }
    }
    expose(Desk, ["ask"]);
    const hangingOut: Interceptor = (call, next) => (call.side === "client" ? hanging(call, next) : next(call));
    await using peers = await linkedPeers({ desk: new Desk() }, { daemon: { interceptors: [hangingOut] } });
    const leaving = new AbortController();
    const asked = failureOf(withOptions(peers.object("desk"), { signal: leaving.signal }).ask(async () => "yes"));
    await settle();
    leaving.abort("gone");
    expect(await asked).toBe("gone");
    await settle();
    expect(failures).toMatchObject([{ code: "HW_CANCELLED", delivery: "not-sent" }]);
  });

  test("after its call was answered has the deadline say that it ran", async () => {
    const { home, warehouse } = await openInterceptedHome({
      client: [(call, next) => next(call).then(() => new Promise(() => undefined))],
    });
    const failure = failureOf(withOptions(warehouse, { timeoutMs: 50 }).store("candle", 1));
    await home.clock.advance(50);
    expect(await failure).toMatchObject({ code: "HW_DEADLINE", delivery: "ran", retryable: false });
  });

  test("after its call was sent has the deadline say that it may have run", async () => {
    const { home, warehouse } = await openInterceptedHome({ client: [(call, next) => next(call)] });
    const failure = failureOf(withOptions(warehouse, { timeoutMs: 50 }).never());
    await home.clock.advance(50);
    expect(await failure).toMatchObject({ code: "HW_DEADLINE", delivery: "unknown", retryable: false });
  });

  test("after a try that was refused has the deadline say that it never ran", async () => {
    const hanging: Interceptor = (call, next) => next(call).catch(() => new Promise(() => undefined));
    const { home, warehouse } = await openInterceptedHome({ client: [hanging] });
    const missing = connectionOf(warehouse).object<{ fail(): void }>("nowhere" as never);
    const failure = failureOf(withOptions(missing, { timeoutMs: 50 }).fail());
    await home.clock.advance(50);
    expect(await failure).toMatchObject({ code: "HW_DEADLINE", delivery: "not-sent", retryable: true });
  });

  test("after two tries has the deadline say how far the furthest got", async () => {
    let isAllowed = true;
    const refused: unknown[] = [];
    const hanging: Interceptor = async (call, next) => {
      isAllowed = true;
      const first = next(call);
      await Promise.race([first.catch(() => undefined), settle()]);
      isAllowed = false;
      await next(call).catch((error: unknown) => refused.push(error));
      return new Promise(() => undefined);
    };
    const daemon = { authorize: () => isAllowed };
    const { home, warehouse } = await openInterceptedHome({ client: [hanging], daemon });
    const hasty = withOptions(warehouse, { timeoutMs: 50 });
    for (const [member, delivery] of [
      ["fail", "ran"],
      ["never", "unknown"],
    ] as const) {
      const failure = failureOf(hasty[member]());
      await home.clock.advance(50);
      expect(await failure).toMatchObject({ code: "HW_DEADLINE", delivery, retryable: false });
    }
    expect(refused).toMatchObject([{ delivery: "not-sent" }, { delivery: "not-sent" }]);
  });

  test("leaves the call the rest of its deadline when it goes on", async () => {
    const late = gate();
    const { home, warehouse, held } = await openInterceptedHome({
      client: [(call, next) => late.passed.then(() => next(call))],
    });
    const failure = failureOf(withOptions(warehouse, { timeoutMs: 100 }).never());
    await home.clock.advance(60);
    late.open();
    await home.clock.advance(39);
    expect(held()["callsPending"]).toBe(1);
    await home.clock.advance(1);
    expect(await failure).toMatchObject({ code: "HW_DEADLINE", timeoutMs: 100 });
    expect(held()["callsPending"]).toBe(0);
  });

  test("lets a caller that gives up cancel the call that is under way", async () => {
    const { warehouse, sent } = await openInterceptedHome({ client: [(call, next) => next(call)] });
    const leaving = new AbortController();
    const failure = failureOf(withOptions(warehouse, { signal: leaving.signal }).never());
    await settle();
    leaving.abort("gone");
    expect(await failure).toBe("gone");
    await settle();
    expect(sent.some((frame) => frame.includes('["cancel"'))).toBe(true);
  });
});

describe("next", () => {
  test("rejects once the call is over, and sends nothing", async () => {
    let late: (() => Promise<unknown>) | undefined;
    const { warehouse, sent } = await openInterceptedHome({
      client: [
        (call, next) => {
          late = () => next(call);
          return 1;
        },
      ],
    });
    await warehouse.store("candle", 1);
    expect(await failureOf(late!())).toMatchObject({ code: "HW_CANCELLED", delivery: "not-sent", member: "store" });
    expect(sent).toEqual([]);
  });

  test("goes on with a call that was under way when the interceptor returned", async () => {
    const results: unknown[] = [];
    const { warehouse } = await openInterceptedHome({
      client: [
        (call, next) => {
          void next(call).then((result) => results.push(result));
          return "stale";
        },
      ],
    });
    expect(await warehouse.store("candle", 2)).toBe("stale");
    await settle();
    expect(results).toEqual([2]);
  });

  test("may be left alone when it rejects", async () => {
    const { warehouse } = await openInterceptedHome({
      client: [
        (call, next) => {
          void next(call);
          throw new TypeError("never mind");
        },
      ],
    });
    expect(await failureOf(warehouse.fail())).toEqual(new TypeError("never mind"));
    await settle();
  });

  test("takes a signal for one try alone", async () => {
    const tries: unknown[] = [];
    const impatient: Interceptor = async (call, next) => {
      const giveUp = new AbortController();
      const first = next({ ...call, signal: giveUp.signal });
      giveUp.abort("took too long");
      tries.push(await failureOf(first));
      return "instead";
    };
    const { warehouse, held } = await openInterceptedHome({ client: [impatient] });
    expect(await warehouse.never()).toBe("instead");
    expect(tries).toEqual(["took too long"]);
    await settle();
    expect(held()["callsPending"]).toBe(0);
  });

  test("rejects when the connection is closed, and the call with it", async () => {
    const log: string[] = [];
    const { warehouse } = await openInterceptedHome({ client: [logging(log)], isolated: true });
    const failure = failureOf(warehouse.never());
    await settle();
    await connectionOf(warehouse).close();
    expect(await failure).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    expect(await failureOf(warehouse.store("candle", 1))).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    expect(log[1]).toMatch(/^never threw ConnectionError/);
  });
});

describe("a stream", () => {
  const doubling: Interceptor = async (call, next) => {
    const result = await next(call);
    if (call.member !== "watch") return result;
    return (async function* () {
      for await (const item of result as AsyncIterable<number>) yield item * 2;
    })();
  };

  test.each(["client", "server"] as const)("is wrapped by an interceptor of the %s", async (side) => {
    const { warehouse } = await openInterceptedHome({ [side]: [doubling] });
    const items: number[] = [];
    for await (const item of warehouse.watch()) items.push(item);
    expect(items).toEqual([2, 4]);
  });

  test.each(["client", "server"] as const)("that the %s wrapped ends its producer on break", async (side) => {
    const watched = new Endless();
    const options = { client: { interceptors: side === "client" ? [doubling] : [] } };
    const daemon = { interceptors: side === "server" ? [doubling] : [] };
    await using peers = await linkedPeers({ watched }, { ...options, daemon });
    for await (const item of peers.object("watched").watch()) if (item === 4) break;
    await settle();
    await settle();
    expect(watched.ended).toBe(1);
  });

  // A generator that was never asked has not begun, so its code ends nothing.
  test.each<[string, (stream: AsyncIterableIterator<number>) => Promise<unknown>]>([
    ["return()", (stream) => stream.return!()],
    ["throw()", (stream) => stream.throw!(new Error("enough")).catch(() => undefined)],
    ["await using", (stream) => (stream as unknown as AsyncDisposable)[Symbol.asyncDispose]() as Promise<void>],
  ])("that was wrapped ends its producer on %s before its first item", async (_, leave) => {
    const watched = new Endless();
    await using peers = await linkedPeers({ watched }, { client: { interceptors: [doubling] } });
    await leave((await peers.object("watched").watch()) as AsyncIterableIterator<number>);
    await settle();
    await settle();
    expect(watched.ended).toBe(1);
  });

  test("passes as it is", async () => {
    const { warehouse, held } = await openInterceptedHome({ client: [logging([])], server: [logging([])] });
    const items: number[] = [];
    for await (const item of warehouse.watch()) items.push(item);
    expect(items).toEqual([1, 2]);
    await settle();
    expect(held()).toEqual(EMPTY);
  });

  test.each(["client", "server"] as const)("ends when an interceptor of the %s throws after it came", async (side) => {
    const refusing: Interceptor = async (call, next) => {
      if (call.side === side) await ((await next(call)) as AsyncIterator<number>).next();
      throw new TypeError("not you");
    };
    const endless = new Endless();
    const [client, daemon] = side === "client" ? [[refusing], []] : [[], [refusing]];
    await using peers = await linkedPeers(
      { endless },
      { client: { interceptors: client }, daemon: { interceptors: daemon } },
    );
    expect(await failureOf(Promise.resolve(peers.object("endless").watch()))).toMatchObject({ message: "not you" });
    await settle();
    await settle();
    expect(endless.ended).toBe(1);
  });

  test("that comes when nobody waits any more ends", async () => {
    const late = gate();
    const endless = new Endless();
    const clock = fakeClock();
    const keeping: Interceptor = async (call, next) => {
      const stream = await next(call);
      await late.passed;
      return stream;
    };
    await using peers = await linkedPeers({ endless }, { clock, client: { interceptors: [keeping] } });
    const watched = failureOf(Promise.resolve(withOptions(peers.object("endless"), { timeoutMs: 50 }).watch()));
    await clock.advance(50);
    expect(await watched).toMatchObject({ code: "HW_DEADLINE" });
    await settle();
    expect(endless.ended).toBe(1);
  });

  test("that an interceptor makes when nobody waits any more ends", async () => {
    const late = gate();
    const mine = new Endless();
    const clock = fakeClock();
    const making: Interceptor = async () => {
      const stream = mine.watch();
      await stream.next();
      await late.passed;
      return stream;
    };
    await using peers = await linkedPeers({ endless: new Endless() }, { clock, client: { interceptors: [making] } });
    const watched = failureOf(Promise.resolve(withOptions(peers.object("endless"), { timeoutMs: 50 }).watch()));
    await clock.advance(50);
    expect(await watched).toMatchObject({ code: "HW_DEADLINE" });
    late.open();
    await settle();
    expect(mine.ended).toBe(1);
  });
});

describe("calls in both directions", () => {
  test("are seen where they are made and where they run", async () => {
    const [atClient, atDaemon]: [string[], string[]] = [[], []];
    const noting =
      (log: string[]): Interceptor =>
      (call, next) => {
        log.push(told(call));
        return next(call);
      };
    await using peers = await linkedPeers(
      { flaky: new Flaky() },
      { client: { interceptors: [noting(atClient)] }, daemon: { interceptors: [noting(atDaemon)] } },
    );
    expect(await peers.object("flaky").ask(async (text) => `${text} yes`)).toBe("ready? yes");
    expect(atClient).toEqual(["client call flaky.ask", "server call ."]);
    expect(atDaemon).toEqual(["server call flaky.ask", "client call ."]);
  });

  test("leave nothing in the sessions' tables", async () => {
    const { warehouse, held } = await openInterceptedHome({ client: [logging([])], server: [logging([])] });
    await Promise.all([
      warehouse.store("candle", 1),
      failureOf(warehouse.fail()),
      assign(warehouse, { quantity: 2 }),
      Promise.resolve(warehouse.quantity),
    ]);
    await settle();
    expect(held()).toEqual(EMPTY);
  });
});

describe("the option interceptors", () => {
  test.each([
    ["a function", () => 1],
    ["a list with a text", ["log"]],
    ["an object", {}],
  ])("refuses %s on both sides", async (_, interceptors) => {
    const wrong = { interceptors: interceptors as never };
    const code = { code: "HW_OPTION_INVALID", message: expect.stringContaining('"interceptors"') as string };
    await expect(openInterceptedHome({ client: interceptors as never })).rejects.toMatchObject(code);
    await expect(linkedPeers({ flaky: new Flaky() }, { daemon: wrong })).rejects.toMatchObject(code);
  });

  test("is part of what connections share a socket by", async () => {
    const interceptors: readonly Interceptor[] = [logging([])];
    const { home } = await openInterceptedHome({ client: interceptors });
    home.openConnection("ws://home.test/", { ...home.options, interceptors });
    expect(home.lines.length).toBe(1);
    home.openConnection("ws://home.test/", { ...home.options, interceptors: [...interceptors] });
    await settle();
    expect(home.lines.length).toBe(2);
  });

  test("leaves a call that can't be sent saying which it was", async () => {
    const { warehouse } = await openInterceptedHome({ client: [logging([])] });
    expect(await failureOf(warehouse.store(class {} as never, 1))).toMatchObject({
      code: "HW_CANNOT_SEND",
      object: "warehouse",
      member: "store",
    });
  });

  test("is read once: what is added to the list later counts for nothing", async () => {
    const log: string[] = [];
    const interceptors: Interceptor[] = [];
    const { warehouse } = await openInterceptedHome({ client: interceptors, server: interceptors });
    interceptors.push(logging(log));
    await warehouse.store("candle", 1);
    expect(log).toEqual([]);
  });
});
