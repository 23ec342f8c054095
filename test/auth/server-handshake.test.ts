import { describe, expect, it } from "vitest";
import { encodeBase64Url } from "../../src/auth/base64url.js";
import { ClientHandshake, type ClientHandshakeOptions } from "../../src/auth/client-handshake.js";
import { Key, type KeyOptions, scheduleOf } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { KeySchedule } from "../../src/auth/key-schedule.js";
import { encodeTicketPayload, type TicketPayload } from "../../src/auth/ticket-payload.js";
import type { RefusalReason } from "../../src/auth/handshake-refusal.js";
import type { ServerHandshakeOptions } from "../../src/auth/server-handshake.js";
import type { Ticket } from "../../src/auth/ticket.js";
import { encodeConfirm } from "../../src/wire/confirm.js";
import { decodeHello, encodeHello } from "../../src/wire/hello.js";
import { decodeWelcome } from "../../src/wire/welcome.js";
import { toHex } from "../wire/hex.js";
import { alice, AUDIENCE, client, mint, NOW, refusalOf, root, server, shakeHands } from "./handshake-fixtures.js";

const keyWith = (options: KeyOptions) => Key.from(alice.export(), { ...options, id: "alice" });
const serverWith = (options: KeyOptions, more: Partial<ServerHandshakeOptions> = {}) =>
  server({ keys: new KeyRing([keyWith(options)]), ...more });

/** A ticket that says anything, with the right key for it. */
function ticketOf(changes: Partial<TicketPayload>, key: Key = root): Ticket {
  const payload = encodeTicketPayload({
    keyId: "root",
    issuedAtMs: NOW,
    expiresAtMs: NOW + 600_000,
    id: new Uint8Array(16).fill(1),
    subject: "zoe",
    audience: "",
    scope: "*",
    ...changes,
  });
  return { payload: encodeBase64Url(payload), key: encodeBase64Url(key.derive("ticket", payload)), expiresAtMs: 0 };
}

const byTicket = (ticket: Ticket, options: Partial<ClientHandshakeOptions> = {}) =>
  client({ ...options, credential: { method: 2, ticket } }).hello;

describe("ServerHandshake#hello", () => {
  it("answers with what the server was told and a new session", () => {
    const { welcome, established } = server().hello(client().hello);
    const read = decodeWelcome(welcome);
    expect(read).toMatchObject({
      ack: 0,
      serializerId: 1,
      maxFrameBytes: 131_072,
      isResumed: false,
      heartbeatMs: 20_000,
      windowMs: 60_000,
    });
    expect(toHex(read.sessionId)).toBe(toHex(established.sessionId));
  });

  it("never gives out a zero session id", () => {
    let calls = 0;
    const random = (count: number) => new Uint8Array(count).fill(calls++);
    expect(toHex(server({ random }).hello(client().hello).established.sessionId)).toBe("01".repeat(16));
  });

  it("answers a HELLO that asks for an old session with a new one", () => {
    const resume = {
      sessionId: new Uint8Array(16).fill(3),
      resumeKey: new Uint8Array(32).fill(4),
      serializerId: 1,
      peerMaxFrameBytes: 16_384,
    };
    const { client: established } = shakeHands(client({ resume }), server());
    expect(established.isResumed).toBe(false);
    expect(toHex(established.sessionId)).not.toBe("03".repeat(16));
  });

  it.each([
    [[2, 1], [1, 2], 2],
    [[200, 1], [1, 2], 1],
    [[1], [2, 1], 1],
  ])(
    "chooses from %j offered and %j accepted serializer %d: the client's preference",
    (serializers, accepted, chosen) => {
      expect(server({ serializers: accepted }).hello(client({ serializers }).hello).established.serializerId).toBe(
        chosen,
      );
    },
  );

  it("knows the holder of a key by its subject", () => {
    const accepted = serverWith({ subject: "Alice", objects: ["warehouse"] }).hello(client().hello);
    expect(accepted.principal).toEqual({ kind: "key", id: "key:Alice", subject: "Alice" });
    expect(accepted.grant.keyId).toBe("alice");
    expect(accepted.grant.expiresAtMs).toBeUndefined();
  });

  it("knows the holder of a ticket by the root's and its own subject", () => {
    const accepted = server().hello(byTicket(mint({ subject: "org/zoe" })));
    expect(accepted.principal).toEqual({ kind: "ticket", id: "ticket:root/org/zoe", subject: "org/zoe" });
    expect(accepted.grant.keyId).toBe("root");
  });

  it.each<[string, (accepted: ReturnType<typeof server>) => void]>([
    [
      "another bit of the payload",
      (side) => {
        const hello = byTicket(mint());
        const changed = hello.slice();
        changed[16 + 1 + 1 + 32 + 3 + 4 + 1 + 4 + 2 + 60]! ^= 1;
        side.hello(changed);
      },
    ],
    [
      "a key that isn't the payload's",
      (side) => {
        side.hello(byTicket({ ...mint(), key: encodeBase64Url(root.derive("ticket")) }));
      },
    ],
    [
      "the root itself as the ticket's key",
      (side) => {
        side.hello(byTicket({ ...mint(), key: encodeBase64Url(root.export()) }));
      },
    ],
  ])("refuses a ticket with %s", (_, run) => {
    expect(refusalOf(() => run(server())).reason).toBe("tag");
  });
});

