import { describe, expect, test } from "vitest";
import { Drain } from "../../src/session/drain.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { call, linkedSessions, rawClient } from "./support/linked-sessions.js";

function deferred<T>() {
  let resolve!: (value: T) => void;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

describe("the wait of a drain", () => {
  function waiting() {
    const clock = fakeClock();
    const state = { isIdle: false, isDone: false };
    const drain = new Drain({ clock, isIdle: () => state.isIdle });
    void drain.done.then(() => (state.isDone = true));
    return { clock, state, drain };
  }

  test("ends when nothing runs any more, and leaves no timer", async () => {
    const { clock, state, drain } = waiting();
    drain.endWithin(1_000);
    await clock.advance(500);
    expect(state.isDone).toBe(false);
    state.isIdle = true;
    drain.look();
    await clock.advance(0);
    expect(state.isDone).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });

  test.each([
    ["a shorter grace that comes later", [1_000, 300], 300],
    ["a longer grace that comes later not at all", [300, 1_000], 300],
  ])("ends with %s", async (_which, graces, endsAtMs) => {
    const { clock, state, drain } = waiting();
    for (const graceMs of graces) drain.endWithin(graceMs);
    await clock.advance(endsAtMs - 1);
    expect(state.isDone).toBe(false);
    await clock.advance(1);
    expect(state.isDone).toBe(true);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("a session that drains", () => {
  test("runs a call that was on its way when the peer was told", async () => {
    const { client, server, clock } = linkedSessions({ members: { buy: () => "bought" } });
    await client.ready;
    const raced = call(client, "buy");
    const drained = server.drain(5_000);
    await clock.advance(0);
    expect(await raced).toBe("bought");
    await drained;
    expect(clock.now()).toBe(fakeClock().now());
  });

  test("waits until the peer has taken it, though nothing runs", async () => {
    const raw = await rawClient({ members: { buy: () => "bought" } });
    raw.ack = 1;
    void raw.server.drain(5_000);
    await raw.clock.advance(4_999);
    expect(raw.heard.at(-1)).toEqual(["drain", 5_000]);
    await raw.say([["call", 1, "object", "buy", { json: [] }]]);
    expect(raw.heard.at(-1)).toEqual(["ok", 1, { json: "bought" }]);
    raw.ack = 2;
    await raw.say([]);
    expect(raw.heard.at(-1)).toEqual(["bye", "drain", "the daemon is shutting down", 3]);
  });

  test("refuses a call of a frame whose sender had taken it, and lets the running one finish", async () => {
    const hold = deferred<string>();
    const ran: string[] = [];
    const raw = await rawClient({ members: { wait: () => hold.promise, buy: () => ran.push("buy") } });
    await raw.say([["call", 1, "object", "wait", { json: [] }]]);
    void raw.server.drain(5_000);
    raw.ack = 2;
    await raw.say([["call", 2, "object", "buy", { json: [] }]]);
    expect(raw.heard.at(-1)).toMatchObject([
      "err",
      2,
      { code: "HW_REFUSED", wire: 1, data: { json: { retryable: true } } },
    ]);
    await raw.say([
      ["get", 3, "object", "stock"],
      ["look", 4, "object"],
    ]);
    expect(raw.heard.slice(-2).map(([name, id]) => [name, id])).toEqual([
      ["err", 3],
      ["err", 4],
    ]);
    expect(ran).toEqual([]);
    hold.resolve("done");
    await raw.clock.advance(0);
    expect(raw.heard.slice(-2)).toMatchObject([
      ["ok", 1, { json: "done" }],
      ["bye", "drain", "the daemon is shutting down", 4],
    ]);
  });

  test("runs a body in pieces that was begun before, and waits for its end", async () => {
    const raw = await rawClient({ members: { buy: () => "bought" } });
    const joined = new TextEncoder().encode('[["call",1,"object","buy",{"json":[]}]]');
    const body = new Uint8Array(4 + joined.length + 2);
    new DataView(body.buffer).setUint32(0, joined.length);
    body.set(joined, 4);
    await raw.say([["piece", 1, 0]], [body.slice(0, 20)]);
    void raw.server.drain(5_000);
    raw.ack = 2;
    await raw.say([]);
    expect(raw.server.isEnded).toBe(false);
    await raw.say([["piece", 1, 1]], [body.slice(20)]);
    expect(raw.heard.slice(-2)).toMatchObject([
      ["ok", 1, { json: "bought" }],
      ["bye", "drain", "the daemon is shutting down", 4],
    ]);
  });

  test("ends streams that run on with the grace", async () => {
    const ended = deferred<string>();
    async function* count() {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        ended.resolve("returned");
      }
    }
    const { client, server, clock } = linkedSessions({ members: { count: () => count() } });
    await client.ready;
    const stream = (await call(client, "count")) as AsyncIterable<number>;
    const items = stream[Symbol.asyncIterator]();
    expect(await items.next()).toEqual({ value: 0, done: false });
    const drained = server.drain(1_000);
    await clock.advance(999);
    expect(server.isEnded).toBe(false);
    await clock.advance(1);
    await drained;
    expect(await ended.promise).toBe("returned");
    const left = (async () => {
      for (;;) if ((await items.next()).done === true) return;
    })();
    await expect(left).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });

  test("ends at once with no grace", async () => {
    const { client, server, clock } = linkedSessions({ members: { wait: () => new Promise(() => undefined) } });
    await client.ready;
    const running = call(client, "wait");
    await clock.advance(0);
    const drained = server.drain(0);
    await clock.advance(0);
    await drained;
    await expect(running).rejects.toMatchObject({
      delivery: "unknown",
      message: expect.stringContaining("shutting down"),
    });
    expect(clock.pendingTimers).toBe(0);
  });

  test("takes the shorter grace when it is asked again", async () => {
    const { client, server, clock } = linkedSessions({ members: { wait: () => new Promise(() => undefined) } });
    await client.ready;
    const running = call(client, "wait");
    await clock.advance(0);
    const drains = [server.drain(60_000), server.drain(100)];
    await clock.advance(100);
    await Promise.all(drains);
    await expect(running).rejects.toMatchObject({ delivery: "unknown" });
    expect(clock.pendingTimers).toBe(0);
  });

  test("ends when its line breaks, since it takes no other", async () => {
    const { client, server, clock, cut } = linkedSessions({
      members: { wait: () => new Promise(() => undefined) },
      windowMs: 60_000,
    });
    await client.ready;
    void call(client, "wait");
    await clock.advance(0);
    const drained = server.drain(5_000);
    await clock.advance(0);
    cut();
    await drained;
    expect(server.isEnded).toBe(true);
    expect(clock.now() - fakeClock().now()).toBe(0);
  });

  test("ends at once while it has no line", async () => {
    const { client, server, cut } = linkedSessions({ windowMs: 60_000 });
    await client.ready;
    cut();
    await expect.poll(() => server.isAttached).toBe(false);
    await server.drain(5_000);
    expect(server.isEnded).toBe(true);
  });

  test("says of calls that waited for its opening that none of them ran", async () => {
    const { client, server, clock } = linkedSessions({ server: { onOpen: () => new Promise(() => undefined) } });
    const waiting = call(client, "buy");
    await clock.advance(0);
    const drained = server.drain(5_000);
    await expect(waiting).rejects.toMatchObject({ delivery: "not-sent", retryable: true });
    await expect(client.ready).rejects.toMatchObject({ message: expect.stringContaining("shutting down") });
    await drained;
  });

  test("ends in bounded time though its peer reads nothing", async () => {
    const { client, server, clock } = linkedSessions({
      members: { wait: () => new Promise(() => undefined) },
      tamper: (frame, direction) => (direction === "down" ? undefined : frame),
    });
    void call(client, "wait");
    await clock.advance(0);
    let isGone = false;
    void server.drain(1_000).then(() => (isGone = true));
    await clock.advance(1_000);
    await clock.advance(2_000);
    expect(isGone).toBe(true);
  });
});
