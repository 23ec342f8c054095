import { describe, expect, it } from "vitest";
import { Key, type KeyOptions } from "../../src/auth/key.js";
import { type KeyProvider, KeyRing } from "../../src/auth/key-ring.js";
import { CLOCK_SKEW_MS } from "../../src/auth/validity.js";
import { mintTicketAt, type TicketOptions } from "../../src/auth/ticket.js";
import { TicketDenyList } from "../../src/auth/ticket-deny-list.js";
import { checkServeOptions } from "../../src/node/check-serve-options.js";
import { Bench, type RawPeer } from "./raw-peer.js";

const bob = Key.generate({ id: "bob" });
const root = Key.generate({ id: "root", use: "mint" });
const asBob = { credential: { method: 1, key: bob } } as const;
const byTicket = (bench: Bench, options: Partial<TicketOptions> = {}) => ({
  credential: {
    method: 2 as const,
    ticket: mintTicketAt(bench.clock.now(), { subject: "zoe", ...options, keys: root }),
  },
});

/** A provider that answers when the test says so. */
function slowProvider() {
  const answers: ((key: Key | undefined) => void)[] = [];
  const find: KeyProvider = () => new Promise((resolve) => answers.push(resolve));
  return { find, answers };
}

/** With which word the daemon ends a session. */
const farewell = async (peer: RawPeer): Promise<unknown> => (await peer.answer("bye"))[1];

const TURNED_AWAY = { code: 4401, reason: "" };

describe("a key that is removed", () => {
  it("ends the sessions that it proved, and no others", async () => {
    const bench = new Bench({ keys: new KeyRing([bob, root]) });
    const [mine, others] = [await bench.member(asBob), await bench.member(byTicket(bench))];
    bench.keys.remove("bob");
    expect(await farewell(mine)).toBe("revoked");
    await others.heard.turns();
    expect(others.heard.closings).toEqual([]);
    expect([...bench.daemon.sessions.values()].map(({ principal }) => principal.id)).toEqual(["ticket:root/zoe"]);
  });

  it("ends the sessions of the tickets that were minted with it", async () => {
    const bench = new Bench({ keys: new KeyRing([root]) });
    const peer = await bench.member(byTicket(bench));
    bench.keys.remove("root");
    expect(await farewell(peer)).toBe("revoked");
  });

  it("ends sessions whose key a provider gave", async () => {
    const bench = new Bench({ keys: new KeyRing([], { find: async (id) => (id === "bob" ? bob : undefined) }) });
    const peer = await bench.member(asBob);
    bench.keys.remove("bob");
    expect(await farewell(peer)).toBe("revoked");
  });

  it("ends its sessions too while the daemon closes and waits for their calls", async () => {
    const endless = { wait: () => new Promise<never>(() => undefined), buy: () => "bought" };
    const bench = new Bench({ keys: new KeyRing([bob]), objects: { shop: endless } });
    const peer = await bench.member(asBob);
    peer.say(["call", 1, "shop", "wait", { json: [] }]);
    await peer.heard.turns();
    const closed = bench.daemon.close({ graceMs: 3_600_000 });
    await peer.answer("drain");
    bench.keys.remove("bob");
    expect(await farewell(peer)).toBe("revoked");
    await closed;
  });

  it("turns a peer away that has not sent CONFIRM yet", async () => {
    const bench = new Bench({ keys: new KeyRing([bob]) });
    const peer = bench.peer();
    await peer.greet(bench.handshake(asBob));
    bench.keys.remove("bob");
    expect(await peer.heard.closed_).toMatchObject(TURNED_AWAY);
    expect(bench.refusals[0]?.reason).toBe('the key "bob" was removed from "keys"');
  });

  it("turns a peer away whose key is being looked for, and takes no answer that comes after", async () => {
    const { find, answers } = slowProvider();
    const bench = new Bench({ keys: new KeyRing([], { find }) });
    const peer = bench.peer();
    peer.transport.send(bench.handshake(asBob).hello);
    await peer.heard.turns();
    bench.keys.remove("bob");
    answers[0]!(bob);
    expect(await peer.heard.closed_).toMatchObject(TURNED_AWAY);
    await peer.heard.turns();
    expect(peer.heard.frames).toEqual([]);
  });
});

