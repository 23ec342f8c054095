import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import type { LineLifecycle } from "../../src/client/line-lifecycle.js";
import type { ConnectOptions } from "../../src/client/connect-options.js";
import type { Connection, ConnectionState } from "../../src/client/connection.js";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import { RenewalBench } from "./support/renewal-bench.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

expectNoUnhandledRejection();

const WINDOW_MS = 120_000;
const HEARTBEAT_MS = 20_000;
const LEASE_MS = WINDOW_MS + 2 * HEARTBEAT_MS;

/** A client that is connected, and the states that it was in since. */
async function connected(options: ConnectOptions = {}, daemon: ConstructorParameters<typeof RenewalBench>[0] = {}) {
  const key = Key.generate({ id: "ann" });
  const bench = new RenewalBench({ keys: new KeyRing([key]), ...daemon });
  let host: LineLifecycle | undefined;
  let unwatched = 0;
  const watchHost = (line: LineLifecycle) => {
    host = line;
    return () => void (unwatched += 1);
  };
  const credentials = "ticket" in options || "key" in options ? {} : { key };
  const connection = bench.connect({ ...credentials, ...options } as ConnectOptions, { watchHost });
  const states: ConnectionState[] = [];
  const sessions: object[] = [];
  connection.on("state", (state) => {
    expect(connection.state).toBe(state);
    expect(Object.isFrozen(state)).toBe(true);
    states.push(state);
  });
  connection.on("session", (session) => sessions.push(session));
  await bench.settle();
  // Long enough that a loss is no flutter.
  await bench.clock.advance(1_000);
  states.length = 0;
  const shop = connection.object("shop");
  return { bench, connection, states, sessions, shop, host: host!, unwatched: () => unwatched };
}

const brief = (states: readonly ConnectionState[]): unknown[] =>
  states.map((state) => {
    if (state.status === "connected") return state.resumed ? "resumed" : "connected";
    if (state.status === "closed") return "closed";
    return `${state.status} ${state.attempt}${state.nextAttemptAt === undefined ? "" : " later"}`;
  });

function rejection(promise: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(promise).then(
    (value) => ({ fulfilled: value }),
    (error: unknown) => error,
  );
}

/** Nothing is left of a closed connection: no timer, no line. */
async function expectNothingLeft(bench: RenewalBench, connection: Connection<never>): Promise<void> {
  await connection.close();
  await bench.core.close({ graceMs: 0 });
  await bench.clock.advance(5_000);
  expect(bench.lines.filter(({ closedWith }) => closedWith === undefined)).toEqual([]);
  expect(bench.clock.pendingTimers).toBe(0);
}

