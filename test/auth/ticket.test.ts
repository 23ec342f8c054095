import { describe, expect, it } from "vitest";
import { decodeBase64Url, encodeBase64Url } from "../../src/auth/base64url.js";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { decodeTicketPayload } from "../../src/auth/ticket-payload.js";
import {
  mintTicket,
  mintTicketAt,
  openTicket,
  type Ticket,
  type TicketOptions,
  ticketSecret,
} from "../../src/auth/ticket.js";
import { ConfigError } from "../../src/errors/hearthwire-error.js";

const NOW = 1_700_000_000_000;
const root = Key.generate({ id: "root", use: "mint" });
const mint = (options: Partial<TicketOptions> = {}, keys: Key | KeyRing = root) =>
  mintTicketAt(NOW, { subject: "zoe", ...options, keys });
const payloadOf = (ticket: Ticket) => decodeTicketPayload(decodeBase64Url(ticket.payload)!);

describe("mintTicket", () => {
  it("makes plain JSON that expires in ten minutes and allows all", () => {
    const ticket = mint();
    expect(JSON.parse(JSON.stringify(ticket))).toEqual(ticket);
    expect(Object.keys(ticket)).toEqual(["payload", "key", "expiresAtMs"]);
    expect(ticket.expiresAtMs).toBe(NOW + 600_000);
    expect(payloadOf(ticket)).toMatchObject({
      keyId: "root",
      issuedAtMs: NOW,
      expiresAtMs: NOW + 600_000,
      subject: "zoe",
      audience: "",
      scope: "*",
    });
  });

  it("counts from now", () => {
    const before = Date.now();
    const { issuedAtMs } = payloadOf(mintTicket(root, { subject: "zoe" }));
    expect(issuedAtMs).toBeGreaterThanOrEqual(before);
    expect(issuedAtMs).toBeLessThanOrEqual(Date.now());
  });

  it("derives the ticket's key from the root and the payload", () => {
    const ticket = mint();
    expect(ticket.key).toBe(encodeBase64Url(root.derive("ticket", decodeBase64Url(ticket.payload)!)));
  });

  it("makes another ticket each time", () => {
    const [a, b] = [mint(), mint()];
    expect(a.payload).not.toBe(b.payload);
    expect(a.key).not.toBe(b.key);
  });

  it("writes down scope and audience", () => {
    const ticket = mint({ scope: { objects: ["a"], members: ["b/x"] }, audience: "https://shop.example/rpc" });
    expect(payloadOf(ticket)).toMatchObject({ scope: "a\nb/x", audience: "wss://shop.example" });
  });

  it("takes an array of one audience", () => {
    expect(payloadOf(mint({ audience: ["ws://h:1"] })).audience).toBe("ws://h:1");
  });

  it("takes an audience of 512 bytes", () => {
    expect(payloadOf(mint({ audience: `ws://${"a".repeat(507)}/` })).audience.length).toBe(512);
  });

  it.each([1, 3_600_000])("lives %d ms when told to", (lifetimeMs) => {
    expect(mint({ lifetimeMs }).expiresAtMs).toBe(NOW + lifetimeMs);
  });

  it.each<[string, Partial<Record<keyof TicketOptions, unknown>>, string]>([
    ["no lifetime", { lifetimeMs: 0 }, '"lifetimeMs" must be an integer 1..3600000, got 0'],
    ["a lifetime above 1 h", { lifetimeMs: 3_600_001 }, '"lifetimeMs"'],
    ["half a millisecond", { lifetimeMs: 0.5 }, '"lifetimeMs"'],
    ["an endless lifetime", { lifetimeMs: Number.POSITIVE_INFINITY }, '"lifetimeMs"'],
    ["an empty subject", { subject: "" }, '"subject"'],
    ["a subject that is no string", { subject: 17 }, '"subject"'],
    ["a subject of 256 bytes", { subject: "s".repeat(256) }, '"subject"'],
    ["an empty scope", { scope: {} }, '"scope" must allow something'],
    ["two audiences", { audience: ["ws://a", "ws://b"] }, '"audience" must name one daemon, got 2'],
    ["no audience in an array", { audience: [] }, '"audience" must name one daemon, got 0'],
    [
      "an audience beyond 512 bytes",
      { audience: `ws://${"a".repeat(508)}/` },
      '"audience" has at most 512 bytes, got 513',
    ],
    ["an audience that is no URL", { audience: "shop" }, '"address" must be a URL'],
    [
      "a scope beyond 2048 bytes",
      { scope: { objects: Array.from({ length: 300 }, (_, index) => `object-${index}`) } },
      '"scope" makes the ticket',
    ],
  ])("refuses %s", (_, options, message) => {
    expect(() => mint(options as Partial<TicketOptions>)).toThrow(message);
    expect(() => mint(options as Partial<TicketOptions>)).toThrow(ConfigError);
  });

  it("refuses a key that connects", () => {
    expect(() => mint({}, Key.generate({ id: "alice" }))).toThrow('"key" must be one of the use "mint", got "alice"');
  });

  it("takes a ring's first key that mints and is valid now", () => {
    const ring = new KeyRing([
      Key.generate({ id: "alice" }),
      Key.generate({ id: "old", use: "mint", notAfter: new Date(NOW - 60_001) }),
      Key.generate({ id: "future", use: "mint", notBefore: new Date(NOW + 60_001) }),
      Key.generate({ id: "current", use: "mint", notAfter: new Date(NOW) }),
      Key.generate({ id: "next", use: "mint" }),
    ]);
    expect(payloadOf(mint({}, ring)).keyId).toBe("current");
  });

  it("says what to add when a ring has no such key", () => {
    expect(() => mint({}, new KeyRing([Key.generate({ id: "alice" })]))).toThrow('Key.generate({ use: "mint" })');
  });
});

describe("openTicket", () => {
  it("takes apart what mintTicket made, also after JSON", () => {
    const ticket = JSON.parse(JSON.stringify(mint())) as Ticket;
    const opened = openTicket(ticket);
    expect(opened.payload.subject).toBe("zoe");
    expect(encodeBase64Url(opened.payloadBytes)).toBe(ticket.payload);
    expect(encodeBase64Url(ticketSecret(ticket))).toBe(ticket.key);
  });

  const good = mint();
  it.each<[string, unknown]>([
    ["undefined", undefined],
    ["null", null],
    ["a text", "ticket"],
    ["a page's HTML instead of JSON", "<!doctype html>"],
    ["no payload", { key: good.key, expiresAtMs: 1 }],
    ["no key", { payload: good.payload, expiresAtMs: 1 }],
    ["a padded payload", { ...good, payload: `${good.payload}==` }],
    ["a cut payload", { ...good, payload: good.payload.slice(0, 20) }],
    ["a short key", { ...good, key: encodeBase64Url(new Uint8Array(31)) }],
    ["a key that is bytes", { ...good, key: new Uint8Array(32) }],
  ])("refuses %s without repeating it", (_, ticket) => {
    expect(() => openTicket(ticket as Ticket)).toThrow('"ticket" must be the JSON that mintTicket() makes');
  });
});
