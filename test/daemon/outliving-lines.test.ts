import { describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicketAt, type TicketOptions } from "../../src/auth/ticket.js";
import type { DaemonEvents } from "../../src/daemon/daemon.js";
import { DetachedSessions } from "../../src/daemon/detached-sessions.js";
import { SessionTable } from "../../src/daemon/session-table.js";
import { callContext } from "../../src/objects/call-context.js";
import { readHeader } from "../../src/wire/frame.js";
import { Bench, type RawPeer } from "./raw-peer.js";

const WINDOW_MS = 120_000;
const root = Key.generate({ id: "root", use: "mint" });

const call = (id: number, item = "milk") => ["call", id, "shop", "buy", { json: [item] }] as const;
const byTicket = (bench: Bench, options: Partial<TicketOptions> = {}) =>
  ({
    credential: { method: 2, ticket: mintTicketAt(bench.clock.now(), { subject: "zoe", ...options, keys: root }) },
  }) as const;

/** What a daemon tells of its sessions, in order. */
function told(bench: Bench): string[] {
  const events: string[] = [];
  for (const name of ["accepted", "renewed", "detached", "resumed", "closed"] as const)
    bench.daemon.on(name, (...[session]: DaemonEvents[typeof name]) => events.push(`${name} ${session.isAttached}`));
  bench.daemon.on("refused", ({ reason }) => events.push(`refused ${reason}`));
  return events;
}

/** What the peer has said by now has come before. */
async function lose(peer: RawPeer): Promise<void> {
  await peer.heard.turns();
  peer.transport.destroy();
  await peer.heard.turns();
}

/** The peer of a session is back. */
async function back(
  bench: Bench,
  lost: RawPeer,
  ...rest: Parameters<Bench["resuming"]> extends [unknown, ...infer R] ? R : never
): Promise<RawPeer> {
  const next = await bench.resuming(lost, ...rest);
  expect(next.established.isResumed).toBe(true);
  next.transport.send(next.confirm);
  await next.heard.turns();
  return next;
}

