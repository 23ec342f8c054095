import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicketAt } from "../../src/auth/ticket.js";
import { webSocketTransport } from "../../src/transport/websocket-transport.js";
import { writeHeader } from "../../src/wire/frame.js";
import { Bench, type RawPeer } from "./raw-peer.js";

const STRANGER = { remoteAddress: "10.0.0.66" };

/** A session that was open before and must not feel anything. */
async function withCanary(): Promise<{ bench: Bench; canary: RawPeer; stranger: RawPeer }> {
  const bench = new Bench();
  const canary = await bench.member();
  return { bench, canary, stranger: bench.peer(STRANGER) };
}

async function expectCanaryUnharmed(bench: Bench, canary: RawPeer): Promise<void> {
  expect(bench.ran).toEqual([]);
  expect(bench.accepted.length).toBe(1);
  canary.say(["call", 1, "shop", "buy", { json: ["candle"] }]);
  expect(await canary.answer("ok", 1)).toEqual(["ok", 1, { json: "bought candle" }]);
}

function withBitFlipped(frame: Uint8Array, at: number): Uint8Array {
  const copy = frame.slice();
  copy[at]! ^= 1;
  return copy;
}

const OPEN_AND_BUY = [["open"], ["call", 1, "shop", "buy", { json: ["everything"] }]] as const;

interface Attack {
  readonly name: string;
  /** What the daemon's operator is told. */
  readonly reason: RegExp;
  run(stranger: RawPeer, bench: Bench): Promise<void> | void;
}

const ATTACKS: readonly Attack[] = [
  { name: "garbage before HELLO", reason: /48/, run: (peer) => peer.transport.send(Uint8Array.of(1, 2, 3)) },
  { name: "an empty frame", reason: /48/, run: (peer) => peer.transport.send(new Uint8Array(0)) },
  {
    name: "a frame above 4096 bytes before HELLO",
    reason: /4096.*4097/,
    run: (peer) => peer.transport.send(new Uint8Array(4097)),
  },
  {
    name: "other bytes under a known key id",
    reason: /"ann".*fingerprints.*"keys"/,
    run: (peer, bench) =>
      peer.transport.send(bench.handshake({ credential: { method: 1, key: Key.generate({ id: "ann" }) } }).hello),
  },
  {
    name: "an unknown key id",
    reason: /"eve".*"keys"/,
    run: (peer, bench) =>
      peer.transport.send(bench.handshake({ credential: { method: 1, key: Key.generate({ id: "eve" }) } }).hello),
  },
  {
    name: "another audience",
    reason: /"wss:\/\/elsewhere\.example".*"publicUrl"/,
    run: (peer, bench) => peer.transport.send(bench.handshake({ audience: "wss://elsewhere.example" }).hello),
  },
  {
    name: "no serializer that is accepted",
    reason: /200.*"serializers"/,
    run: (peer, bench) => peer.transport.send(bench.handshake({ serializers: [200] }).hello),
  },
  {
    name: "a HELLO with one bit changed",
    reason: /HELLO/,
    run: (peer, bench) => peer.transport.send(withBitFlipped(bench.handshake().hello, 30)),
  },
  {
    name: "HELLO twice",
    reason: /CONFIRM/,
    async run(peer, bench) {
      const handshake = bench.handshake();
      await peer.greet(handshake);
      peer.transport.send(handshake.hello);
    },
  },
  {
    name: "DATA before CONFIRM",
    reason: /CONFIRM/,
    async run(peer, bench) {
      await peer.greet(bench.handshake());
      peer.say(...OPEN_AND_BUY);
    },
  },
  {
    name: "DATA in place of HELLO, signed for another connection",
    reason: /HELLO must be the first/,
    async run(peer, bench) {
      const other = bench.peer();
      await other.greet(bench.handshake());
      peer.transport.send(other.data(...OPEN_AND_BUY));
    },
  },
  {
    name: "the CONFIRM of another connection",
    reason: /CONFIRM/,
    async run(peer, bench) {
      const other = bench.peer(STRANGER);
      await other.greet(bench.handshake());
      await peer.greet(bench.handshake());
      peer.transport.send(other.confirm);
    },
  },
  {
    name: "a CONFIRM with a seq of its own",
    reason: /seq/,
    async run(peer, bench) {
      await peer.greet(bench.handshake());
      const confirm = peer.confirm;
      writeHeader(confirm, { type: 3, ack: 0, seq: 1 });
      peer.established.sendMac.sign(confirm);
      peer.transport.send(confirm);
    },
  },
  {
    name: "a recording of all that another client said",
    reason: /recording/,
    async run(peer, bench) {
      const victim = bench.peer({ remoteAddress: "10.0.0.2" });
      const handshake = bench.handshake();
      await victim.greet(handshake);
      for (const frame of [handshake.hello, victim.confirm, victim.data(...OPEN_AND_BUY)]) peer.transport.send(frame);
    },
  },
];

