import { describe, expect, it } from "vitest";
import type { ClientHandshakeOptions } from "../../src/auth/client-handshake.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicketAt } from "../../src/auth/ticket.js";
import { messagePackSerializer } from "../../src/serializers/messagepack-serializer.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { Bench, type RawPeer } from "../daemon/raw-peer.js";

const MINUTE_MS = 60_000;

async function buys(peer: RawPeer, id: number): Promise<unknown> {
  peer.say(["call", id, "shop", "buy", { json: ["milk"] }]);
  return (await peer.answer("ok", id))[2];
}

describe("row 33", () => {
  it.each([
    [
      "ticket",
      (bench: Bench) =>
        ({
          method: 2,
          ticket: mintTicketAt(bench.clock.now(), { subject: "zoe", lifetimeMs: MINUTE_MS, keys: bench.keys }),
        }) as const,
    ],
    [
      "key",
      (bench: Bench) => {
        const key = Key.generate({ id: "short", notAfter: new Date(bench.clock.now() + MINUTE_MS) });
        bench.keys.add(key);
        return { method: 1, key } as const;
      },
    ],
  ])(
    "row 33: the line of a session that outlives its %s is closed at its end, 60 s of skew later",
    async (_, credential) => {
      const bench = new Bench({ keys: new KeyRing([Key.generate({ id: "root", use: "mint" })]) });
      const peer = await bench.member({ credential: credential(bench) });
      await bench.clock.advance(40_000);
      peer.say();
      await bench.clock.advance(40_000);
      peer.say();
      await bench.clock.advance(39_999);
      expect(peer.heard.closings).toEqual([]);
      await bench.clock.advance(1);
      expect(await peer.heard.closed_).toMatchObject({ code: 4401, reason: "" });
      expect(bench.closed).toEqual([]);
      await bench.clock.advance(120_000);
      expect(bench.closed[0]?.[1]).toMatchObject({
        code: "HW_SESSION_LOST",
        cause: expect.objectContaining({ code: "HW_CREDENTIALS_EXPIRED" }),
      });
    },
  );
});

