import { describe, expect, it } from "vitest";
import { ClientHandshake } from "../../src/auth/client-handshake.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicketAt, type TicketOptions } from "../../src/auth/ticket.js";
import { callContext } from "../../src/objects/call-context.js";
import { frameBody } from "../../src/wire/body.js";
import { FrameType } from "../../src/wire/constants.js";
import { readHeader, writeHeader } from "../../src/wire/frame.js";
import { Bench, type RawPeer } from "./raw-peer.js";

const root = Key.generate({ id: "root", use: "mint" });

function ticketBench(): Bench {
  const shop = {
    buy: (item: string) => `bought ${item}`,
    address: () => callContext().remoteAddress ?? "none",
  };
  return new Bench({ keys: new KeyRing([root]), objects: { shop, vault: { open: () => "gold" } } });
}

const byTicket = (bench: Bench, options: Partial<TicketOptions> = {}) =>
  ({
    credential: { method: 2, ticket: mintTicketAt(bench.clock.now(), { subject: "zoe", ...options, keys: root }) },
  }) as const;

async function buy(peer: RawPeer, id: number): Promise<unknown> {
  peer.say(["call", id, "shop", "buy", { json: ["milk"] }]);
  return (await peer.answer("ok", id))[2];
}

describe("a daemon whose peer goes on over another channel", () => {
  it("changes nothing of the session until CONFIRM, and then closes the old channel with 4409", async () => {
    const bench = new Bench();
    const old = await bench.member();
    const next = await bench.resuming(old);
    expect(next.established).toMatchObject({ isResumed: true, peerAck: 1 });
    expect(await buy(old, 1)).toEqual({ json: "bought milk" });
    expect(next.heard.frames).toHaveLength(1);
    next.goOnFrom(old);
    next.transport.send(next.confirm);
    expect(await old.heard.closed_).toMatchObject({ code: 4409 });
    expect(await buy(next, 2)).toEqual({ json: "bought milk" });
    expect(bench.accepted).toHaveLength(1);
    expect(bench.refusals).toEqual([]);
  });

  it("says so once CONFIRM has come", async () => {
    const bench = new Bench();
    const renewed: string[] = [];
    bench.daemon.on("renewed", ({ sessionId }) => renewed.push(sessionId));
    const old = await bench.member();
    const next = await bench.resuming(old);
    expect(renewed).toEqual([]);
    next.transport.send(next.confirm);
    await old.heard.closed_;
    expect(renewed).toEqual([bench.accepted[0]!.sessionId]);
  });

  it("sends again what the peer lacks, oldest first, under the new keys, and takes no frame twice", async () => {
    const bench = new Bench();
    const old = await bench.member();
    const next = await bench.resuming(old);
    old.say(["call", 1, "shop", "buy", { json: ["a"] }]);
    old.say(["call", 2, "shop", "buy", { json: ["b"] }]);
    await old.answer("ok", 2);
    // Both answers were in one frame, of which the peer has not heard; its own two frames go out again.
    next.transport.send(next.confirm);
    next.say(["call", 1, "shop", "buy", { json: ["a"] }]);
    next.say(["call", 2, "shop", "buy", { json: ["b"] }]);
    next.say(["call", 3, "shop", "buy", { json: ["c"] }]);
    await next.answer("ok", 3);
    expect(
      next
        .messages()
        .filter(([name]) => name === "ok")
        .map(([, id]) => id),
    ).toEqual([1, 2, 3]);
    expect(next.heard.frames.slice(1).map((frame) => readHeader(frame).seq)).toEqual([2, 3]);
    expect(bench.ran).toEqual(["buy a", "buy b", "buy c"]);
  });

  it("renews as often as it likes: the resume key is that of the first handshake", async () => {
    const bench = new Bench();
    const first = await bench.member();
    let last = first;
    for (let round = 0; round < 3; round++) {
      const next = await bench.resuming(last, { resume: first.established });
      expect(next.established.isResumed).toBe(true);
      next.transport.send(next.confirm);
      await last.heard.closed_;
      last = next;
    }
    expect(await buy(last, 1)).toEqual({ json: "bought milk" });
  });

  // 17 renewals in 5 s copied and signed 30 MB of unacknowledged answers each, and 500 events came in 0.3 s.
  it("may not go on more than 3 times at once, and then once a second: sooner WELCOME waits", async () => {
    const bench = new Bench();
    let renewals = 0;
    bench.daemon.on("renewed", () => (renewals += 1));
    const first = await bench.member();
    let last = first;
    /** How long a move takes: until WELCOME came, in ms. */
    const move = async (): Promise<number> => {
      const startMs = bench.clock.now();
      const next = bench.peer();
      const greeted = next.greet(bench.handshake({ resume: first.established }));
      await next.heard.turns();
      while (next.heard.frames.length === 0) await bench.clock.advance(1);
      await greeted;
      expect(next.established.isResumed).toBe(true);
      const tookMs = bench.clock.now() - startMs;
      next.goOnFrom(last);
      next.transport.send(next.confirm);
      await last.heard.closed_;
      last = next;
      return tookMs;
    };
    expect([await move(), await move(), await move()]).toEqual([0, 0, 0]);
    expect(await move()).toBe(1_000);
    await bench.clock.advance(400);
    expect(await move()).toBe(600);
    await bench.clock.advance(10_000);
    expect([await move(), await move(), await move(), await move()]).toEqual([0, 0, 0, 1_000]);
    expect(renewals).toBe(9);
    expect(await buy(last, 1)).toEqual({ json: "bought milk" });
  });

  it("counts CONFIRMs, not HELLOs: of many handshakes at once 3 are taken, and the next ones leave the channel alone", async () => {
    const bench = new Bench();
    const old = await bench.member();
    const pending: RawPeer[] = [];
    for (let one = 0; one < 6; one++) pending.push(await bench.resuming(old));
    expect(pending.map(({ established }) => established.isResumed)).toEqual(Array(6).fill(true));
    for (const peer of pending) {
      peer.transport.send(peer.confirm);
      await bench.clock.advance(0);
    }
    const codes = pending.map(({ heard }) => heard.closings[0]?.code);
    expect(codes).toEqual([4409, 4409, undefined, 4429, 4429, 4429]);
    expect(bench.refusals.map(({ reason }) => reason)).toEqual(
      Array(3).fill("the session went on over other connections too often"),
    );
    expect(await buy(pending[2]!, 1)).toEqual({ json: "bought milk" });
  });

  it("closes handshakes whose WELCOME is older with 4409, and leaves a newer one alone", async () => {
    const bench = new Bench();
    const old = await bench.member();
    const [older, middle, newer] = [await bench.resuming(old), await bench.resuming(old), await bench.resuming(old)];
    middle.transport.send(middle.confirm);
    expect(await older.heard.closed_).toMatchObject({ code: 4409, reason: "" });
    expect(newer.heard.closings).toEqual([]);
    older.transport.send(older.confirm);
    expect(await buy(middle, 1)).toEqual({ json: "bought milk" });
    newer.goOnFrom(middle);
    newer.transport.send(newer.confirm);
    expect(await middle.heard.closed_).toMatchObject({ code: 4409 });
    expect(await buy(newer, 2)).toEqual({ json: "bought milk" });
    expect(bench.refusals).toEqual([
      {
        remoteAddress: "10.0.0.1",
        keyId: "ann",
        keyFingerprint: bench.key.fingerprint,
        reason: "the peer went on with its session over a newer connection",
      },
    ]);
  });

  it("leaves handshakes of other sessions alone", async () => {
    const bench = new Bench();
    const [ours, theirs] = [await bench.member(), await bench.member()];
    const waiting = await bench.resuming(theirs);
    const next = await bench.resuming(ours);
    next.transport.send(next.confirm);
    await ours.heard.closed_;
    waiting.transport.send(waiting.confirm);
    expect(await theirs.heard.closed_).toMatchObject({ code: 4409 });
  });

  it("hears the old channel no more", async () => {
    const bench = new Bench();
    const old = await bench.member();
    const next = await bench.resuming(old);
    next.transport.send(next.confirm);
    old.say(["call", 1, "shop", "buy", { json: ["late"] }]);
    expect(await buy(next, 1)).toEqual({ json: "bought milk" });
    expect(bench.ran).toEqual(["buy milk"]);
  });

  it.each([
    ["an ack above what was sent", 9],
    ["an ack that is one above what was sent", 2],
  ])("ends the session for a CONFIRM with %s", async (_, ack) => {
    const bench = new Bench();
    const old = await bench.member();
    const next = await bench.resuming(old);
    const confirm = next.confirm.slice();
    writeHeader(confirm, { type: FrameType.CONFIRM, ack, seq: 0 });
    next.established.sendMac.sign(confirm);
    next.transport.send(confirm);
    expect(await next.answer("bye")).toMatchObject({ 1: "protocol" });
    expect(bench.daemon.sessions.size).toBe(0);
  });

  it("closes a channel whose first frame is beyond the next one", async () => {
    const bench = new Bench();
    const old = await bench.member();
    const next = await bench.resuming(old);
    next.transport.send(next.confirm);
    const frame = frameBody("[]", []);
    writeHeader(frame, { type: FrameType.DATA, ack: 1, seq: 3 });
    next.established.sendMac.sign(frame);
    next.transport.send(frame);
    expect(await next.heard.closed_).toMatchObject({ code: 4400 });
  });

  it("refuses a peer whose session ended before its CONFIRM came", async () => {
    const bench = new Bench();
    const old = await bench.member();
    const next = await bench.resuming(old);
    old.say(["bye", "done", "", 1]);
    await bench.clock.advance(0);
    next.transport.send(next.confirm);
    expect(await next.heard.closed_).toMatchObject({ code: 4401, reason: "" });
    expect(bench.refusals.at(-1)?.reason).toBe("the session ended before the peer could go on with it");
  });

  it("keeps a session that goes on counted once", async () => {
    const bench = new Bench({ limits: { maxSessions: 1 } });
    const old = await bench.member();
    const next = await bench.resuming(old);
    next.transport.send(next.confirm);
    expect(await buy(next, 1)).toEqual({ json: "bought milk" });
    expect(bench.daemon.sessions.size).toBe(1);
  });

  it("lets a peer off the limits for strangers each time", async () => {
    const bench = new Bench();
    let proofs = 0;
    const facts = { remoteAddress: "10.0.0.1", onAuthenticated: () => (proofs += 1) };
    const old = await bench.member({}, facts);
    const next = await bench.resuming(old, {}, facts);
    expect(proofs).toBe(1);
    next.transport.send(next.confirm);
    await old.heard.closed_;
    expect(proofs).toBe(2);
  });

  it("lets sessions take turns that have much to send again at once", async () => {
    const bench = new Bench({ objects: { shop: { large: () => new Uint8Array(60 * 1024) } } });
    const order: string[] = [];
    const nexts: RawPeer[] = [];
    for (const name of ["a", "b", "c"]) {
      const old = await bench.member();
      for (let id = 1; id <= 10; id++) old.say(["call", id, "shop", "large", { json: [] }]);
      await old.answer("ok", 10);
      const next = await bench.resuming(old);
      next.heard.frame = () => void order.push(name);
      nexts.push(next);
    }
    for (const next of nexts) next.transport.send(ClientHandshake.confirm(next.established, 1));
    await bench.clock.advance(0);
    expect(order.join("")).toBe("aaaaaaaaaabbbbbcccccbbbbbccccc");
  });
});