describe("a lost channel", () => {
  it("is replaced at once, and the session goes on", async () => {
    const { bench, connection, states, sessions } = await connected();
    const { sessionId } = connection.state as { sessionId: string };
    const lostAtMs = bench.clock.now();
    bench.cut();
    await bench.settle();
    expect(states).toEqual([
      {
        status: "reconnecting",
        attempt: 1,
        reason: expect.objectContaining({ code: "HW_CONNECTION_CLOSED" }),
        leaseEndsAt: new Date(lostAtMs + LEASE_MS),
      },
      { status: "connected", sessionId, resumed: true, url: connection.url },
    ]);
    expect(bench.accepted).toHaveLength(1);
    expect(bench.asked).toHaveLength(1);
    expect(sessions).toEqual([]);
    await expectNothingLeft(bench, connection as Connection<never>);
  });

  it("is asked for with growing pauses while nobody answers", async () => {
    const { bench, connection, states } = await connected();
    bench.isDown = true;
    bench.cut();
    const lostAtMs = bench.clock.now();
    await bench.settle();
    expect(brief(states)).toEqual(["reconnecting 1", "reconnecting 2 later"]);
    expect(states[1]).toMatchObject({
      nextAttemptAt: new Date(lostAtMs + 125),
      reason: { code: "HW_CONNECT_FAILED", retryable: true },
    });
    const state = connection.state;
    await bench.clock.advance(124);
    expect(connection.state).toBe(state);
    await bench.clock.advance(1);
    expect(brief(states.slice(2))).toEqual(["reconnecting 2", "reconnecting 3 later"]);
    expect(states[3]).toMatchObject({ nextAttemptAt: new Date(lostAtMs + 125 + 250) });
    await bench.clock.advance(125 + 250 + 500 + 1_000);
    expect(bench.lines).toHaveLength(1 + 5);
    bench.isDown = false;
    await bench.clock.advance(2_000);
    expect(brief(states).at(-1)).toBe("resumed");
    // The pauses begin anew.
    states.length = 0;
    bench.isDown = true;
    bench.cut();
    await bench.settle();
    expect(brief(states)).toEqual(["reconnecting 1", "reconnecting 2 later"]);
    await expectNothingLeft(bench, connection as Connection<never>);
  });

  it("leaves calls, streams and callbacks as they are, and takes calls meanwhile", async () => {
    const { bench, shop } = await connected({ timeoutMs: 0 });
    const heard: string[] = [];
    const waiting = shop.wait();
    await shop.listen((item) => void heard.push(item));
    const numbers = shop.count(100)[Symbol.asyncIterator]();
    expect(await numbers.next()).toMatchObject({ value: 1 });
    bench.isDown = true;
    bench.cut();
    await bench.settle();
    const made = shop.buy("tea");
    bench.isDown = false;
    await bench.clock.advance(125);
    expect(await made).toBe("key:ann bought tea");
    await shop.tell("milk");
    expect(heard).toEqual(["milk"]);
    const rest: number[] = [];
    for (let next = await numbers.next(); next.done !== true; next = await numbers.next()) rest.push(next.value);
    expect(rest).toEqual(Array.from({ length: 99 }, (_, index) => index + 2));
    await shop.finish();
    expect(await waiting).toBe("waited");
  });

  it("that breaks as soon as it is there is not asked for without end", async () => {
    const { bench } = await connected();
    bench.core.on("resumed", () => queueMicrotask(() => bench.cut()));
    bench.cut();
    await bench.clock.advance(1_000);
    expect(bench.lines.length).toBeLessThan(12);
  });

  it.each(["drains it with a call under way", "ends it", "forgets it with its line"] as const)(
    "is not asked for without end at a daemon that %s as soon as it is there",
    async (how) => {
      const { bench } = await connected({ timeoutMs: 0 });
      const shops: (() => void)[] = [];
      const trouble = (): void => {
        if (bench.lines.length > 200) return;
        const { core, shop } = bench;
        shops.push(() => shop.finish());
        if (how === "forgets it with its line") return bench.restart();
        bench.replace();
        if (how === "ends it") return void core.close({ graceMs: 0 });
        void core.close({ graceMs: 3_600_000 });
      };
      const watch = (): void =>
        void bench.core.on("accepted", () => {
          bench.clock.after(1, () => (trouble(), watch()));
        });
      trouble();
      watch();
      await bench.clock.advance(60_000);
      expect(bench.lines.length).toBeLessThan(40);
      for (const finish of shops) finish();
    },
  );

  it("whose line was never heard over is tried again with a pause", async () => {
    const { bench, states } = await connected();
    let isCut = false;
    bench.core.on("resumed", () => {
      if (!isCut) bench.cut();
      isCut = true;
    });
    bench.cut();
    await bench.settle();
    expect(brief(states)).toEqual(["reconnecting 1", "reconnecting 2 later"]);
    await bench.clock.advance(125);
    expect(brief(states).slice(2)).toEqual(["reconnecting 2", "resumed"]);
  });

  it("ends the session without reconnect", async () => {
    const { bench, connection, states, shop } = await connected({ reconnect: false });
    const waiting = rejection(shop.wait());
    await bench.settle();
    bench.cut();
    expect(await waiting).toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "unknown" });
    expect(await connection.closed).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    expect(brief(states)).toEqual(["closed"]);
    expect(bench.lines).toHaveLength(1);
  });

  it("that the daemon's heartbeat is not heard on is given up, and the session goes on", async () => {
    const { bench, connection, states } = await connected();
    bench.lines[0]!.far.send = () => undefined;
    await bench.clock.advance(2.5 * HEARTBEAT_MS);
    expect(brief(states)).toEqual(["reconnecting 1", "resumed"]);
    expect(connection.state.status).toBe("connected");
  });
});