describe("row 35", () => {
  const root = Key.generate({ id: "root", use: "mint" });
  const otherRoot = Key.generate({ id: "other-root", use: "mint" });
  const zoe = Key.generate({ id: "zoe" });
  const zoeAgain = Key.generate({ id: "zoe-2", subject: "zoe" });
  const mallory = Key.generate({ id: "mallory" });
  const asKey = (key: Key): Partial<ClientHandshakeOptions> => ({ credential: { method: 1, key } });
  const asTicket = (bench: Bench, keys: Key, subject: string): Partial<ClientHandshakeOptions> => ({
    credential: { method: 2, ticket: mintTicketAt(bench.clock.now(), { subject, keys }) },
  });
  const benchOf = (): Bench =>
    new Bench({
      keys: new KeyRing([root, otherRoot, zoe, zoeAgain, mallory]),
      serializers: [superjsonSerializer(), messagePackSerializer()],
    });

  /** Whether the session goes on when a peer asks for it so, and the live channel afterwards. */
  async function outcome(bench: Bench, old: RawPeer, options: Partial<ClientHandshakeOptions>): Promise<boolean> {
    const next = await bench.resuming(old, options);
    const { isResumed, sessionId, peerAck } = next.established;
    if (!isResumed) {
      expect(sessionId).not.toEqual(old.established.sessionId);
      expect(peerAck).toBe(0);
    }
    // Whatever it asked for, nothing has happened to the session.
    expect(await buys(old, 1)).toEqual({ json: "bought milk" });
    expect(old.heard.closings).toEqual([]);
    return isResumed;
  }

  it.each<[boolean, string, (bench: Bench) => [Partial<ClientHandshakeOptions>, Partial<ClientHandshakeOptions>]]>([
    [true, "the same key", () => [asKey(zoe), asKey(zoe)]],
    [true, "another key of the same subject", () => [asKey(zoe), asKey(zoeAgain)]],
    [false, "a key of another subject", () => [asKey(zoe), asKey(mallory)]],
    [
      true,
      "another ticket of the same subject",
      (bench) => [asTicket(bench, root, "zoe"), asTicket(bench, root, "zoe")],
    ],
    [false, "a ticket of another subject", (bench) => [asTicket(bench, root, "zoe"), asTicket(bench, root, "mallory")]],
    [
      false,
      "a ticket of that subject and another root",
      (bench) => [asTicket(bench, root, "zoe"), asTicket(bench, otherRoot, "zoe")],
    ],
    [false, "a ticket of the key's subject", (bench) => [asKey(zoe), asTicket(bench, root, "zoe")]],
    [false, "a key of the ticket's subject", (bench) => [asTicket(bench, root, "zoe"), asKey(zoe)]],
    [
      true,
      "a larger maxFrameBytes",
      () => [
        { ...asKey(zoe), maxFrameBytes: 32_768 },
        { ...asKey(zoe), maxFrameBytes: 65_536 },
      ],
    ],
    [
      false,
      "a smaller maxFrameBytes",
      () => [
        { ...asKey(zoe), maxFrameBytes: 65_536 },
        { ...asKey(zoe), maxFrameBytes: 65_535 },
      ],
    ],
    [true, "the session's serializer among others", () => [asKey(zoe), { ...asKey(zoe), serializers: [3, 1] }]],
    [false, "other serializers only", () => [asKey(zoe), { ...asKey(zoe), serializers: [3] }]],
  ])("row 35: resume goes on: %s, by %s", async (goesOn, _, options) => {
    const bench = benchOf();
    const [first, second] = options(bench);
    const old = await bench.member(first);
    expect(await outcome(bench, old, second)).toBe(goesOn);
  });

  it("row 35: resume without the session's key, or of an unknown session, gives a new session", async () => {
    const bench = benchOf();
    const old = await bench.member(asKey(zoe));
    const { established } = old;
    const forged = { ...established, resumeKey: new Uint8Array(32).fill(7) };
    const unknown = { ...established, sessionId: new Uint8Array(16).fill(7) };
    expect(await outcome(bench, old, { ...asKey(zoe), resume: forged })).toBe(false);
    const other = await bench.resuming(old, { ...asKey(zoe), resume: unknown });
    expect(other.established.isResumed).toBe(false);
  });

  it("row 35: the resume key of a later handshake proves nothing", async () => {
    const bench = benchOf();
    const old = await bench.member(asKey(zoe));
    const stranger = await bench.member(asKey(zoe));
    const { resumeKey } = stranger.established;
    expect(await outcome(bench, old, { ...asKey(zoe), resume: { ...old.established, resumeKey } })).toBe(false);
  });

  it("row 35: a resuming HELLO that is replayed gets a WELCOME and no more; the live channel goes on", async () => {
    const bench = benchOf();
    const old = await bench.member(asKey(zoe));
    const hello = bench.handshake({ ...asKey(zoe), resume: old.established }).hello;
    const attackers = [bench.peer(), bench.peer(), bench.peer()];
    for (const attacker of attackers) {
      attacker.transport.send(hello);
      await attacker.heard.count(1);
      // A recording of the live channel's frames is all that it can say.
      attacker.transport.send(old.confirm);
      expect(await attacker.heard.closed_).toMatchObject({ code: 4401, reason: "" });
      expect(attacker.heard.frames).toHaveLength(1);
    }
    expect(await buys(old, 1)).toEqual({ json: "bought milk" });
    expect(bench.closed).toEqual([]);
  });

  it("row 35: resume of a live session without CONFIRM ends after 5 s, and the live channel goes on", async () => {
    const bench = benchOf();
    const old = await bench.member(asKey(zoe));
    const next = await bench.resuming(old, asKey(zoe));
    await bench.clock.advance(4_999);
    expect(next.heard.closings).toEqual([]);
    expect(await buys(old, 1)).toEqual({ json: "bought milk" });
    await bench.clock.advance(1);
    expect(await next.heard.closed_).toMatchObject({ code: 4401, reason: "" });
    expect(next.heard.frames).toHaveLength(1);
    expect(await buys(old, 2)).toEqual({ json: "bought milk" });
    expect(bench.accepted).toHaveLength(1);
  });

  it("row 35: resume after the window gives a new session", async () => {
    const bench = benchOf();
    const old = await bench.member(asKey(zoe));
    old.transport.destroy();
    await bench.clock.advance(119_999);
    expect((await bench.resuming(old, asKey(zoe))).established.isResumed).toBe(true);
    await bench.clock.advance(1);
    expect(bench.closed).toHaveLength(1);
    const next = await bench.resuming(old, asKey(zoe));
    expect(next.established.isResumed).toBe(false);
  });

  it.each([
    [
      "a key that is not valid any more",
      (bench: Bench) =>
        asKey(
          Key.from(zoe.export(), {
            id: "zoe-late",
            subject: "zoe",
            notAfter: new Date(bench.clock.now() - 2 * MINUTE_MS),
          }),
        ),
      {},
    ],
    ["another audience", () => asKey(zoe), { audience: "ws://elsewhere.test" }],
  ])("row 35: every check is made for the new channel too: %s", async (_, credential, more) => {
    const bench = benchOf();
    const old = await bench.member(asKey(zoe));
    const options = credential(bench);
    if (options.credential?.method === 1 && bench.keys.find(options.credential.key.id) === undefined)
      bench.keys.add(options.credential.key);
    const next = bench.peer();
    next.transport.send(bench.handshake({ ...options, ...more, resume: old.established }).hello);
    expect(await next.heard.closed_).toMatchObject({ code: 4401, reason: "" });
    expect(await buys(old, 1)).toEqual({ json: "bought milk" });
  });
});