describe("the credential of a channel that takes over", () => {
  it("says what is allowed from then on, and not before", async () => {
    const bench = ticketBench();
    const old = await bench.member(byTicket(bench, { scope: { objects: ["shop"] } }));
    const next = await bench.resuming(old, byTicket(bench, { scope: { objects: ["vault"] } }));
    old.say(["call", 1, "vault", "open", { json: [] }]);
    expect(await old.answer("err", 1)).toMatchObject(["err", 1, { code: "HW_NO_SUCH_OBJECT" }]);
    next.goOnFrom(old);
    next.transport.send(next.confirm);
    next.say(["call", 2, "vault", "open", { json: [] }], ["call", 3, "shop", "buy", { json: ["milk"] }]);
    expect(await next.answer("ok", 2)).toMatchObject(["ok", 2, { json: "gold" }]);
    expect(await next.answer("err", 3)).toMatchObject(["err", 3, { code: "HW_NO_SUCH_OBJECT" }]);
  });

  it("says until when the session lasts", async () => {
    const bench = ticketBench();
    const old = await bench.member(byTicket(bench, { lifetimeMs: 60_000 }));
    await bench.clock.advance(30_000);
    const next = await bench.resuming(old, byTicket(bench, { lifetimeMs: 600_000 }));
    next.transport.send(next.confirm);
    for (let minute = 0; minute < 10; minute++) {
      // Else nobody is heard, and the channel is given up.
      for (let beat = 0; beat < 4; beat++) {
        await bench.clock.advance(15_000);
        next.say();
      }
    }
    expect(bench.closed).toEqual([]);
    expect(next.heard.closings).toEqual([]);
    for (let beat = 0; beat < 4; beat++) {
      await bench.clock.advance(15_000);
      if (next.heard.closings.length === 0) next.say();
    }
    expect(next.heard.closings).toMatchObject([{ code: 4401 }]);
  });

  it("is the one whose key's removal ends the session; that of the old key does not", async () => {
    const bench = new Bench();
    const [january, february] = ["2026-01", "2026-02"].map((id) => Key.generate({ id, subject: "ann" }));
    bench.keys.add(january!).add(february!);
    const old = await bench.member({ credential: { method: 1, key: january! } });
    const next = await bench.resuming(old, { credential: { method: 1, key: february! } });
    next.transport.send(next.confirm);
    bench.clock.advance(0);
    await old.heard.closed_;
    bench.keys.remove("2026-01");
    expect(await buy(next, 1)).toEqual({ json: "bought milk" });
    bench.keys.remove("2026-02");
    expect(await next.answer("bye")).toMatchObject({ 1: "revoked" });
    expect(bench.closed[0]?.[1]?.message).toContain('"2026-02"');
  });

  it("is not the session's before CONFIRM: the old key's removal ends it", async () => {
    const bench = new Bench();
    const [january, february] = ["2026-01", "2026-02"].map((id) => Key.generate({ id, subject: "ann" }));
    bench.keys.add(january!).add(february!);
    const old = await bench.member({ credential: { method: 1, key: january! } });
    const next = await bench.resuming(old, { credential: { method: 1, key: february! } });
    bench.keys.remove("2026-01");
    expect(await old.answer("bye")).toMatchObject({ 1: "revoked" });
    next.transport.send(next.confirm);
    expect(await next.answer("bye")).toMatchObject({ 1: "revoked" });
    expect(await next.heard.closed_).toMatchObject({ code: 1000 });
  });

  it("leaves the principal as it was, and tells calls and the program where the peer is now", async () => {
    const bench = ticketBench();
    const old = await bench.member(byTicket(bench), { remoteAddress: "10.0.0.1", origin: "https://a.example" });
    const next = await bench.resuming(old, byTicket(bench), { remoteAddress: "10.0.0.2" });
    next.transport.send(next.confirm);
    next.say(["call", 1, "shop", "address", { json: [] }]);
    expect(await next.answer("ok", 1)).toMatchObject(["ok", 1, { json: "10.0.0.2" }]);
    expect(bench.accepted[0]).toMatchObject({ principal: { id: "ticket:root/zoe" }, remoteAddress: "10.0.0.2" });
    expect(bench.accepted[0]?.origin).toBeUndefined();
  });

  it("is not said to be renewed when its CONFIRM has ended the session", async () => {
    const events: string[] = [];
    const bench = new Bench({ audit: (_, { event }) => events.push(event) });
    const next = await bench.resuming(await bench.member());
    next.transport.send(ClientHandshake.confirm(next.established, 9_999));
    await next.heard.closed_;
    expect(events).toEqual(["accepted", "closed"]);
  });
});