describe("credentials", () => {
  it("are asked for at each handshake", async () => {
    const key = Key.generate({ id: "ann" });
    let asked = 0;
    const { bench } = await connected({ key: () => ((asked += 1), key) }, { keys: new KeyRing([key]) });
    for (let cut = 0; cut < 3; cut++) {
      bench.cut();
      await bench.clock.advance(1_000);
    }
    expect(asked).toBe(4);
  });

  it("that end within 30 s are asked for afresh", async () => {
    const asked: boolean[] = [];
    const bench = new RenewalBench();
    const connection = bench.connect({
      ticket: ({ fresh }) => {
        asked.push(fresh);
        return bench.ticket({ lifetimeMs: 600_000 });
      },
    });
    await connection.ready;
    bench.isDown = true;
    bench.cut();
    await bench.clock.advance(1_000);
    expect(new Set(asked)).toEqual(new Set([false]));
    await connection.close();
    asked.length = 0;
    const source = ({ fresh }: { fresh: boolean }) => (asked.push(fresh), bench.ticket({ lifetimeMs: 40_000 }));
    bench.isDown = false;
    const brief = bench.connect({ ticket: source });
    await brief.ready;
    await bench.clock.advance(9_000);
    bench.cut();
    await bench.settle();
    expect(asked).toEqual([false, false]);
    await bench.clock.advance(12_000);
    asked.length = 0;
    bench.cut();
    await bench.settle();
    await brief.close();
    expect(asked).toEqual([true]);
  });

  it("that are refused are asked for afresh, at most 3 times in a row", async () => {
    const asked: boolean[] = [];
    const bench = new RenewalBench();
    let subject: "zoe" | undefined = "zoe";
    const connection = bench.connect({
      ticket: ({ fresh }) => {
        asked.push(fresh);
        return bench.ticket(subject === undefined ? { audience: "ws://elsewhere.test" } : {});
      },
    });
    await connection.ready;
    await bench.clock.advance(1_000);
    subject = undefined;
    bench.cut();
    await bench.clock.advance(5_000);
    expect(asked).toEqual([false, false, true, true, true]);
    expect(await connection.closed).toMatchObject({ code: "HW_REFUSED" });
  });

  it("that are refused and then accepted do no harm", async () => {
    const key = Key.generate({ id: "ann" });
    const other = Key.generate({ id: "bob" });
    let current = key;
    const { bench, connection, states } = await connected({ key: () => current }, { keys: new KeyRing([key]) });
    current = other;
    bench.cut();
    await bench.settle();
    expect(connection.state).toMatchObject({ status: "reconnecting", reason: { code: "HW_REFUSED" } });
    current = key;
    await bench.clock.advance(1_000);
    expect(brief(states).at(-1)).toBe("resumed");
    expect(bench.accepted).toHaveLength(1);
  });

  it("whose function gives something wrong close the connection", async () => {
    const key = Key.generate({ id: "ann" });
    let current: unknown = key;
    const { bench, connection } = await connected({ key: () => current as Key }, { keys: new KeyRing([key]) });
    current = "secret";
    bench.cut();
    await bench.settle();
    expect(await connection.closed).toBeInstanceOf(ConfigError);
    await expectNothingLeft(bench, connection as Connection<never>);
  });

  it("of another principal begin a session of theirs", async () => {
    const [ann, bob] = [Key.generate({ id: "ann" }), Key.generate({ id: "bob" })];
    let current = ann;
    const { bench, shop, sessions } = await connected({ key: () => current }, { keys: new KeyRing([ann, bob]) });
    current = bob;
    bench.cut();
    await bench.clock.advance(1_000);
    expect(await shop.buy("tea")).toBe("key:bob bought tea");
    expect(sessions).toHaveLength(1);
  });
});