describe("a session that has lost its line", () => {
  it("goes on over another one: what was under way is sent again, nothing runs twice, no hook is asked again", async () => {
    const asked: unknown[] = [];
    const bench = new Bench({ onHandshake: ({ data }) => asked.push(data) });
    const events = told(bench);
    const peer = await bench.member();
    const next = await bench.resuming(peer);
    peer.say(call(1));
    await lose(peer);
    expect(bench.ran).toEqual(["buy milk"]);
    next.transport.send(next.confirm);
    // It can't know that the daemon has taken it.
    next.say(call(1));
    next.say(call(2, "bread"));
    expect(await next.answer("ok", 2)).toEqual(["ok", 2, { json: "bought bread" }]);
    expect(next.messages().filter(([name]) => name === "ok")).toHaveLength(2);
    expect(bench.ran).toEqual(["buy milk", "buy bread"]);
    expect(asked).toHaveLength(1);
    expect(events).toEqual(["accepted true", "detached false", "resumed true"]);
  });

  it("is listed while it waits, with why, and ends when its window is over", async () => {
    const bench = new Bench();
    const losses: unknown[] = [];
    bench.daemon.on("detached", ({ sessionId }, cause) => losses.push([sessionId, cause]));
    const peer = await bench.member();
    const { sessionId } = bench.accepted[0]!;
    await lose(peer);
    expect(losses).toEqual([[sessionId, expect.objectContaining({ code: "HW_CONNECTION_CLOSED" })]]);
    await bench.clock.advance(WINDOW_MS - 1);
    expect(bench.daemon.sessions.get(sessionId)).toMatchObject({ isAttached: false, remoteAddress: "10.0.0.1" });
    await bench.clock.advance(1);
    expect(bench.closed).toEqual([
      [bench.accepted[0], expect.objectContaining({ code: "HW_SESSION_LOST", cause: (losses[0] as unknown[])[1] })],
    ]);
    expect([bench.daemon.sessions.size, bench.clock.pendingTimers]).toEqual([0, 0]);
    expect((await bench.resuming(peer)).established.isResumed).toBe(false);
  });

  it("waits anew after each loss, as long as the daemon is told", async () => {
    const bench = new Bench({ sessions: { windowMs: 5_000 } });
    let peer = await bench.member();
    for (let round = 0; round < 3; round++) {
      await lose(peer);
      await bench.clock.advance(4_999);
      peer = await back(bench, peer);
    }
    await lose(peer);
    await bench.clock.advance(5_000);
    expect(bench.closed).toHaveLength(1);
  });

  it("is found half open within 50 s, and waits then", async () => {
    const bench = new Bench();
    const events = told(bench);
    const peer = await bench.member();
    await bench.clock.advance(50_000);
    expect(await peer.heard.closed_).toMatchObject({ code: 4408 });
    await back(bench, peer);
    expect(events).toEqual(["accepted true", "detached false", "resumed true"]);
  });

  it("survives a frame that was changed on the way: its line alone is closed", async () => {
    const bench = new Bench();
    const peer = await bench.member();
    const frame = peer.data(call(1)).slice();
    frame[20]! ^= 1;
    peer.transport.send(frame);
    expect(await peer.heard.closed_).toMatchObject({ code: 4400 });
    expect(bench.ran).toEqual([]);
    const next = await back(bench, peer);
    // It was never taken, so it is sent again with its number.
    expect(readHeader(next.heard.frames[0]!).ack).toBe(1);
  });

  it("keeps what its calls answer meanwhile", async () => {
    let finish!: (value: string) => void;
    const shop = { wait: () => new Promise<string>((resolve) => (finish = resolve)) };
    const bench = new Bench({ objects: { shop } });
    const grown = vi.spyOn(DetachedSessions.prototype, "grown");
    const peer = await bench.member();
    peer.say(["call", 1, "shop", "wait", { json: [] }]);
    await lose(peer);
    const before = grown.mock.calls.length;
    finish("done");
    await peer.heard.turns();
    expect(grown.mock.calls.length).toBeGreaterThan(before);
    grown.mockRestore();
    expect(await (await back(bench, peer)).answer("ok", 1)).toEqual(["ok", 1, { json: "done" }]);
  });

  it("is renewed, not resumed, while its old line still works", async () => {
    const bench = new Bench();
    const events = told(bench);
    await back(bench, await bench.member());
    expect(events).toEqual(["accepted true", "renewed true"]);
  });

  it("tells calls and the program where its peer is now", async () => {
    const shop = { address: () => callContext().remoteAddress };
    const bench = new Bench({ objects: { shop } });
    const peer = await bench.member();
    await lose(peer);
    const next = await back(bench, peer, {}, { remoteAddress: "10.0.0.2" });
    next.say(["call", 1, "shop", "address", { json: [] }]);
    expect(await next.answer("ok", 1)).toEqual(["ok", 1, { json: "10.0.0.2" }]);
    expect(bench.accepted[0]).toMatchObject({ remoteAddress: "10.0.0.2", isAttached: true });
  });

  it("is dropped at once when its peer said bye, or broke the protocol", async () => {
    const bench = new Bench();
    const leaving = await bench.member();
    leaving.say(["bye", "done", "", 1]);
    const breaking = await bench.member();
    breaking.say(["open"]);
    await leaving.heard.turns();
    await bench.clock.advance(2_000);
    expect([bench.daemon.sessions.size, bench.clock.pendingTimers]).toEqual([0, 0]);
    for (const peer of [leaving, breaking]) expect((await bench.resuming(peer)).established.isResumed).toBe(false);
  });

  it("is asked about at every line: verification, audience and key are those of the new one", async () => {
    const bench = new Bench();
    const peer = await bench.member();
    await lose(peer);
    let verified = 0;
    const stranger = bench.peer({ verify: () => Promise.reject(new Error("no such certificate")) });
    stranger.transport.send(bench.handshake({ resume: peer.established }).hello);
    expect(await stranger.heard.closed_).toMatchObject({ code: 4401, reason: "" });
    await back(bench, peer, {}, { verify: () => void verified++ });
    expect([verified, bench.refusals.map(({ reason }) => reason)]).toEqual([1, ["no such certificate"]]);
  });

  it("that was not opened yet can be opened over the next line, for 5 s", async () => {
    const bench = new Bench();
    const events = told(bench);
    const peer = await bench.proved();
    await lose(peer);
    await bench.clock.advance(4_999);
    const next = await back(bench, peer);
    expect(events).toEqual([]);
    next.say(["open"]);
    await next.answer("ready");
    expect(events).toEqual(["accepted true"]);
    await lose(await bench.proved());
    await bench.clock.advance(5_000);
    expect(bench.refusals.map(({ reason }) => reason)).toEqual(["the session was not opened in time"]);
  });

  it("that is opened over the next line asks the hook with what is known of that one", async () => {
    const asked: unknown[] = [];
    const bench = new Bench({ onHandshake: ({ remoteAddress, origin }) => void asked.push({ remoteAddress, origin }) });
    const peer = await bench.proved({}, { remoteAddress: "10.0.0.1", origin: "https://app.example" });
    await lose(peer);
    const next = await back(bench, peer, {}, { remoteAddress: "10.0.0.2" });
    next.say(["open"]);
    await next.answer("ready");
    expect(asked).toEqual([{ remoteAddress: "10.0.0.2", origin: undefined }]);
  });

  it("is accepted by a hook that answers while it waits", async () => {
    let accept!: () => void;
    const bench = new Bench({ onHandshake: () => new Promise<void>((resolve) => (accept = resolve)) });
    const events = told(bench);
    const peer = await bench.proved();
    peer.say(["open"]);
    await lose(peer);
    accept();
    await peer.heard.turns();
    await (await back(bench, peer)).answer("ready");
    expect(events).toEqual(["accepted false", "resumed true"]);
  });

  it("ends with the daemon, which keeps nothing of it", async () => {
    const bench = new Bench();
    await lose(await bench.member());
    await bench.daemon.close({ graceMs: 1_000 });
    expect(bench.closed).toHaveLength(1);
    expect([bench.daemon.sessions.size, bench.clock.pendingTimers]).toEqual([0, 0]);
  });

  it("is written to the audit trail: when it was lost and why, and who is back", async () => {
    const lines: string[] = [];
    const bench = new Bench({ audit: (line) => lines.push(line) });
    const peer = await bench.member();
    await lose(peer);
    await back(bench, peer, {}, { remoteAddress: "10.0.0.2" });
    const [, detached, resumed] = lines.map((line) => JSON.parse(line) as object);
    const { sessionId } = bench.accepted[0]!;
    expect(detached).toMatchObject({ event: "detached", sessionId, reason: expect.stringContaining("lost") });
    expect(resumed).toMatchObject({ event: "resumed", sessionId, principal: "key:ann", remoteAddress: "10.0.0.2" });
  });
});