describe("before CONFIRM the daemon", () => {
  it.each(ATTACKS)("refuses $name with 4401, without a reason, and tells its operator why", async ({ reason, run }) => {
    const { bench, canary, stranger } = await withCanary();
    await run(stranger, bench);
    expect(await stranger.heard.closed_).toEqual({ code: 4401, reason: "" });
    const told = bench.refusals.filter((refusal) => refusal.remoteAddress === STRANGER.remoteAddress);
    expect(told[0]?.reason).toMatch(reason);
    await expectCanaryUnharmed(bench, canary);
  });

  it("says nothing but WELCOME", async () => {
    const bench = new Bench();
    const peer = bench.peer();
    await peer.greet(bench.handshake());
    await bench.clock.advance(4_999);
    expect(peer.heard.frames.length).toBe(1);
  });

  it("waits 5 s for the peer to prove itself, counted from accept, and not a millisecond longer", async () => {
    const { bench, canary, stranger } = await withCanary();
    await bench.clock.advance(3_000);
    await stranger.greet(bench.handshake());
    await bench.clock.advance(1_999);
    expect(stranger.heard.closings).toEqual([]);
    await bench.clock.advance(1);
    expect(stranger.heard.closings).toEqual([{ code: 4401, reason: "" }]);
    const claimed = { keyId: "ann", keyFingerprint: bench.key.fingerprint };
    const reason = "the peer did not prove itself within 5 s";
    expect(bench.refusals).toEqual([{ ...STRANGER, ...claimed, reason }]);
    await expectCanaryUnharmed(bench, canary);
  });

  it("forgets the deadline once the peer has proved itself", async () => {
    const bench = new Bench();
    const peer = await bench.member();
    await bench.clock.advance(6_000);
    expect(peer.heard.closings).toEqual([]);
    expect(bench.refusals).toEqual([]);
  });

  it("refuses a text message with 1003 and names it", async () => {
    const bench = new Bench();
    const canary = await bench.member();
    const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
    server.on("connection", (socket) => bench.daemon.accept(webSocketTransport(socket), STRANGER));
    await new Promise((resolve) => server.once("listening", resolve));
    const client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    client.on("open", () => client.send("hello"));
    const refused = new Promise((resolve) => bench.daemon.on("refused", resolve));
    expect(await new Promise((resolve) => client.once("close", resolve))).toBe(1003);
    expect(await refused).toEqual({
      ...STRANGER,
      reason: "the line closed with 1003 before the peer had proved itself: a text message came, frames are binary",
    });
    await expectCanaryUnharmed(bench, canary);
    await new Promise((resolve) => server.close(resolve));
  });

  // A peer without a key could draw in its operator's terminal, and add lines to the log, by the reason of its close.
  it("tells with what words a peer closed only as text that is fit for a terminal", async () => {
    const bench = new Bench();
    for (const words of ["\u001b[31mred\nline 2\u202e", "\n".repeat(120)]) {
      const peer = bench.peer();
      peer.transport.close(4000, words);
      await peer.heard.closed_;
    }
    const [first, second] = bench.refusals.map(({ reason }) => reason);
    const sentence = "the line closed with 4000 before the peer had proved itself: ";
    expect(first).toBe(`${sentence}\\u001b[31mred\\u000aline 2\\u202e`);
    expect(second).toBe(sentence + "\\u000a".repeat(120).slice(0, 200));
  });

  it("escapes what a peer says it dialled, and keeps the remedy whole", async () => {
    const bench = new Bench();
    const stranger = bench.peer(STRANGER);
    stranger.transport.send(bench.handshake({ audience: `ws://\u009b31m\u202e${"x".repeat(300)}` }).hello);
    await stranger.heard.closed_;
    expect(bench.refusals[0]?.reason).toMatch(/^the peer dialled "ws:\/\/\\u009b31m\\u202exxx.*"publicUrl"$/);
  });

  it("tells when a peer leaves by itself", async () => {
    const bench = new Bench();
    const peer = bench.peer();
    peer.transport.close(1000, "scanned");
    await peer.heard.closed_;
    expect(bench.refusals).toEqual([
      { remoteAddress: "10.0.0.1", reason: "the line closed with 1000 before the peer had proved itself: scanned" },
    ]);
    expect(bench.clock.pendingTimers).toBe(0);
  });

  it("tears the line down when a refused peer doesn't answer the close", async () => {
    const bench = new Bench();
    let destroyed = 0;
    let receive!: (frame: Uint8Array) => void;
    bench.daemon.accept({
      start: (receiver) => (receive = (frame) => receiver.frame(frame)),
      send() {},
      close() {},
      destroy: () => void destroyed++,
      bufferedBytes: 0,
    });
    receive(new Uint8Array(3));
    await bench.clock.advance(999);
    expect(destroyed).toBe(0);
    await bench.clock.advance(1);
    expect(destroyed).toBe(1);
  });

  it("ignores what a refused peer still sends", async () => {
    const bench = new Bench();
    let receive!: (frame: Uint8Array) => void;
    let sent = 0;
    bench.daemon.accept({
      start: (receiver) => (receive = (frame) => receiver.frame(frame)),
      send: () => void sent++,
      close() {},
      destroy() {},
      bufferedBytes: 0,
    });
    receive(new Uint8Array(3));
    receive(bench.handshake().hello);
    expect(sent).toBe(0);
    expect(bench.refusals.length).toBe(1);
  });

  it("takes CONFIRM and DATA of one flight in their order", async () => {
    const bench = new Bench();
    const peer = bench.peer();
    await peer.greet(bench.handshake());
    for (const frame of [peer.confirm, peer.data(["open"]), peer.data(["call", 1, "shop", "buy", { json: ["a"] }])]) {
      peer.transport.send(frame);
    }
    expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: "bought a" }]);
  });

  it("tells the listener that the peer has proved itself at CONFIRM and not before", async () => {
    const bench = new Bench();
    let calls = 0;
    const peer = bench.peer({ onAuthenticated: () => calls++ });
    await peer.greet(bench.handshake());
    expect(calls).toBe(0);
    peer.transport.send(peer.confirm);
    await peer.heard.turns();
    expect(calls).toBe(1);
  });
});

