import { describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { mintTicketAt } from "../../src/auth/ticket.js";
import type { AuditEntry } from "../../src/daemon/audit-trail.js";
import type { CoreOptions } from "../../src/daemon/options.js";
import type { Message } from "../../src/wire/message.js";
import { Bench, type RawPeer } from "../daemon/raw-peer.js";
import { settled } from "../objects/inbound.js";
import { peerCertificate } from "../support/peer-certificate.js";

/** Line breaks, an escape sequence of terminals, C1, line separators, marks of direction and of no width. */
const HOSTILE = "a\r\nb\u001b[31mc\u009b2Kd\u2028e\u2029f\u202eg\u2066h\u061ci\u200bj\ufeffk\u0000l\u0085m";
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

function audited(options: Partial<CoreOptions> & { objects?: Record<string, object> } = {}) {
  const lines: string[] = [];
  const entries: AuditEntry[] = [];
  const bench = new Bench({
    ...options,
    audit: (line, entry) => {
      lines.push(line);
      entries.push(entry);
    },
  });
  return { bench, lines, entries };
}

const call = (id: number, object: string, member = "buy"): Message => [
  "call",
  id,
  object,
  member,
  { json: ["candle"] },
];

async function denied(peer: RawPeer, ...messages: readonly Message[]): Promise<void> {
  peer.say(...messages);
  await peer.answer("err", messages.at(-1)![1] as number);
}

const CERTIFICATE = peerCertificate({ fingerprint256: "AA:BB" });

describe("the audit trail", () => {
  it("S16: says who was accepted, what they were denied and when they left, one line of JSON each", async () => {
    const { bench, lines, entries } = audited({ authorize: ({ member }) => member === "buy" });
    const facts = { remoteAddress: "10.0.0.9", origin: "https://app.example", peerCertificate: CERTIFICATE };
    const peer = await bench.member({}, facts);
    await denied(peer, call(1, "shop", "steal"));
    await bench.clock.advance(1_500);
    await bench.accepted[0]!.close();
    const who = {
      principal: "key:ann",
      keyId: "ann",
      keyFingerprint: bench.key.fingerprint,
      certificateFingerprint: "AA:BB",
      sessionId: bench.accepted[0]!.sessionId,
      remoteAddress: "10.0.0.9",
      origin: "https://app.example",
    };
    const time = new Date(bench.clock.now() - 1_500).toISOString();
    const left = new Date(bench.clock.now()).toISOString();
    expect(entries).toEqual([
      { time, event: "accepted", ...who },
      { time, event: "denied", ...who, object: "shop", member: "steal", reason: "missing" },
      { time: left, event: "closed", ...who },
    ]);
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(entries);
    expect(Object.keys(entries[1]!)).toEqual([
      ...["time", "event", "principal", "keyId", "keyFingerprint", "certificateFingerprint", "sessionId"],
      ...["remoteAddress", "origin", "object", "member", "reason"],
    ]);
  });

  it("names the subject of a ticket, and the root that it was minted with", async () => {
    const root = Key.generate({ id: "root", use: "mint", subject: "web" });
    const { bench, entries } = audited({ keys: new KeyRing([root]) });
    const ticket = mintTicketAt(bench.clock.now(), { keys: root, subject: "user-17" });
    await bench.member({ credential: { method: 2, ticket } });
    expect(entries).toMatchObject([
      { event: "accepted", principal: "ticket:web/user-17", keyId: "root", keyFingerprint: root.fingerprint },
    ]);
  });

  it("says why a session was lost", async () => {
    const { bench, entries } = audited();
    const peer = await bench.member();
    bench.keys.remove("ann");
    await peer.heard.closed_;
    expect(entries.at(-1)).toMatchObject({ event: "closed", reason: 'the key "ann" is no longer accepted' });
  });

  it("says who was refused: of a stranger the key that it claimed, and no fingerprint", async () => {
    const { bench, entries } = audited();
    const stranger = bench.peer();
    stranger.transport.send(bench.handshake({ credential: { method: 1, key: Key.generate({ id: "eve" }) } }).hello);
    await stranger.heard.closed_;
    expect(entries).toMatchObject([
      { event: "refused", keyId: "eve", remoteAddress: "10.0.0.1", reason: expect.stringContaining('"eve"') as string },
    ]);
    expect(entries[0]).not.toHaveProperty("keyFingerprint");
    expect(entries[0]).not.toHaveProperty("principal");
  });

  it("says who was refused by the program or a limit: a principal with a session that never opened", async () => {
    const { bench, entries } = audited({ onHandshake: () => Promise.reject(new Error("not today")) });
    const peer = await bench.proved();
    peer.say(["open"]);
    await peer.heard.closed_;
    expect(entries).toMatchObject([
      { event: "refused", principal: "key:ann", keyFingerprint: bench.key.fingerprint, reason: "key:ann: not today" },
    ]);
    expect(entries[0]!.sessionId).toMatch(/^[0-9a-f]{32}$/);
  });
});

describe("a denial", () => {
  const CASES: readonly (readonly [string, Partial<CoreOptions>, readonly Message[], Partial<AuditEntry>])[] = [
    ["a missing object", {}, [call(1, "vault")], { object: "vault", member: "buy", reason: "missing" }],
    ["a missing member", {}, [call(1, "shop", "sell")], { object: "shop", member: "sell", reason: "missing" }],
    ["a look at a missing object", {}, [["look", 1, "vault"]], { object: "vault", member: "", reason: "missing" }],
    ["what authorize denies", { authorize: () => false }, [call(1, "shop")], { object: "shop", reason: "authorizer" }],
    [
      "a look at it",
      { authorize: () => false },
      [["look", 1, "shop"]],
      { object: "shop", member: "", reason: "authorizer" },
    ],
    [
      "what a failing authorizer denies",
      { authorize: () => Promise.reject(new Error("no database")) },
      [call(1, "shop")],
      { object: "shop", reason: "authorizer" },
    ],
    [
      "what the key doesn't allow",
      { keys: new KeyRing([Key.generate({ id: "ann", objects: ["other"] })]) },
      [["get", 1, "shop", "buy"]],
      { object: "shop", member: "buy", reason: "credential" },
    ],
    [
      "calls beyond a limit of the session",
      { limits: { maxCallsInFlight: 1 } },
      [["call", 1, "shop", "wait", { json: [] }], call(2, "shop")],
      { object: "shop", member: "buy", reason: "limit", limit: "maxCallsInFlight" },
    ],
    [
      "calls beyond a limit of the principal",
      { limits: { callsPerSecondPerPrincipal: 1 } },
      [call(1, "shop"), call(2, "shop")],
      { object: "shop", member: "buy", reason: "limit", limit: "callsPerSecondPerPrincipal" },
    ],
  ];

  it.each(CASES)("is told of %s", async (_what, options, messages, entry) => {
    const objects = { shop: { buy: () => "bought", wait: () => new Promise(() => undefined) } };
    const { bench, entries } = audited({ ...options, objects });
    const key = [...bench.keys][0]!;
    await denied(await bench.member({ credential: { method: 1, key } }), ...messages);
    expect(entries.at(-1)).toMatchObject({ event: "denied", principal: "key:ann", ...entry });
    expect(entries.filter(({ event }) => event === "denied").length).toBe(1);
  });

  it("is told of one-way calls too, which nobody is answered", async () => {
    const { bench, entries } = audited({ authorize: ({ member }) => member === "buy" });
    const peer = await bench.member();
    peer.say(["call", 1, "shop", "steal", { json: [] }, { w: 1 }], call(2, "shop"));
    await peer.answer("ok", 2);
    expect(entries.at(-1)).toMatchObject({ event: "denied", member: "steal" });
    expect(peer.messages().filter(([name]) => name === "err")).toEqual([]);
  });

  it("is no answer to a member that may be used, but not in this way, nor to an error of the program", async () => {
    const fail = (): never => {
      throw new Error("mine");
    };
    const { bench, entries } = audited({ objects: { shop: { fail } } });
    await denied(await bench.member(), ["get", 1, "shop", "fail"], ["call", 2, "shop", "fail", { json: [] }]);
    expect(entries.map(({ event }) => event)).toEqual(["accepted"]);
  });

  it("floods no log: 20 in 10 s of one principal, the last one with the number of those left out, and others all the same", async () => {
    const bob = Key.generate({ id: "bob" });
    const { bench, entries } = audited();
    bench.keys.add(bob);
    const [ann, other] = [await bench.member(), await bench.member({ credential: { method: 1, key: bob } })];
    const again = await bench.member();
    for (let round = 0; round < 5; round++) {
      await denied(
        ann,
        ...Array.from({ length: 100 }, (_, index) => call(round * 100 + index + 1, "vault", `m${index}`)),
      );
    }
    await denied(again, call(1, "vault", "again"));
    await denied(other, call(1, "vault", "hidden"));
    const told = () => entries.filter(({ event }) => event === "denied");
    expect(told().length).toBe(21);
    expect(told().at(-1)).toMatchObject({ principal: "key:bob", member: "hidden" });
    await bench.clock.advance(10_000);
    expect(told().at(-1)).toMatchObject({ principal: "key:ann", member: "again", leftOut: 480 });
    await denied(again, call(2, "vault", "later"));
    expect(told().at(-1)).toMatchObject({ member: "later" });
    expect(told().at(-1)).not.toHaveProperty("leftOut");
  });
});

describe("refusals", () => {
  it("flood no log either: strangers of one address are counted, those of another are told", async () => {
    const { bench, entries } = audited();
    for (let stranger = 0; stranger < 100; stranger++)
      bench.daemon.refused({ remoteAddress: "10.6.6.6", reason: "no" });
    bench.daemon.refused({ remoteAddress: "10.0.0.2", reason: "other" });
    expect(bench.refusals.length).toBe(101);
    expect(entries.length).toBe(21);
    expect(entries.at(-1)).toMatchObject({ remoteAddress: "10.0.0.2" });
    await bench.daemon.close();
    expect(entries.at(-1)).toMatchObject({ remoteAddress: "10.6.6.6", leftOut: 79 });
  });

  it("flood it from no IPv6 network either, whose addresses are one stranger's", () => {
    const { bench, entries } = audited();
    for (let stranger = 1; stranger <= 2_000; stranger++)
      bench.daemon.refused({ remoteAddress: `2001:db8:0:1::${stranger.toString(16)}`, reason: "no" });
    bench.daemon.refused({ remoteAddress: "2001:db8:0:2::1", reason: "other" });
    expect(entries.length).toBe(21);
    expect(entries.at(-1)).toMatchObject({ remoteAddress: "2001:db8:0:2::1", reason: "other" });
  });
});

describe("row 119: what a peer says can't forge a log", () => {
  const LONG = `${HOSTILE}${"x".repeat(10_000)}`;

  it("row 119: names of objects and members are escaped and cut at 200 characters, in the event too", async () => {
    const { bench, lines, entries } = audited();
    const events: string[] = [];
    bench.daemon.on("denied", ({ object, member }) => events.push(object, member));
    const peer = await bench.member();
    const member = `${HOSTILE.replaceAll(/[\u0000-\u001f\u007f-\u009f]/g, "")}${"x".repeat(200)}`;
    await denied(peer, call(1, "shop", member), call(2, `\u202e${"y".repeat(250)}`));
    expect(lines.length).toBe(3);
    for (const text of [...lines, ...events]) expect(text).not.toMatch(UNSAFE);
    for (const { object = "", member: name = "" } of entries) {
      expect(object.length).toBeLessThanOrEqual(200);
      expect(name.length).toBeLessThanOrEqual(200);
    }
    expect(entries[1]!.member).toContain("\\u202e");
    expect(entries[2]!.object).toBe(`\\u202e${"y".repeat(194)}`);
  });

  it.each([
    ["an audience", { audience: `ws://${"e".repeat(400)}\u202e` }],
    ["a key id", { credential: { method: 1, key: Key.generate({ id: "k".repeat(64) }) } }],
  ] as const)("row 119: %s stands in one short line", async (_what, options) => {
    const { bench, lines, entries } = audited();
    const stranger = bench.peer();
    stranger.transport.send(bench.handshake(options as Parameters<Bench["handshake"]>[0]).hello);
    await stranger.heard.closed_;
    expect(lines.length).toBe(1);
    expect(lines[0]).not.toMatch(UNSAFE);
    expect(entries[0]!.reason!.length).toBeLessThanOrEqual(200);
  });

  it("row 119: the reason of a close, and what a hook says of a peer's words, stand in one short line", async () => {
    const { bench, lines, entries } = audited({
      onHandshake: ({ data }) => {
        throw new Error(`no ${String(data)}`);
      },
    });
    const leaving = bench.peer();
    leaving.transport.close(4000, HOSTILE);
    await leaving.heard.closed_;
    await settled();
    const peer = await bench.proved();
    peer.say(["open", { json: LONG }]);
    await peer.heard.closed_;
    expect(entries.map(({ event }) => event)).toEqual(["refused", "refused"]);
    for (const line of lines) expect(line).not.toMatch(UNSAFE);
    for (const { reason } of entries) expect(reason!.length).toBeLessThanOrEqual(200);
    expect(entries[0]!.reason).toContain("a\\u000d\\u000ab\\u001b[31mc");
    expect(entries[1]!.reason).toMatch(/^key:ann: no a\\u000d\\u000ab/);
  });

  it("row 119: subjects of tickets are one line", async () => {
    const root = Key.generate({ id: "root", use: "mint" });
    const { bench, lines } = audited({ keys: new KeyRing([root]) });
    const ticket = mintTicketAt(bench.clock.now(), { keys: root, subject: "\u202e\u2028user\u200b" });
    await bench.member({ credential: { method: 2, ticket } });
    expect(lines.length).toBe(1);
    expect(lines[0]).not.toMatch(UNSAFE);
    expect(lines[0]).toContain("\\\\u202e");
  });
});

describe("row 120: no secret stands in the audit trail", () => {
  it("row 120: neither key bytes nor tickets, in whatever spelling, of those accepted, denied, refused and gone", async () => {
    const bytes = new Uint8Array(32).map((_, index) => index * 7 + 1);
    const key = Key.from(bytes, { id: "ann" });
    const root = Key.generate({ id: "root", use: "mint" });
    const wrong = Key.generate({ id: "ann" });
    const { bench, lines } = audited({ keys: new KeyRing([key, root]), authorize: () => false });
    const ticket = mintTicketAt(bench.clock.now(), { keys: root, subject: "user-17" });
    const credential = { method: 1, key } as const;
    for (const shown of [credential, { method: 2, ticket } as const]) {
      const peer = await bench.member({ credential: shown });
      await denied(peer, call(1, "shop"), call(2, "vault"));
      peer.transport.destroy();
      await settled();
      const back = await bench.resuming(peer, { credential: shown });
      back.transport.send(back.confirm);
      await settled();
      back.transport.destroy();
      await settled();
    }
    const stranger = bench.peer();
    stranger.transport.send(bench.handshake({ credential: { method: 1, key: wrong } }).hello);
    await stranger.heard.closed_;
    await bench.daemon.close();
    const trail = lines.join("\n");
    expect(new Set(lines.map((line) => (JSON.parse(line) as AuditEntry).event)).size).toBe(6);
    for (const secret of [bytes, root.export(), wrong.export()]) {
      const buffer = Buffer.from(secret);
      for (const spelling of ["hex", "base64", "base64url", "latin1"] as const) {
        expect(trail).not.toContain(buffer.toString(spelling));
      }
      expect(trail.toLowerCase()).not.toContain([...secret].join(","));
    }
    expect(trail).not.toContain(ticket.key);
    expect(trail).not.toContain(ticket.payload);
  });
});

describe("an audit function that fails", () => {
  it.each([
    [
      "throws",
      () => {
        throw new Error("disk full");
      },
    ],
    ["rejects", () => Promise.reject(new Error("disk full"))],
  ])("harms nobody when it %s", async (_how, audit) => {
    const report = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const bench = new Bench({ audit });
    const peer = await bench.member();
    peer.say(call(1, "shop"), call(2, "vault"));
    expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: "bought candle" }]);
    await peer.answer("err", 2);
    const stranger = bench.peer();
    stranger.transport.destroy();
    await settled();
    expect(bench.refusals.length).toBe(1);
    await bench.accepted[0]!.close();
    expect(report).toHaveBeenCalledTimes(4);
    expect(report.mock.calls[0]).toEqual([expect.stringContaining("audit"), new Error("disk full")]);
    report.mockRestore();
  });

  it("can't change the entry that others read", async () => {
    const bench = new Bench({ audit: (_line, entry) => void Object.assign(entry, { principal: "key:eve" }) });
    const report = vi.spyOn(console, "error").mockImplementation(() => undefined);
    await bench.member();
    expect(report).toHaveBeenCalledTimes(1);
    expect(bench.accepted[0]!.principal.id).toBe("key:ann");
    report.mockRestore();
  });
});