describe("the credential of a session", () => {
  const ticketBench = (): Bench => new Bench({ keys: new KeyRing([root]) });

  it("closes its line when it has expired; the session waits, and goes on by a fresh one", async () => {
    const bench = ticketBench();
    const events = told(bench);
    const peer = await bench.member(byTicket(bench, { lifetimeMs: 10_000 }));
    await bench.clock.advance(40_000);
    peer.say();
    await bench.clock.advance(29_999);
    expect(peer.heard.closings).toEqual([]);
    await bench.clock.advance(1);
    expect(await peer.heard.closed_).toMatchObject({ code: 4401, reason: "" });
    expect(peer.messages().some(([name]) => name === "bye")).toBe(false);
    const next = await back(bench, peer, byTicket(bench));
    next.say(call(1));
    await next.answer("ok", 1);
    expect(events).toEqual(["accepted true", "detached false", "resumed true"]);
  });

  it("that expires while the session waits takes nothing of its window", async () => {
    const bench = ticketBench();
    const peer = await bench.member(byTicket(bench, { lifetimeMs: 10_000 }));
    await lose(peer);
    await bench.clock.advance(WINDOW_MS - 1);
    const late = bench.peer();
    late.transport.send(bench.handshake({ ...byTicket(bench, { subject: "zoe" }), resume: peer.established }).hello);
    await late.heard.count(1);
    expect(bench.closed).toEqual([]);
  });

  it("ends it when it is taken back, without a line too; a peer that has another one hears so", async () => {
    const [january, february] = ["2026-01", "2026-02"].map((id) => Key.generate({ id, subject: "ann" }));
    const bench = new Bench({ keys: new KeyRing([january!, february!]) });
    const peer = await bench.member({ credential: { method: 1, key: january! } });
    const other = await bench.member({ credential: { method: 1, key: february! } });
    await lose(peer);
    await lose(other);
    bench.keys.remove("2026-01");
    expect(bench.closed.map(([, error]) => error?.message)).toEqual(['the key "2026-01" is no longer accepted']);
    const next = await back(bench, peer, { credential: { method: 1, key: february! } });
    expect(await next.answer("bye")).toMatchObject({ 1: "revoked" });
    await back(bench, other, { credential: { method: 1, key: february! } });
  });

  it("that was replaced may be taken back", async () => {
    const [january, february] = ["2026-01", "2026-02"].map((id) => Key.generate({ id, subject: "ann" }));
    const bench = new Bench({ keys: new KeyRing([january!, february!]) });
    const peer = await bench.member({ credential: { method: 1, key: january! } });
    await lose(peer);
    const next = await back(bench, peer, { credential: { method: 1, key: february! } });
    bench.keys.remove("2026-01");
    await lose(next);
    await back(bench, next, { credential: { method: 1, key: february! } });
    expect(bench.closed).toEqual([]);
  });

  it("of a ticket that is denied ends it without a line", async () => {
    const bench = ticketBench();
    await lose(await bench.member(byTicket(bench)));
    bench.daemon.deniedTickets.denySubject("zoe");
    expect(bench.closed).toMatchObject([[{ isAttached: false }, { message: "the ticket is no longer accepted" }]]);
  });

  it("is looked at again when WELCOME had to wait", async () => {
    const bench = ticketBench();
    let peer = await bench.member(byTicket(bench));
    for (let round = 0; round < 3; round++) peer = await back(bench, peer, byTicket(bench));
    const next = bench.peer();
    next.transport.send(bench.handshake({ ...byTicket(bench), resume: peer.established }).hello);
    await next.heard.turns();
    bench.daemon.deniedTickets.denySubject("zoe");
    await bench.clock.advance(1_000);
    expect(await next.heard.closed_).toMatchObject({ code: 4401 });
    expect(next.heard.frames).toEqual([]);
  });
});