describe("a session that is over", () => {
  it("is followed by another when the daemon was restarted; handshake data are asked for again", async () => {
    let asked = 0;
    const seen: unknown[] = [];
    const { bench, connection, states, sessions, shop } = await connected({
      handshake: () => (asked += 1),
      onHandshake: ({ answer }) => void seen.push(answer),
    });
    const { sessionId: previousSessionId } = connection.state as { sessionId: string };
    const waiting = rejection(shop.wait());
    await bench.settle();
    bench.restart();
    const made = shop.buy("tea");
    await bench.settle();
    expect(await waiting).toMatchObject({
      code: "HW_SESSION_LOST",
      delivery: "unknown",
      message: expect.stringMatching(/ is lost: the daemon was restarted, /),
      cause: { code: "HW_CONNECTION_CLOSED" },
    });
    expect(brief(states)).toEqual(["reconnecting 1", "connecting 2", "connected"]);
    const { sessionId } = connection.state as { sessionId: string };
    expect(sessions).toEqual([{ sessionId, previousSessionId }]);
    expect(sessionId).not.toBe(previousSessionId);
    expect(await rejection(made)).toMatchObject({ code: "HW_SESSION_LOST", delivery: "not-sent", retryable: true });
    expect(await shop.buy("tea")).toBe("key:ann bought tea");
    expect(bench.asked).toEqual([1, 2]);
    expect(seen).toHaveLength(2);
  });

  it("after its lease is followed by another, and calls wait with their deadlines", async () => {
    const { bench, connection, states, sessions, shop } = await connected();
    bench.isDown = true;
    bench.cut();
    await bench.clock.advance(LEASE_MS - 1);
    expect(connection.state).toMatchObject({ status: "reconnecting" });
    await bench.clock.advance(1);
    expect(connection.state).toMatchObject({ status: "connecting", reason: { code: "HW_CONNECT_FAILED" } });
    const hurried = rejection(shop.buy("milk"));
    await bench.clock.advance(30_000);
    expect(await hurried).toMatchObject({ code: "HW_DEADLINE", delivery: "not-sent" });
    const made = shop.buy("tea");
    bench.isDown = false;
    await bench.clock.advance(30_000);
    expect(await made).toBe("key:ann bought tea");
    expect(brief(states).at(-1)).toBe("connected");
    expect(sessions).toHaveLength(1);
  });

  it("by bye drain is followed by another", async () => {
    const { bench, states, shop } = await connected();
    await bench.core.close({ graceMs: 0 });
    bench.restart();
    await bench.clock.advance(1_000);
    expect(brief(states).at(-1)).toBe("connected");
    expect(await shop.buy("tea")).toBe("key:ann bought tea");
  });

  it("by bye done closes the connection", async () => {
    const { bench, connection } = await connected();
    await bench.accepted[0]!.close();
    expect(await connection.closed).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    await expectNothingLeft(bench, connection as Connection<never>);
  });

  it("by bye revoked closes the connection of a key that stays the same", async () => {
    const { bench, connection } = await connected();
    bench.keys.remove("ann");
    await bench.settle();
    expect(await connection.closed).toMatchObject({ code: "HW_REFUSED" });
  });

  it("by bye revoked is followed by another, with a fresh credential", async () => {
    const [january, february] = ["2026-01", "2026-02"].map((id) => Key.generate({ id, subject: "ann" })) as [Key, Key];
    let current = january;
    const { bench, sessions, shop } = await connected({ key: () => current }, { keys: new KeyRing([january]) });
    bench.keys.add(february);
    current = february;
    bench.keys.remove("2026-01");
    await bench.clock.advance(1_000);
    expect(sessions).toHaveLength(1);
    expect(await shop.buy("tea")).toBe("key:ann bought tea");
  });

  it("that was ended while it had no channel tells why over the next one", async () => {
    const { bench, connection } = await connected();
    bench.isDown = true;
    bench.cut();
    await bench.settle();
    await Promise.race([bench.accepted[0]!.close(), bench.clock.advance(3_000)]);
    bench.isDown = false;
    await bench.clock.advance(10_000);
    expect(await connection.closed).toMatchObject({
      code: "HW_CONNECTION_CLOSED",
      message: expect.stringContaining("closed the connection"),
    });
  });
});