describe("a refusal", () => {
  const binding = new Uint8Array(32).fill(9);

  it.each<[string, RefusalReason, () => unknown, string]>([
    [
      "an unknown key id",
      "key-unknown",
      () => server().hello(client({ credential: { method: 1, key: Key.generate({ id: "bob" }) } }).hello),
      '"bob"',
    ],
    [
      "another key of that id",
      "tag",
      () => server().hello(client({ credential: { method: 1, key: Key.generate({ id: "alice" }) } }).hello),
      "fingerprints",
    ],
    [
      "an audience that isn't the daemon's",
      "audience",
      () => server().hello(client({ audience: "ws://10.0.0.1:7766" }).hello),
      '"publicUrl"',
    ],
    [
      "an audience in other letters",
      "audience",
      () => server().hello(client({ audience: AUDIENCE.toUpperCase() }).hello),
      '"publicUrl"',
    ],
    ["no audience", "audience", () => server().hello(client({ audience: "" }).hello), '"publicUrl"'],
    [
      "a TLS binding where the daemon sees no TLS",
      "binding",
      () => server().hello(client({ channelBinding: binding }).hello),
      '"tls"',
    ],
    [
      "no binding where the key demands one",
      "binding",
      () => serverWith({ requireChannelBinding: true }, { channelBinding: binding }).hello(client().hello),
      '"requireChannelBinding"',
    ],
    [
      "a key that isn't valid yet",
      "key-validity",
      () => serverWith({ notBefore: new Date(NOW + 60_001) }).hello(client().hello),
      '"notBefore"',
    ],
    [
      "a key that isn't valid any more",
      "key-validity",
      () => serverWith({ notAfter: new Date(NOW - 60_001) }).hello(client().hello),
      '"notAfter"',
    ],
    [
      "serializers that the daemon has not",
      "serializer",
      () => server().hello(client({ serializers: [3, 128] }).hello),
      '"serializers"',
    ],
    ["a HELLO that is none", "malformed", () => server().hello(new Uint8Array(100)), "48 57"],
    ["a CONFIRM in its place", "malformed", () => server().hello(encodeConfirm(0)), "HELLO must be the first frame"],
    ["no bytes", "malformed", () => server().hello(new Uint8Array(0)), "at least 48 bytes"],
    [
      "a ticket issued in the future",
      "ticket",
      () => server().hello(byTicket(ticketOf({ issuedAtMs: NOW + 60_001 }))),
      "clocks",
    ],
    [
      "an expired ticket",
      "ticket",
      () => server().hello(byTicket(ticketOf({ issuedAtMs: NOW - 600_000, expiresAtMs: NOW - 60_001 }))),
      '"ticket"',
    ],
    [
      "a ticket that lives too long",
      "ticket",
      () => server().hello(byTicket(ticketOf({ expiresAtMs: NOW + 3_600_001 }))),
      '"lifetimeMs"',
    ],
    [
      "a ticket for another daemon",
      "ticket",
      () => server().hello(byTicket(ticketOf({ audience: "ws://localhost:7766" }))),
      '"audience"',
    ],
    ["a ticket with an empty scope", "ticket", () => server().hello(byTicket(ticketOf({ scope: "" }))), "scope"],
    [
      "a ticket whose root has expired",
      "key-validity",
      () =>
        server({
          keys: new KeyRing([Key.from(root.export(), { id: "root", use: "mint", notAfter: new Date(NOW - 60_001) })]),
        }).hello(byTicket(mint())),
      '"notAfter"',
    ],
  ])("of %s names the cause and the remedy", (_, reason, run, remedy) => {
    const refusal = refusalOf(run);
    expect(refusal.reason).toBe(reason);
    expect(refusal.message).toContain(remedy);
  });

  it.each<[string, () => unknown]>([
    ["a key valid from a minute ahead", () => serverWith({ notBefore: new Date(NOW + 60_000) }).hello(client().hello)],
    ["a key valid until a minute ago", () => serverWith({ notAfter: new Date(NOW - 60_000) }).hello(client().hello)],
    [
      "a binding that both ends see",
      () =>
        serverWith({ requireChannelBinding: true }, { channelBinding: binding }).hello(
          client({ channelBinding: binding }).hello,
        ),
    ],
    [
      "no binding where TLS is there but nobody demands one",
      () => server({ channelBinding: binding }).hello(client().hello),
    ],
    ["the daemon's other audience", () => server().hello(client({ audience: "ws://localhost:7766" }).hello)],
    ["no audience on a port", () => server({ audiences: [""] }).hello(client({ audience: "" }).hello)],
    ["a ticket issued a minute ahead", () => server().hello(byTicket(ticketOf({ issuedAtMs: NOW + 60_000 })))],
    [
      "a ticket expired a minute ago",
      () => server().hello(byTicket(ticketOf({ issuedAtMs: NOW - 600_000, expiresAtMs: NOW - 60_000 }))),
    ],
    ["a ticket that lives an hour", () => server().hello(byTicket(ticketOf({ expiresAtMs: NOW + 3_600_000 })))],
    ["a ticket for this audience", () => server().hello(byTicket(ticketOf({ audience: AUDIENCE })))],
  ])("doesn't meet %s", (_, run) => {
    expect(run).not.toThrow();
  });

  it("meets a key that mints when it is used to connect", () => {
    const hello = encodeHello({ ...decodeHello(client().hello), keyId: "root" });
    scheduleOf(root).helloMac.sign(hello);
    const refusal = refusalOf(() => server().hello(hello));
    expect([refusal.reason, refusal.message]).toEqual([
      "method",
      'the key "root" has the "use" mint, the peer used it to connect',
    ]);
  });

  it("meets a key that connects when a ticket was minted with it: a limited key can't widen itself", () => {
    const forged = ticketOf({ keyId: "alice" }, alice);
    const refusal = refusalOf(() => serverWith({ objects: ["warehouse"] }).hello(byTicket(forged)));
    expect(refusal.reason).toBe("method");
  });

  it("meets client certificates, which prove nobody here", () => {
    const hello = encodeHello({ ...decodeHello(client().hello), authMethod: 3 });
    scheduleOf(alice).helloMac.sign(hello);
    expect(refusalOf(() => server().hello(hello)).reason).toBe("method");
  });

  it("meets a ticket that names another key than HELLO", () => {
    const ticket = ticketOf({ keyId: "other" });
    const hello = encodeHello({ ...decodeHello(byTicket(ticket)), keyId: "root" });
    new KeySchedule(Buffer.from(ticket.key, "base64url")).helloMac.sign(hello);
    expect(refusalOf(() => server().hello(hello)).message).toBe("ticket: it names another key than HELLO does");
  });

  it("says nothing of what an unauthenticated peer wrote but its key id", () => {
    const refusal = refusalOf(() =>
      server().hello(
        client({ credential: { method: 1, key: Key.generate({ id: "bob" }) }, audience: "ws://hunter2" }).hello,
      ),
    );
    expect(refusal.message).not.toContain("hunter2");
  });

  it("looks at the tag before everything that HELLO says", () => {
    const stranger = Key.generate({ id: "alice", use: "connect" });
    const hello = client({
      credential: { method: 1, key: stranger },
      audience: "ws://elsewhere",
      serializers: [99],
    }).hello;
    expect(refusalOf(() => serverWith({ notAfter: new Date(0) }).hello(hello)).reason).toBe("tag");
  });
});

