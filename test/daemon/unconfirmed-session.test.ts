import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicketAt } from "../../src/auth/ticket.js";
import { UNCONFIRMED_MS } from "../../src/daemon/unconfirmed-session.js";
import { MAX_UNAUTHENTICATED } from "../../src/daemon/waiting-room.js";
import { Bench, type RawPeer } from "./raw-peer.js";

const root = Key.generate({ id: "root", use: "mint" });
const bob = Key.generate({ id: "bob" });

/** A peer that got WELCOME and has not said CONFIRM. */
async function greeted(bench: Bench, options: Parameters<Bench["handshake"]>[0] = {}): Promise<RawPeer> {
  const peer = bench.peer({});
  await peer.greet(bench.handshake(options));
  return peer;
}

async function buys(peer: RawPeer, id = 1): Promise<unknown> {
  peer.say(["open"], ["call", id, "shop", "buy", { json: ["milk"] }]);
  return (await peer.answer("ok", id))[2];
}

describe("a session that was not confirmed", () => {
  it("goes on over another line when CONFIRM was lost with the first, under the first one's resume key", async () => {
    const bench = new Bench();
    const first = await greeted(bench);
    first.transport.destroy();
    const second = await bench.resuming(first);
    expect(second.established).toMatchObject({
      isResumed: true,
      peerAck: 0,
      sessionId: first.established.sessionId,
      resumeKey: first.established.resumeKey,
    });
    expect(bench.accepted).toEqual([]);
    second.transport.send(second.confirm);
    expect(await buys(second)).toEqual({ json: "bought milk" });
    const third = await bench.resuming(second, { resume: first.established });
    expect(third.established.isResumed).toBe(true);
    third.transport.send(third.confirm);
    expect(await second.heard.closed_).toMatchObject({ code: 4409 });
    expect(bench.accepted).toHaveLength(1);
  });

  it("is there for 5 s, and leaves nothing behind", async () => {
    const bench = new Bench();
    const first = await greeted(bench);
    first.transport.destroy();
    await bench.clock.advance(UNCONFIRMED_MS - 1);
    const inTime = await bench.resuming(first);
    await bench.clock.advance(1);
    const late = await bench.resuming(first);
    expect([inTime.established.isResumed, late.established.isResumed]).toEqual([true, false]);
    // Its CONFIRM comes for nothing then.
    inTime.transport.send(inTime.confirm);
    expect(await inTime.heard.closed_).toMatchObject({ code: 4401, reason: "" });
    late.transport.destroy();
    await bench.clock.advance(UNCONFIRMED_MS);
    expect([bench.accepted, bench.clock.pendingTimers]).toEqual([[], 0]);
  });

  it("is one of 64: the oldest goes", async () => {
    const bench = new Bench();
    const peers: RawPeer[] = [];
    for (let one = 0; one <= MAX_UNAUTHENTICATED; one++) {
      peers.push(await greeted(bench));
      peers.at(-1)!.transport.destroy();
    }
    await bench.clock.advance(0);
    const [gone, oldest] = [await bench.resuming(peers[0]!), await bench.resuming(peers[1]!)];
    // The new session of the first took the place of the second.
    expect([gone.established.isResumed, oldest.established.isResumed]).toEqual([false, false]);
    expect((await bench.resuming(peers[3]!)).established.isResumed).toBe(true);
  });

  it("is confirmed by its own handshake also when others took its place", async () => {
    const bench = new Bench();
    const first = await greeted(bench);
    for (let one = 0; one <= MAX_UNAUTHENTICATED; one++) {
      const other = await greeted(bench);
      other.transport.destroy();
      await other.heard.turns();
    }
    first.transport.send(first.confirm);
    expect(await buys(first)).toEqual({ json: "bought milk" });
  });

  it("is the newer WELCOME's: the first handshake is closed with 4409, and its late CONFIRM is nothing", async () => {
    const bench = new Bench();
    const first = await greeted(bench);
    const second = await bench.resuming(first);
    expect(first.heard.closings).toEqual([]);
    second.transport.send(second.confirm);
    first.transport.send(first.confirm);
    expect(await buys(second)).toEqual({ json: "bought milk" });
    expect(await first.heard.closed_).toMatchObject({ code: 4409, reason: "" });
    expect(bench.accepted).toHaveLength(1);
  });

  it("is left to the second handshake when the first was confirmed meanwhile", async () => {
    const bench = new Bench();
    const first = await greeted(bench);
    const second = await bench.resuming(first);
    first.transport.send(first.confirm);
    first.say(["open"]);
    await first.answer("ready");
    second.goOnFrom(first);
    second.transport.send(second.confirm);
    expect(await first.heard.closed_).toMatchObject({ code: 4409 });
    second.say(["call", 1, "shop", "buy", { json: ["milk"] }]);
    expect(await second.answer("ok", 1)).toEqual(["ok", 1, { json: "bought milk" }]);
    expect(bench.accepted).toHaveLength(1);
  });

  it("is sent frames as large as its own handshake allows", async () => {
    const shop = { buy: () => "x".repeat(40_000) };
    const bench = new Bench({ objects: { shop } });
    const first = await greeted(bench, { maxFrameBytes: 32_768 });
    first.transport.destroy();
    const second = await bench.resuming(first, { maxFrameBytes: 65_536 });
    second.transport.send(second.confirm);
    second.say(["open"], ["call", 1, "shop", "buy", { json: [] }]);
    await second.answer("piece");
    const third = await bench.resuming(second, { resume: first.established, maxFrameBytes: 32_768 });
    expect(third.established.isResumed).toBe(true);
  });

  it("is not of another principal, nor of a wrong proof", async () => {
    const bench = new Bench();
    bench.keys.add(bob);
    const first = await greeted(bench);
    const stranger = await bench.resuming(first, { credential: { method: 1, key: bob } });
    const forged = { ...first.established, resumeKey: new Uint8Array(32).fill(1) };
    const guesser = await bench.resuming(first, { resume: forged });
    expect([stranger.established.isResumed, guesser.established.isResumed]).toEqual([false, false]);
    first.transport.send(first.confirm);
    expect(await buys(first)).toEqual({ json: "bought milk" });
  });

  it("is gone with its key, or its ticket", async () => {
    const again = Key.generate({ id: "bob-2", subject: "bob" });
    const bench = new Bench({ keys: new KeyRing([bob, again, root]) });
    const byTicket = () =>
      ({
        credential: { method: 2, ticket: mintTicketAt(bench.clock.now(), { subject: "zoe", keys: root }) },
      }) as const;
    const byKey = await greeted(bench, { credential: { method: 1, key: bob } });
    const ticketed = await greeted(bench, byTicket());
    for (const peer of [byKey, ticketed]) peer.transport.destroy();
    bench.keys.remove("bob");
    bench.daemon.deniedTickets.denySubject("zoe");
    await bench.clock.advance(1);
    const next = await bench.resuming(byKey, { credential: { method: 1, key: again } });
    const nextTicketed = await bench.resuming(ticketed, byTicket());
    expect([next.established.isResumed, nextTicketed.established.isResumed]).toEqual([false, false]);
  });

  it("is forgotten with the daemon", async () => {
    const bench = new Bench();
    (await greeted(bench)).transport.destroy();
    await bench.daemon.close();
    expect(bench.clock.pendingTimers).toBe(0);
  });
});