describe("giveUpAfterMs", () => {
  it("closes the connection that long after it was lost", async () => {
    const { bench, connection, shop } = await connected({ reconnect: { giveUpAfterMs: 5_000 } });
    const waiting = rejection(shop.wait());
    await bench.settle();
    bench.isDown = true;
    bench.cut();
    await bench.clock.advance(4_999);
    expect(connection.state.status).toBe("reconnecting");
    await bench.clock.advance(1);
    expect(await connection.closed).toMatchObject({
      code: "HW_CONNECT_TIMEOUT",
      message: expect.stringMatching(/^"reconnect\.giveUpAfterMs": .* 5000 ms$/),
      cause: { code: "HW_CONNECT_FAILED" },
    });
    const { message } = (await waiting) as Error;
    expect(message).toMatch(/^the connection to \S+ is closed: "reconnect\.giveUpAfterMs": \S+ was not .* 5000 ms$/);
    await expectNothingLeft(bench, connection as Connection<never>);
  });

  it("counts over the end of the session, and anew after each time connected", async () => {
    const { bench, connection } = await connected({ reconnect: { giveUpAfterMs: 200_000 } });
    bench.isDown = true;
    bench.cut();
    await bench.clock.advance(150_000);
    bench.isDown = false;
    await bench.clock.advance(30_000);
    expect(connection.state.status).toBe("connected");
    bench.isDown = true;
    bench.cut();
    await bench.clock.advance(199_999);
    expect(connection.state.status).toBe("connecting");
    await bench.clock.advance(1);
    expect(connection.state.status).toBe("closed");
  });
});

describe("closing", () => {
  const stages: readonly [string, (bench: RenewalBench) => Promise<void>][] = [
    ["waiting for the next try", async (bench) => ((bench.isDown = true), bench.cut(), bench.settle())],
    ["trying", async (bench) => ((bench.isSilent = true), bench.cut(), bench.settle())],
    [
      "waiting for a new session",
      async (bench) => ((bench.isDown = true), bench.cut(), bench.clock.advance(LEASE_MS + 1)),
    ],
    [
      "trying for a new session",
      async (bench) => {
        bench.isDown = true;
        bench.cut();
        await bench.clock.advance(LEASE_MS + 1);
        bench.isDown = false;
        bench.isSilent = true;
        await bench.clock.advance(30_000);
      },
    ],
  ];

  it.each(stages)("while %s leaves nothing behind, and fails what waits", async (_, reach) => {
    const { bench, connection, shop, unwatched } = await connected({ timeoutMs: 0, connectTimeoutMs: 0 });
    await reach(bench);
    expect(connection.state.status).not.toBe("connected");
    const made = rejection(shop.buy("tea"));
    await connection.close();
    expect(await made).toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "not-sent" });
    expect(connection.state).toEqual({ status: "closed" });
    expect(unwatched()).toBe(1);
    await expectNothingLeft(bench, connection as Connection<never>);
  });

  it.each(stages)("by a signal while %s leaves nothing behind", async (_, reach) => {
    const abort = new AbortController();
    const { bench, connection } = await connected({ signal: abort.signal, connectTimeoutMs: 0 });
    await reach(bench);
    abort.abort(new Error("enough"));
    expect(await connection.closed).toMatchObject({ message: "enough" });
    await expectNothingLeft(bench, connection as Connection<never>);
  });

  it("from a listener of a state is not followed by a try", async () => {
    const { bench, connection } = await connected();
    const dialled = bench.lines.length;
    connection.on("state", ({ status }) => {
      if (status === "reconnecting") void connection.close();
    });
    bench.cut();
    await bench.settle();
    expect(bench.lines).toHaveLength(dialled);
    expect(connection.state).toEqual({ status: "closed" });
  });
});