describe("a flood of strangers", () => {
  it("closes the oldest of 64 for a 65th, and lets an honest peer in", async () => {
    const bench = new Bench();
    const canary = await bench.member();
    const strangers = Array.from({ length: 64 }, (_, i) => bench.peer({ remoteAddress: `10.1.0.${i}` }));
    await strangers[0]!.heard.turns();
    expect(bench.refusals).toEqual([]);
    const honest = await bench.member({}, { remoteAddress: "10.2.0.1" });
    expect(strangers[0]!.heard.closings).toEqual([{ code: 4429, reason: "" }]);
    expect(strangers[1]!.heard.closings).toEqual([]);
    expect(bench.refusals).toEqual([
      { remoteAddress: "10.1.0.0", reason: expect.stringMatching(/^64 peers in all/) as string },
    ]);
    expect(honest.heard.closings).toEqual([]);
    canary.say(["call", 1, "shop", "buy", { json: ["candle"] }]);
    await canary.answer("ok", 1);
  });

  it("closes the oldest of 8 of one address for a ninth", async () => {
    const bench = new Bench();
    const strangers = Array.from({ length: 9 }, () => bench.peer(STRANGER));
    await strangers[0]!.heard.closed_;
    expect(bench.refusals).toEqual([
      { ...STRANGER, reason: expect.stringMatching(/^8 peers of its address/) as string },
    ]);
    expect(strangers[1]!.heard.closings).toEqual([]);
  });

  it("doesn't count peers that have proved themselves", async () => {
    const bench = new Bench();
    const strangers = Array.from({ length: 7 }, () => bench.peer(STRANGER));
    for (let i = 0; i < 9; i++) await bench.proved({}, STRANGER);
    bench.peer(STRANGER);
    expect(bench.refusals).toEqual([]);
    bench.peer(STRANGER);
    await strangers[0]!.heard.closed_;
    expect(bench.refusals.length).toBe(1);
  });

  it.each([
    ["of this machine", { remoteAddress: "127.0.0.1", isLoopback: true }],
    ["without an address", {}],
  ])("has only the limit in all for peers %s", async (_name, facts) => {
    const bench = new Bench();
    const strangers = Array.from({ length: 64 }, () => bench.peer(facts));
    expect(bench.refusals).toEqual([]);
    bench.peer(facts);
    await strangers[0]!.heard.closed_;
    expect(bench.refusals.length).toBe(1);
  });
});

