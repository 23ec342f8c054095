import { describe, expect, it } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import type { Daemon } from "../../src/node.js";
import { serve } from "../../src/node.js";
import { Bench, type RawPeer } from "../daemon/raw-peer.js";
import { HostilePeer, type HostilePeerOptions } from "./support/hostile-peer.js";

const ann = Key.generate({ id: "ann" });
const eve = Key.generate({ id: "eve" });

/** A daemon on loopback, and what it told. */
async function served() {
  const sold: string[] = [];
  const shop = { buy: (item: string) => (sold.push(item), `bought ${item}`) };
  const daemon = await serve({ shop }, { keys: new KeyRing([ann, eve]) });
  const events: string[] = [];
  for (const name of ["accepted", "detached", "resumed", "renewed", "closed"] as const)
    daemon.on(name, () => events.push(name));
  const until = (name: "detached" | "closed"): Promise<void> =>
    new Promise((resolve) => daemon.on(name, () => resolve()));
  return { daemon, sold, events, until, [Symbol.asyncDispose]: () => daemon.close({ graceMs: 0 }) };
}

function opened(daemon: Daemon, options: Partial<HostilePeerOptions> = {}): Promise<HostilePeer> {
  return HostilePeer.open({ url: daemon.url(), key: ann, ...options });
}

/** A connection that asks for the session of another one, up to WELCOME. */
async function asking(
  daemon: Daemon,
  session: RawPeer,
  options: Partial<HostilePeerOptions> = {},
): Promise<HostilePeer> {
  const { handshake, ...others } = options;
  const peer = await opened(daemon, {
    until: "greeted",
    handshake: { resume: session.established, ...handshake },
    ...others,
  });
  peer.goOnFrom(session);
  return peer;
}

const call = (id: number, item: string) => ["call", id, "shop", "buy", { json: [item] }] as const;

describe("a session over real sockets", () => {
  it("goes on after its socket was cut: each call runs once, in order, and each answer comes", async () => {
    await using home = await served();
    const { daemon, sold, events, until } = home;
    const peer = await opened(daemon);
    const lost = until("detached");
    peer.say(call(1, "milk"));
    await peer.answer("ok", 1);
    peer.socket.destroy();
    await lost;
    expect([...daemon.sessions.values()]).toMatchObject([{ isAttached: false }]);
    await using next = await asking(daemon, peer);
    expect(next.established.isResumed).toBe(true);
    next.transport.send(next.confirm);
    next.say(call(2, "bread"));
    expect(await next.answer("ok", 2)).toEqual(["ok", 2, { json: "bought bread" }]);
    const over = until("closed");
    next.say(["bye", "done", "", 3]);
    await over;
    expect([sold, events]).toEqual([
      ["milk", "bread"],
      ["accepted", "detached", "resumed", "closed"],
    ]);
    expect(daemon.sessions.size).toBe(0);
  });

  it("goes on over a second socket when CONFIRM was lost with the first", async () => {
    await using home = await served();
    const first = await opened(home.daemon, { until: "greeted" });
    first.socket.destroy();
    await using second = await asking(home.daemon, first);
    expect(second.established).toMatchObject({ isResumed: true, sessionId: first.established.sessionId });
    second.transport.send(second.confirm);
    second.say(["open"], call(1, "milk"));
    await second.answer("ok", 1);
    expect(home.events).toEqual(["accepted"]);
  });
});