describe("the grant", () => {
  const grantOf = (options: KeyOptions, ticket?: Ticket) => {
    const keys = new KeyRing([keyWith(options), Key.from(root.export(), { ...options, id: "root", use: "mint" })]);
    return server({ keys }).hello(ticket === undefined ? client().hello : byTicket(ticket)).grant;
  };

  it("of a key without limits allows all", () => {
    expect(grantOf({}).allows("warehouse", "store")).toBe(true);
  });

  it("of a key with objects allows these", () => {
    const grant = grantOf({ objects: ["warehouse"] });
    expect([grant.allows("warehouse", "store"), grant.allows("cart", "add")]).toEqual([true, false]);
  });

  it("of a key with no object allows nothing", () => {
    expect(grantOf({ objects: [] }).allows("warehouse", "store")).toBe(false);
  });

  it("of a ticket allows what its scope and its root both allow", () => {
    const ticket = mint({ scope: { objects: ["cart", "safe"], members: ["warehouse/list"] } });
    const grant = grantOf({ objects: ["warehouse", "cart", "garage"] }, ticket);
    const asked = [
      ["cart", "add"],
      ["warehouse", "list"],
      ["warehouse", "store"],
      ["safe", "open"],
      ["garage", "open"],
    ] as const;
    expect(asked.map(([object, member]) => grant.allows(object, member))).toEqual([true, true, false, false, false]);
    const some = ["cart", "warehouse", "safe", "garage"].map((object) => grant.allowsSome(object));
    expect(some).toEqual([true, true, false, false]);
  });

  it("ends with the key or the ticket, whichever is first", () => {
    const soon = new Date(NOW + 1_000);
    const late = new Date(NOW + 9_000_000);
    expect(grantOf({ notAfter: soon }).expiresAtMs).toBe(NOW + 1_000);
    expect(grantOf({}, mint()).expiresAtMs).toBe(NOW + 600_000);
    expect(grantOf({ notAfter: soon }, mint()).expiresAtMs).toBe(NOW + 1_000);
    expect(grantOf({ notAfter: late }, mint()).expiresAtMs).toBe(NOW + 600_000);
  });
});

describe("ServerHandshake#confirm", () => {
  it("gives the client's ack", () => {
    const [clientSide, serverSide] = [client(), server()];
    const established = clientSide.welcome(serverSide.hello(clientSide.hello).welcome);
    expect(serverSide.confirm(ClientHandshake.confirm(established, 41))).toBe(41);
  });

  it("refuses a CONFIRM that nobody signed", () => {
    const serverSide = server();
    serverSide.hello(client().hello);
    expect(refusalOf(() => serverSide.confirm(encodeConfirm(0))).reason).toBe("tag");
  });
});
