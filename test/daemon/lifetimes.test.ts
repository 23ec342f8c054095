import { describe, expect, test } from "vitest";
import { Bench } from "./raw-peer.js";

describe("idleTimeoutMs", () => {
  const sessions = { idleTimeoutMs: 60_000, heartbeatMs: 10_000 };

  /** Answers pings for so long, as a client does that has nothing else to say. */
  async function upkeep(bench: Bench, { peer, ms }: { peer: Awaited<ReturnType<Bench["member"]>>; ms: number }) {
    for (let passed = 0; passed < ms; passed += 5_000) {
      const pings = peer.messages().filter(([name]) => name === "ping").length;
      peer.say(["pong", pings] as never);
      await bench.clock.advance(5_000);
    }
  }

  test("ends a session with bye done that nobody uses, whatever is said for upkeep", async () => {
    const bench = new Bench({ sessions });
    const peer = await bench.member();
    await upkeep(bench, { peer, ms: 55_000 });
    expect(peer.heard.closings).toEqual([]);
    await upkeep(bench, { peer, ms: 40_000 });
    expect((await peer.answer("bye"))[1]).toBe("done");
    expect((await peer.heard.closed_).code).toBe(1000);
    expect(bench.closed[0]?.[1]).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    await bench.daemon.close({ graceMs: 0 });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test("leaves one alone that is used, in whatever way", async () => {
    const bench = new Bench({
      sessions,
      objects: {
        shop: {
          buy: () => 1,
          wait: () => new Promise(() => {}),
          async *count() {
            await new Promise(() => {});
            yield 1;
          },
          ring: () => () => 1,
        },
      },
    });
    const using = await bench.member();
    const waiting = await bench.member();
    waiting.say(["call", 1, "shop", "wait", { json: [] }]);
    const reading = await bench.member();
    reading.say(["call", 1, "shop", "count", { json: [] }]);
    const holding = await bench.member();
    holding.say(["call", 1, "shop", "ring", { json: [] }]);
    for (let turn = 1; turn <= 5; turn++) {
      using.say(["call", turn, "shop", "buy", { json: [] }]);
      for (const peer of [using, waiting, reading, holding]) await upkeep(bench, { peer, ms: 0 });
      for (const peer of [waiting, reading, holding]) peer.say(["pong", 1]);
      await bench.clock.advance(20_000);
    }
    expect(bench.closed).toEqual([]);
    await bench.daemon.close({ graceMs: 0 });
  });

  test("is none by default", async () => {
    const bench = new Bench({ sessions: { heartbeatMs: 300_000 } });
    const peer = await bench.member();
    for (let minutes = 0; minutes < 24 * 60; minutes += 5) {
      peer.say(["pong", 1]);
      await bench.clock.advance(300_000);
    }
    expect(peer.heard.closings).toEqual([]);
  });
});

describe("maxConnectionAgeMs", () => {
  test("closes the line within its last tenth, and the session goes on over another, which has its own", async () => {
    const bench = new Bench({ sessions: { maxConnectionAgeMs: 10_000 } });
    const peer = await bench.member();
    await bench.clock.advance(8_999);
    expect(peer.heard.closings).toEqual([]);
    await bench.clock.advance(1_001);
    expect(await peer.heard.closed_).toMatchObject({ code: 4503 });
    expect(bench.accepted[0]).toMatchObject({ isAttached: false });
    const next = await bench.resuming(peer);
    next.transport.send(next.confirm);
    next.say(["call", 1, "shop", "buy", { json: ["tea"] }]);
    expect(await next.answer("ok", 1)).toEqual(["ok", 1, { json: "bought tea" }]);
    expect(bench.closed).toEqual([]);
    await bench.clock.advance(8_999);
    expect(next.heard.closings).toEqual([]);
    await bench.clock.advance(1_001);
    expect(await next.heard.closed_).toMatchObject({ code: 4503 });
    await bench.daemon.close({ graceMs: 0 });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  test("is spread, so that lines of one moment don't end in one", async () => {
    const bench = new Bench({ sessions: { maxConnectionAgeMs: 100_000 } });
    const peers: Awaited<ReturnType<Bench["member"]>>[] = [];
    while (peers.length < 20) peers.push(await bench.member());
    const counts = new Set<number>();
    for (let seconds = 0; seconds < 100; seconds++) {
      for (const peer of peers) if (peer.heard.closings.length === 0) peer.say(["pong", 1]);
      await bench.clock.advance(1_000);
      counts.add(peers.filter(({ heard }) => heard.closings.length > 0).length);
    }
    expect(Math.max(...counts)).toBe(20);
    expect(counts.size).toBeGreaterThan(3);
  });
});

describe("heartbeatMs", () => {
  test("is told in WELCOME, and lines are pinged by it and given up by it", async () => {
    const bench = new Bench({ sessions: { heartbeatMs: 1_000 } });
    const peer = await bench.member();
    expect(peer.established.heartbeatMs).toBe(1_000);
    await bench.clock.advance(1_000);
    expect(await peer.answer("ping")).toEqual(["ping", 1]);
    await bench.clock.advance(1_499);
    expect(peer.heard.closings).toEqual([]);
    await bench.clock.advance(1);
    expect((await peer.heard.closed_).code).toBe(4408);
  });
});