describe("row 35: a session without a line", () => {
  it("row 35: changes by no recorded HELLO: its peer alone can confirm", async () => {
    await using home = await served();
    const { daemon, events, until } = home;
    const peer = await opened(daemon);
    const lost = until("detached");
    peer.socket.destroy();
    await lost;
    const { hello } = new ClientHandshake({
      credential: { method: 1, key: ann },
      audience: new URL(daemon.url()).origin,
      serializers: [1],
      maxFrameBytes: 2 * 1024 * 1024,
      resume: peer.established,
    });
    for (let replay = 0; replay < 6; replay++) {
      await using attacker = await opened(daemon, { until: "connected" });
      attacker.transport.send(hello);
      await attacker.heard.count(1);
      // What else it has recorded: CONFIRM and a frame of the first line.
      attacker.transport.send(replay % 2 === 0 ? peer.confirm : peer.data(call(1, "gold")));
      expect(await attacker.closeCode()).toBe(4401);
    }
    expect([events, home.sold]).toEqual([["accepted", "detached"], []]);
    await using next = await asking(daemon, peer);
    expect(next.established.isResumed).toBe(true);
  });

  it("row 35: is not moved by a HELLO that is replayed while its line works, whatever follows it", async () => {
    await using home = await served();
    await using peer = await opened(home.daemon);
    await using attacker = await asking(home.daemon, peer);
    attacker.transport.send(peer.confirm);
    expect(await attacker.closeCode()).toBe(4401);
    peer.say(call(1, "milk"));
    await peer.answer("ok", 1);
    expect(home.events).toEqual(["accepted"]);
  });

  it("row 35: belongs to no proof of another session, and to no other principal", async () => {
    await using home = await served();
    const { daemon, until } = home;
    const peer = await opened(daemon);
    await using other = await opened(daemon);
    await using evil = await opened(daemon, { key: eve });
    const lost = until("detached");
    peer.socket.destroy();
    await lost;
    const { sessionId } = peer.established;
    const tries: [RawPeer, Key][] = [
      [other, ann],
      [evil, eve],
      [evil, ann],
    ];
    for (const [owner, key] of tries) {
      const resume = { ...peer.established, resumeKey: owner.established.resumeKey };
      await using guess = await asking(daemon, peer, { key, handshake: { resume } });
      expect(guess.established.isResumed).toBe(false);
      expect(guess.established.sessionId).not.toEqual(sessionId);
    }
    await using thief = await asking(daemon, peer, { key: eve });
    expect(thief.established.isResumed).toBe(false);
    await using next = await asking(daemon, peer);
    expect(next.established.isResumed).toBe(true);
  });

  it("row 35: is not disturbed by a flood of HELLOs that know its id", async () => {
    const bench = new Bench({ keys: new KeyRing([ann, eve]) });
    const asAnn = { credential: { method: 1, key: ann } } as const;
    const [lost, live] = [await bench.member(asAnn), await bench.member(asAnn)];
    lost.transport.destroy();
    await lost.heard.turns();
    const forged = new Uint8Array(32).fill(9);
    for (let one = 0; one < 300; one++) {
      const target = one % 2 === 0 ? lost : live;
      const attacker = bench.peer();
      const resume = { ...target.established, resumeKey: forged };
      const credential = { method: 1, key: one % 3 === 0 ? ann : eve } as const;
      attacker.transport.send(bench.handshake({ credential, resume }).hello);
      await attacker.heard.count(1);
      if (one % 5 === 0) attacker.transport.destroy();
    }
    live.say(call(1, "milk"));
    await live.answer("ok", 1);
    const next = await bench.resuming(lost, asAnn);
    expect(next.established.isResumed).toBe(true);
    next.transport.send(next.confirm);
    next.say(call(1, "bread"));
    await next.answer("ok", 1);
    expect(bench.ran).toEqual(["buy milk", "buy bread"]);
    for (const peer of [live, next]) peer.say(["bye", "done", "", 9]);
    await bench.clock.advance(10_000);
    expect([bench.daemon.sessions.size, bench.clock.pendingTimers]).toEqual([0, 0]);
  });

  it("row 35: is slowed down by no replay: WELCOMEs that nobody confirms don't count", async () => {
    const bench = new Bench();
    const peer = await bench.member();
    peer.transport.destroy();
    await peer.heard.turns();
    const { hello } = bench.handshake({ resume: peer.established });
    for (let replay = 0; replay < 50; replay++) {
      const attacker = bench.peer();
      attacker.transport.send(hello);
      await attacker.heard.count(1);
    }
    const startMs = bench.clock.now();
    const next = await bench.resuming(peer);
    next.transport.send(next.confirm);
    next.say(call(1, "milk"));
    await next.answer("ok", 1);
    expect(bench.clock.now()).toBe(startMs);
  });
});