describe("the limits of sessions without a line", () => {
  const bob = Key.generate({ id: "bob" });
  const asBob = { credential: { method: 1, key: bob } } as const;
  const benchOf = (limits: NonNullable<ConstructorParameters<typeof Bench>[0]>["limits"]): Bench => {
    const bench = new Bench({ limits });
    bench.keys.add(bob);
    return bench;
  };

  it("are 64 for one principal: with the next the oldest ends, of which nothing is kept", async () => {
    const bench = benchOf({});
    const peers: RawPeer[] = [];
    for (let one = 0; one < 65; one++) {
      peers.push(await bench.member());
      await lose(peers.at(-1)!);
    }
    expect(bench.closed).toMatchObject([
      [
        { sessionId: bench.accepted[0]!.sessionId },
        { code: "HW_SESSION_LOST", message: expect.stringContaining("64") },
      ],
    ]);
    expect((await bench.resuming(peers[0]!)).established.isResumed).toBe(false);
    await back(bench, peers[1]!);
  });

  it("can be set, and leave other principals alone", async () => {
    const bench = benchOf({ maxDetachedPerPrincipal: 1 });
    const others = await bench.member(asBob);
    await lose(others);
    const [first, second] = [await bench.member(), await bench.member()];
    await lose(first);
    await lose(second);
    expect(bench.closed).toHaveLength(1);
    await back(bench, second);
    await back(bench, others, asBob);
  });

  it("don't count who is back", async () => {
    const bench = benchOf({ maxDetachedPerPrincipal: 1 });
    const first = await bench.member();
    await lose(first);
    const next = await back(bench, first);
    await lose(await bench.member());
    next.say(call(1));
    await next.answer("ok", 1);
    expect(bench.closed).toEqual([]);
  });

  it("let a new session take the place of the oldest of them, and refuse it when all have lines", async () => {
    const bench = benchOf({ maxSessions: 2 });
    const [first] = [await bench.member(), await bench.member(asBob)];
    await lose(first);
    await bench.member(asBob);
    expect(bench.closed).toMatchObject([[{ sessionId: bench.accepted[0]!.sessionId }, { code: "HW_SESSION_LOST" }]]);
    const third = await bench.proved();
    third.say(["open"]);
    expect(await third.answer("refused")).toMatchObject(["refused", { code: "HW_LIMIT" }]);
    expect(bench.daemon.sessions.size).toBe(2);
  });

  it("let a new session take the place of its own principal's before that of others", async () => {
    const bench = benchOf({ maxSessions: 2 });
    const [others, own] = [await bench.member(asBob), await bench.member()];
    await lose(others);
    await lose(own);
    await bench.member();
    expect(bench.closed.map(([{ principal }]) => principal.id)).toEqual(["key:ann"]);
    await bench.member();
    expect(bench.closed.map(([{ principal }]) => principal.id)).toEqual(["key:ann", "key:bob"]);
  });

  it("count them among the principal's own, of which the oldest makes room for a new one", async () => {
    const bench = benchOf({ maxSessionsPerPrincipal: 1 });
    const [first, others] = [await bench.member(), await bench.member(asBob)];
    await lose(others);
    await lose(first);
    const second = await bench.member();
    expect(bench.closed.map(([{ principal }]) => principal.id)).toEqual(["key:ann"]);
    const third = await bench.proved();
    third.say(["open"]);
    expect(await third.answer("refused")).toMatchObject(["refused", { code: "HW_LIMIT" }]);
    second.say(call(1));
    await second.answer("ok", 1);
    await back(bench, others, asBob);
  });

  it("leave running calls counted until they end", async () => {
    let finish!: () => void;
    const shop = { wait: () => new Promise<void>((resolve) => (finish = resolve)) };
    const bench = new Bench({ objects: { shop }, limits: { maxCallsPerPrincipal: 1 } });
    const [peer, again] = [await bench.member(), await bench.member()];
    peer.say(["call", 1, "shop", "wait", { json: [] }]);
    await lose(peer);
    again.say(["call", 1, "shop", "wait", { json: [] }]);
    expect(await again.answer("err", 1)).toMatchObject(["err", 1, { code: "HW_LIMIT" }]);
    finish();
    await again.heard.turns();
    again.say(["call", 2, "shop", "wait", { json: [] }]);
    await again.heard.turns();
    expect(again.messages().filter(([name]) => name === "err")).toHaveLength(1);
  });

  it("give all of it back: no session, no timer, no place in a table is left of 300 losses", async () => {
    const bench = benchOf({});
    const enter = vi.spyOn(DetachedSessions.prototype, "enter");
    const add = vi.spyOn(SessionTable.prototype, "add");
    for (let round = 0; round < 300; round++) {
      const peer = await bench.member();
      peer.transport.destroy();
      await bench.clock.advance(0);
      if (round % 3 === 0) {
        const next = await bench.resuming(peer);
        next.transport.send(next.confirm);
        next.say(["bye", "done", "", 1]);
      }
      if (round % 3 === 1) void bench.accepted.at(-1)!.close();
    }
    const [detached] = enter.mock.contexts as DetachedSessions[];
    const [table] = add.mock.contexts as SessionTable[];
    for (const spy of [enter, add]) spy.mockRestore();
    expect(table!.size).toBeGreaterThan(0);
    await bench.clock.advance(2 * WINDOW_MS);
    expect([bench.daemon.sessions.size, bench.clock.pendingTimers]).toEqual([0, 0]);
    expect([table!.size, detached!.size, detached!.heldBytes]).toEqual([0, 0, 0]);
    expect(bench.closed).toHaveLength(300);
  });
});