describe("a host", () => {
  it("wakes a line that waits for its next try", async () => {
    const { bench, connection, host } = await connected();
    bench.isDown = true;
    bench.cut();
    await bench.clock.advance(20_000);
    bench.isDown = false;
    const dialled = bench.lines.length;
    host.wake();
    await bench.settle();
    expect(connection.state).toMatchObject({ status: "connected", resumed: true });
    expect(bench.lines).toHaveLength(dialled + 1);
  });

  it("wakes a line whose try has hung for long, and none whose try has just begun", async () => {
    const { bench, connection, host } = await connected();
    bench.isSilent = true;
    bench.cut();
    await bench.settle();
    host.wake();
    await bench.clock.advance(1_999);
    expect(bench.lines).toHaveLength(2);
    bench.isSilent = false;
    host.wake();
    await bench.clock.advance(1);
    host.wake();
    await bench.settle();
    expect(bench.lines).toHaveLength(3);
    expect(connection.state).toMatchObject({ resumed: true });
  });

  it("puts a line to sleep without a word, and nothing is tried until it wakes", async () => {
    const { bench, connection, states, host, shop } = await connected({ timeoutMs: 0 });
    const waiting = shop.wait();
    await bench.settle();
    host.sleep();
    await bench.clock.advance(60_000);
    expect(brief(states)).toEqual(["reconnecting 1"]);
    expect(states[0]).not.toHaveProperty("nextAttemptAt");
    expect(bench.lines).toHaveLength(1);
    expect(bench.core.sessions.size).toBe(1);
    host.wake();
    await bench.settle();
    expect(brief(states).slice(1)).toEqual(["reconnecting 1", "resumed"]);
    await shop.finish();
    expect(await waiting).toBe("waited");
    expect(connection.state.status).toBe("connected");
  });

  it("that sleeps beyond the lease finds a new session when it wakes", async () => {
    const { bench, states, host } = await connected();
    host.sleep();
    await bench.clock.advance(LEASE_MS);
    expect(brief(states).at(-1)).toBe("connecting 1");
    expect(bench.lines).toHaveLength(1);
    host.wake();
    await bench.settle();
    expect(brief(states).at(-1)).toBe("connected");
  });

  it("leaves with a word", async () => {
    const { bench, connection, host } = await connected();
    host.leave();
    await bench.settle();
    expect(bench.core.sessions.size).toBe(0);
    expect(connection.state).toEqual({ status: "closed" });
  });

  it("that was away gives a silent line up when it wakes, and keeps one that was heard", async () => {
    const { bench, connection, host } = await connected();
    host.wake();
    await bench.clock.advance(30_000);
    host.wake();
    await bench.settle();
    expect(bench.lines).toHaveLength(1);
    bench.lines[0]!.far.send = () => undefined;
    await bench.clock.advance(25_000);
    // 2.5 heartbeats and more, on a host whose timers stand still.
    bench.clock.now = () => bench.clock.nowMs + 40_000;
    host.wake();
    // What had arrived meanwhile is heard first.
    await bench.clock.advance(1);
    expect(bench.lines).toHaveLength(2);
    expect(connection.state).toMatchObject({ status: "connected", resumed: true });
  });
});

describe("connections that share a line", () => {
  it("go on together, and have the same state", async () => {
    const key = Key.generate({ id: "ann" });
    const bench = new RenewalBench({ keys: new KeyRing([key]) });
    const { openConnection } = bench.connector();
    const open = () =>
      openConnection<{ shop: { buy(item: string): string } }>("ws://shop.test/", {
        key,
        reconnect: { maxDelayMs: 1_000 },
      });
    const [first, second] = [open(), open()];
    const other = openConnection("ws://shop.test/", { key });
    await Promise.all([first.ready, second.ready, other.ready]);
    expect(bench.lines).toHaveLength(2);
    await bench.clock.advance(1_000);
    bench.isDown = true;
    bench.cut();
    await bench.settle();
    expect(first.state.status).toBe("reconnecting");
    expect(second.state).toBe(first.state);
    bench.isDown = false;
    await first.close();
    await bench.clock.advance(1_000);
    expect(second.state).toMatchObject({ status: "connected", resumed: true });
    expect(await second.object("shop").buy("tea")).toBe("key:ann bought tea");
    await Promise.all([second.close(), other.close()]);
  });
});

