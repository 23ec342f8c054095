import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import type { DaemonEvents } from "../../src/daemon/daemon.js";
import { Bench, type RawPeer } from "./raw-peer.js";

const WINDOW_MS = 120_000;
const bob = Key.generate({ id: "bob" });

async function lose(peer: RawPeer): Promise<void> {
  await peer.heard.turns();
  peer.transport.destroy();
  await peer.heard.turns();
}

/** A session that was ended by the daemon's program while its peer was away. */
async function ended(bench: Bench): Promise<RawPeer> {
  const peer = await bench.member();
  await lose(peer);
  await bench.accepted.at(-1)!.close();
  return peer;
}

async function fetch(bench: Bench, peer: RawPeer): Promise<RawPeer> {
  const next = await bench.resuming(peer);
  expect(next.established.isResumed).toBe(true);
  next.transport.send(next.confirm);
  return next;
}

describe("a session that the daemon has ended", () => {
  it("is heard to its end by a peer that comes back, which is closed with 1000; what it says runs no more", async () => {
    const bench = new Bench();
    const peer = await ended(bench);
    const events: (keyof DaemonEvents)[] = [];
    for (const name of ["accepted", "refused", "renewed", "resumed", "closed"] as const)
      bench.daemon.on(name, () => events.push(name));
    const next = await fetch(bench, peer);
    next.say(["call", 1, "shop", "buy", { json: ["milk"] }]);
    expect(await next.answer("bye")).toEqual(["bye", "done", "", 1]);
    expect(await next.heard.closed_).toMatchObject({ code: 1000 });
    await next.heard.turns();
    expect([bench.ran, events]).toEqual([[], []]);
  });

  it("tells what it had answered before", async () => {
    let finish!: (value: string) => void;
    const shop = { wait: () => new Promise<string>((resolve) => (finish = resolve)) };
    const bench = new Bench({ objects: { shop } });
    const peer = await bench.member();
    peer.say(["call", 1, "shop", "wait", { json: [] }]);
    await lose(peer);
    finish("done");
    await peer.heard.turns();
    await bench.accepted[0]!.close();
    const next = await fetch(bench, peer);
    await next.answer("bye");
    expect(next.messages()).toEqual([
      ["ok", 1, { json: "done" }],
      ["bye", "done", "", 2],
    ]);
  });

  it("tells its refusal to a peer that was away when the hook answered", async () => {
    let refuse!: (error: Error) => void;
    const bench = new Bench({ onHandshake: () => new Promise((_, reject) => (refuse = reject)) });
    const peer = await bench.proved();
    peer.say(["open"]);
    await lose(peer);
    refuse(new Error("closed on Mondays"));
    await peer.heard.turns();
    expect(bench.refusals.map(({ reason }) => reason)).toEqual(["key:ann: closed on Mondays"]);
    const next = await fetch(bench, peer);
    expect(await next.answer("refused")).toMatchObject(["refused", { message: "closed on Mondays" }]);
    expect(await next.heard.closed_).toMatchObject({ code: 1000 });
    expect(bench.accepted).toEqual([]);
  });

  it("can be heard again when the line was lost with it", async () => {
    const bench = new Bench();
    const peer = await ended(bench);
    for (let round = 0; round < 3; round++) expect(await (await fetch(bench, peer)).answer("bye")).toBeDefined();
  });

  it("is there for a window, and leaves nothing behind", async () => {
    const bench = new Bench();
    const peer = await ended(bench);
    await bench.clock.advance(WINDOW_MS - 1);
    const next = await fetch(bench, peer);
    await next.answer("bye");
    await bench.clock.advance(1);
    expect((await bench.resuming(peer)).established.isResumed).toBe(false);
    await bench.clock.advance(5_000);
    expect([bench.daemon.sessions.size, bench.clock.pendingTimers]).toEqual([0, 0]);
  });

  it("is there for a peer that was connected at its end: bye may not have come", async () => {
    const bench = new Bench();
    const peer = await bench.member();
    const before = await bench.resuming(peer);
    before.transport.destroy();
    await bench.accepted[0]!.close();
    await before.heard.turns();
    expect(await (await fetch(bench, before)).answer("bye")).toMatchObject({ 1: "done" });
  });

  it("is nobody else's, and not there at all with a window of 0", async () => {
    const bench = new Bench();
    bench.keys.add(bob);
    const peer = await ended(bench);
    const stranger = await bench.resuming(peer, { credential: { method: 1, key: bob } });
    expect(stranger.established.isResumed).toBe(false);
    const short = new Bench({ sessions: { windowMs: 0 } });
    const other = await short.member();
    await short.accepted[0]!.close();
    expect((await short.resuming(other)).established.isResumed).toBe(false);
    await short.clock.advance(5_000);
    expect(short.clock.pendingTimers).toBe(0);
  });

  it("is given up with those without a line: one of them goes first", async () => {
    const bench = new Bench({ limits: { maxDetachedPerPrincipal: 2 } });
    const waiting = await bench.member();
    await lose(waiting);
    const over = await ended(bench);
    await lose(await bench.member());
    expect((await bench.resuming(over)).established.isResumed).toBe(false);
    expect((await bench.resuming(waiting)).established.isResumed).toBe(true);
    expect(bench.closed).toHaveLength(1);
  });

  it("is counted among them still when it was heard, and rests on no credential any more", async () => {
    const key = Key.generate({ id: "short", notAfter: new Date(Date.UTC(2030, 0, 1)) });
    const asShort = { credential: { method: 1, key } } as const;
    const bench = new Bench({ limits: { maxDetachedPerPrincipal: 1 } });
    bench.keys.add(key);
    const over = await bench.member(asShort);
    await lose(over);
    await bench.accepted[0]!.close();
    const next = await bench.resuming(over, asShort);
    next.transport.send(next.confirm);
    await next.answer("bye");
    await lose(await bench.member(asShort));
    expect((await bench.resuming(over, asShort)).established.isResumed).toBe(false);
    await bench.clock.advance(WINDOW_MS + 5_000);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it("lets go of a peer that fetches when it is given up", async () => {
    const shop = { large: () => new Uint8Array(3 * 1024 * 1024) };
    const bench = new Bench({ objects: { shop } });
    const peer = await bench.member({ maxFrameBytes: 4 * 1024 * 1024 });
    const before = await bench.resuming(peer, { maxFrameBytes: 4 * 1024 * 1024 });
    peer.say(["call", 1, "shop", "large", { json: [] }]);
    await peer.answer("ok", 1);
    await bench.accepted[0]!.close();
    before.transport.send(before.confirm);
    await before.heard.turns();
    await bench.daemon.close();
    expect(await before.heard.closed_).toMatchObject({ code: 1000 });
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it("is fetched at the pace of all moves", async () => {
    const bench = new Bench();
    const peer = await ended(bench);
    for (let round = 0; round < 3; round++) await (await fetch(bench, peer)).answer("bye");
    const next = bench.peer();
    next.transport.send(bench.handshake({ resume: peer.established }).hello);
    await bench.clock.advance(999);
    expect(next.heard.frames).toEqual([]);
    await bench.clock.advance(1);
    expect(next.heard.frames).toHaveLength(1);
  });
});