describe("what a credential is worth", () => {
  it("admits the holder of a ticket, as whom the ticket says", async () => {
    const root = Key.generate({ id: "root", use: "mint" });
    const bench = new Bench({ keys: new KeyRing([root]) });
    const ticket = mintTicketAt(bench.clock.now(), { keys: root, subject: "user-17" });
    await bench.member({ credential: { method: 2, ticket } });
    expect(bench.accepted[0]!.principal).toEqual({ kind: "ticket", id: "ticket:root/user-17", subject: "user-17" });
  });

  it("refuses a key that mints tickets when it is used to connect", async () => {
    const root = Key.generate({ id: "root", use: "mint" });
    const bench = new Bench({ keys: new KeyRing([root]) });
    const posing = Key.from(root.export(), { id: "root" });
    const peer = bench.peer();
    peer.transport.send(bench.handshake({ credential: { method: 1, key: posing } }).hello);
    expect(await peer.heard.closed_).toEqual({ code: 4401, reason: "" });
    expect(bench.refusals[0]!.reason).toMatch(/"root".*mint/);
  });

  it("admits a handshake bound to the TLS connection that both ends see, and no other", async () => {
    const bench = new Bench();
    const channelBinding = new Uint8Array(32).fill(7);
    await bench.member({ channelBinding }, { channelBinding });
    const relayed = bench.peer({ channelBinding: new Uint8Array(32).fill(8) });
    await expect(relayed.greet(bench.handshake({ channelBinding }))).rejects.toThrow("WELCOME");
  });

  it("refuses a peer whose key is removed between HELLO and CONFIRM", async () => {
    const bench = new Bench();
    const peer = bench.peer();
    await peer.greet(bench.handshake());
    bench.keys.remove("ann");
    peer.transport.send(peer.confirm);
    expect(await peer.heard.closed_).toEqual({ code: 4401, reason: "" });
    expect(bench.refusals[0]!.reason).toContain('"ann" was removed');
    expect(bench.accepted).toEqual([]);
  });
});