describe("a provider", () => {
  it("that is late leaves a peer refused as an unknown one, and its answer unused", async () => {
    const { find, answers } = slowProvider();
    const bench = new Bench({ keys: new KeyRing([], { find }) });
    const peer = bench.peer();
    peer.transport.send(bench.handshake(asBob).hello);
    await bench.clock.advance(999);
    expect(peer.heard.closings).toEqual([]);
    await bench.clock.advance(1);
    expect(await peer.heard.closed_).toMatchObject(TURNED_AWAY);
    answers[0]!(bob);
    await peer.heard.turns();
    expect(peer.heard.frames).toEqual([]);
    expect(bench.refusals[0]?.reason).toContain("within 1000 ms");
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it("is asked while a peer that leaves is forgotten", async () => {
    const { find, answers } = slowProvider();
    const bench = new Bench({ keys: new KeyRing([], { find }) });
    const peer = bench.peer();
    peer.transport.send(bench.handshake(asBob).hello);
    await peer.heard.turns();
    peer.transport.destroy();
    await peer.heard.turns();
    answers[0]!(bob);
    await peer.heard.turns();
    expect(bench.refusals).toHaveLength(1);
    expect(bench.clock.pendingTimers).toBe(0);
  });
});

describe("validity", () => {
  const start = new Bench().clock.now();
  const at = (ms: number) => new Date(start + ms);
  const benchOf = (options: KeyOptions) => {
    const key = Key.from(bob.export(), { ...options, id: "bob" });
    return new Bench({ keys: new KeyRing([], { find: () => key }) });
  };

  it("closes a session's line with its key, a minute of skew later", async () => {
    const bench = benchOf({ notAfter: at(10_000) });
    const peer = await bench.member(asBob);
    await bench.clock.advance(30_000);
    peer.say(["pong", 1]);
    await bench.clock.advance(CLOCK_SKEW_MS - 20_000 - 1);
    expect(peer.heard.closings).toEqual([]);
    await bench.clock.advance(1);
    expect(await peer.heard.closed_).toMatchObject(TURNED_AWAY);
    expect(bench.accepted[0]).toMatchObject({ isAttached: false });
  });

  it.each<[string, KeyOptions, boolean]>([
    ["that begins within a minute", { notBefore: at(CLOCK_SKEW_MS) }, true],
    ["that begins later", { notBefore: at(CLOCK_SKEW_MS + 1) }, false],
    ["that ended within a minute", { notAfter: at(-CLOCK_SKEW_MS) }, true],
    ["that ended before", { notAfter: at(-CLOCK_SKEW_MS - 1) }, false],
  ])("lets a key %s in: %3$s", async (_, options, isAccepted) => {
    const bench = benchOf(options);
    if (isAccepted) await bench.member(asBob);
    else {
      const peer = bench.peer();
      peer.transport.send(bench.handshake(asBob).hello);
      expect(await peer.heard.closed_).toMatchObject(TURNED_AWAY);
      expect(bench.refusals[0]?.reason).toContain('"notBefore" and "notAfter"');
    }
  });
});

describe("a ticket that is denied", () => {
  it("ends its session, and no other of its subject", async () => {
    const deniedTickets = new TicketDenyList({ nowMs: () => 0 });
    const bench = new Bench({ keys: new KeyRing([root]), deniedTickets });
    const [first, second] = [byTicket(bench), byTicket(bench)];
    const [mine, others] = [await bench.member(first), await bench.member(second)];
    deniedTickets.deny(first.credential.ticket.payload);
    expect(await farewell(mine)).toBe("revoked");
    await others.heard.turns();
    expect(others.heard.closings).toEqual([]);
  });

  it("proves nobody any more, and looks as any other refusal", async () => {
    const bench = new Bench({ keys: new KeyRing([root]) });
    const ticket = byTicket(bench);
    bench.daemon.deniedTickets.deny(ticket.credential.ticket);
    const peer = bench.peer();
    peer.transport.send(bench.handshake(ticket).hello);
    expect(await peer.heard.closed_).toMatchObject(TURNED_AWAY);
    expect(bench.refusals[0]?.reason).toBe('ticket: it is denied by "deniedTickets"');
    await bench.member(byTicket(bench));
  });

  it("turns a peer away that has not sent CONFIRM yet", async () => {
    const bench = new Bench({ keys: new KeyRing([root]) });
    const peer = bench.peer();
    await peer.greet(bench.handshake(byTicket(bench)));
    bench.daemon.deniedTickets.denySubject("zoe");
    expect(await peer.heard.closed_).toMatchObject(TURNED_AWAY);
    expect(bench.refusals[0]?.reason).toContain('the tickets of "zoe" issued until then are denied');
  });

  it("of a subject ends all its sessions, and lets in whom a later ticket proves", async () => {
    const bench = new Bench({ keys: new KeyRing([root, bob]) });
    const peers = [await bench.member(byTicket(bench)), await bench.member(byTicket(bench))];
    const others = [await bench.member(byTicket(bench, { subject: "yan" })), await bench.member(asBob)];
    bench.daemon.deniedTickets.denySubject("zoe");
    for (const peer of peers) expect(await farewell(peer)).toBe("revoked");
    for (const peer of others) {
      await peer.heard.turns();
      expect(peer.heard.closings).toEqual([]);
    }
    await bench.clock.advance(1);
    await bench.member(byTicket(bench));
  });

  it("is looked for no longer by a daemon that has closed", async () => {
    const deniedTickets = new TicketDenyList();
    const bench = new Bench({ keys: new KeyRing([root]), deniedTickets });
    await bench.daemon.close();
    deniedTickets.denySubject("zoe");
    expect(bench.refusals).toEqual([]);
  });

  it.each([{}, new Set(), "zoe"])("is listed by a TicketDenyList alone: %j", (deniedTickets) => {
    expect(() => checkServeOptions({ deniedTickets: deniedTickets as never })).toThrow('"deniedTickets" must be');
    expect(() => checkServeOptions({ deniedTickets: new TicketDenyList() })).not.toThrow();
  });
});

describe("a line that others can read", () => {
  const passphraseKey = Key.from(bob.export(), { id: "bob", requireTls: true });
  it("is no place for a key with requireTls", async () => {
    const bench = new Bench({ keys: new KeyRing([passphraseKey]) });
    const peer = bench.peer({ remoteAddress: "192.0.2.9", isExposed: true });
    peer.transport.send(bench.handshake(asBob).hello);
    expect(await peer.heard.closed_).toMatchObject(TURNED_AWAY);
    expect(bench.refusals[0]?.reason).toMatch(/the key "bob" has "requireTls".*serve with "tls"/);
    await bench.member(asBob, { remoteAddress: "127.0.0.1", isExposed: false });
  });

  it("takes other keys as ever", async () => {
    const bench = new Bench({ keys: new KeyRing([bob]) });
    await bench.member(asBob, { remoteAddress: "192.0.2.9", isExposed: true });
    expect(bench.accepted[0]?.principal.id).toBe("key:bob");
  });
});