describe("a renewal", () => {
  it("that is under way when the channel is lost goes on as the first try", async () => {
    const { bench, connection, states } = await connected();
    bench.isSilent = true;
    const renewed = connection.renew();
    await bench.settle();
    expect(bench.lines).toHaveLength(2);
    bench.lines[0]!.near.destroy();
    await bench.settle();
    expect(brief(states)).toEqual(["reconnecting 1"]);
    expect(bench.lines).toHaveLength(2);
    bench.isSilent = false;
    bench.core.accept(bench.lines[1]!.far);
    await bench.settle();
    await renewed;
    expect(brief(states)).toEqual(["reconnecting 1", "resumed"]);
  });

  it("asked for while there is no channel is a try at once, with a fresh credential", async () => {
    const bench = new RenewalBench();
    const asked: boolean[] = [];
    const connection = bench.connect({ ticket: ({ fresh }) => (asked.push(fresh), bench.ticket()) });
    await connection.ready;
    await bench.clock.advance(1_000);
    bench.isDown = true;
    bench.cut();
    await bench.clock.advance(3_000);
    asked.length = 0;
    bench.isDown = false;
    await connection.renew();
    expect(asked).toEqual([true]);
    expect(connection.state).toMatchObject({ status: "connected", resumed: true });
  });

  it("that fails and that nobody asked for is told", async () => {
    const bench = new RenewalBench();
    let isBroken = false;
    const connection = bench.connect({
      ticket: () => {
        if (isBroken) throw new Error("the endpoint is broken");
        return bench.ticket({ lifetimeMs: 600_000 });
      },
    });
    const failures: Error[] = [];
    connection.on("renewalFailed", (error) => failures.push(error));
    await connection.ready;
    isBroken = true;
    await connection.renew().catch(() => undefined);
    expect(failures).toEqual([]);
    for (let second = 0; second < 482; second++) await bench.clock.advance(1_000);
    expect(failures.length).toBeGreaterThan(0);
    expect(failures[0]).toMatchObject({ code: "HW_CONNECT_FAILED", message: expect.stringContaining("broken") });
    expect(connection.state.status).toBe("connected");
    await connection.close();
  });
});

describe("a daemon that drains", () => {
  it("serves what runs while new calls wait for the next session", async () => {
    const { bench, connection, states, sessions, shop } = await connected({ timeoutMs: 0 });
    const { sessionId: previousSessionId } = connection.state as { sessionId: string };
    const waiting = shop.wait();
    const numbers = shop.count(40)[Symbol.asyncIterator]();
    await numbers.next();
    const { core } = bench;
    const closed = core.close({ graceMs: 30_000 });
    await bench.settle();
    expect(connection.state).toMatchObject({ status: "connecting" });
    const made = shop.buy("tea");
    await bench.clock.advance(1_000);
    expect(connection.state).toMatchObject({ status: "connecting", reason: { code: "HW_REFUSED", retryable: true } });
    const rest: number[] = [];
    for (let next = await numbers.next(); next.done !== true; next = await numbers.next()) rest.push(next.value);
    expect(rest).toHaveLength(39);
    bench.replace();
    await bench.clock.advance(10_000);
    expect(await made).toBe("key:ann bought tea");
    expect(sessions).toEqual([{ sessionId: expect.any(String), previousSessionId }]);
    expect(brief(states).at(-1)).toBe("connected");
    bench.finishOld();
    expect(await waiting).toBe("waited");
    await bench.clock.advance(30_000);
    await closed;
    expect(connection.state.status).toBe("connected");
    await expectNothingLeft(bench, connection as Connection<never>);
  });

  it("is left when the connection is closed, with what runs there", async () => {
    const { bench, connection, shop } = await connected({ timeoutMs: 0 });
    const waiting = rejection(shop.wait());
    await bench.settle();
    void bench.core.close({ graceMs: 30_000 });
    await bench.settle();
    bench.replace();
    await bench.clock.advance(1_000);
    expect(connection.state.status).toBe("connected");
    await connection.close();
    expect(await waiting).toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "unknown" });
    await expectNothingLeft(bench, connection as Connection<never>);
  });

  it("one after the other gathers no more than so many sessions: the oldest is left, with what runs there", async () => {
    const { bench, connection, shop } = await connected({ timeoutMs: 0 });
    const outcomes: unknown[] = [];
    for (let round = 0; round < 9; round++) {
      void rejection(shop.wait()).then((outcome) => outcomes.push(outcome));
      await bench.settle();
      const { core } = bench;
      bench.replace();
      void core.close({ graceMs: 600_000 });
      await bench.clock.advance(1_000);
      expect(connection.state.status).toBe("connected");
      expect(outcomes).toHaveLength(round === 8 ? 1 : 0);
    }
    expect(outcomes[0]).toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "unknown" });
    expect(bench.lines.filter(({ closedWith }) => closedWith === undefined)).toHaveLength(9);
    await expectNothingLeft(bench, connection as Connection<never>);
  });
});
