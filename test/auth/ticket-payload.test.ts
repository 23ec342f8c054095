import { describe, expect, it } from "vitest";
import { decodeTicketPayload, encodeTicketPayload, type TicketPayload } from "../../src/auth/ticket-payload.js";
import { ProtocolError } from "../../src/errors/hearthwire-error.js";
import { toHex } from "../wire/hex.js";

const payload: TicketPayload = {
  keyId: "root",
  issuedAtMs: 1_000,
  expiresAtMs: 2_000,
  id: new Uint8Array(16).fill(0xab),
  subject: "zoë",
  audience: "ws://h",
  scope: "*",
};

const reread = (changes: Partial<TicketPayload>) =>
  decodeTicketPayload(encodeTicketPayload({ ...payload, ...changes }));

describe("encodeTicketPayload", () => {
  it("writes the fields of the protocol one after another", () => {
    expect(toHex(encodeTicketPayload(payload))).toBe(
      "01" + // version
        "04726f6f74" + // key id
        "00000000000003e8" + // issued
        "00000000000007d0" + // expires
        "ab".repeat(16) + // id
        "047a6fc3ab" + // subject
        "000677733a2f2f68" + // audience
        "00012a", // scope
    );
  });
});

describe("decodeTicketPayload", () => {
  it.each<[string, Partial<TicketPayload>]>([
    ["what was written", {}],
    ["a key id of 64 characters", { keyId: "k".repeat(64) }],
    ["a subject of 255 bytes", { subject: "s".repeat(255) }],
    ["a subject with a slash", { subject: "org/zoe" }],
    ["no audience", { audience: "" }],
    ["an audience of 512 bytes", { audience: "a".repeat(512) }],
    ["a moment of life", { issuedAtMs: 5, expiresAtMs: 5 }],
    ["the last moment that a number can hold", { expiresAtMs: Number.MAX_SAFE_INTEGER }],
    ["2048 bytes", { scope: "s".repeat(2048 - 1 - 5 - 16 - 16 - 5 - 8 - 2) }],
  ])("reads %s", (_, changes) => {
    expect(reread(changes)).toEqual({ ...payload, ...changes });
  });

  it.each<[string, Partial<TicketPayload>]>([
    ["no key id", { keyId: "" }],
    ["a key id of 65 characters", { keyId: "k".repeat(65) }],
    ["a key id with a slash", { keyId: "a/b" }],
    ["no subject", { subject: "" }],
    ["a subject with a control character", { subject: "a\nb" }],
    ["an audience of 513 bytes", { audience: "a".repeat(513) }],
    ["an end before the beginning", { issuedAtMs: 5, expiresAtMs: 4 }],
    ["2049 bytes", { scope: "s".repeat(2049 - 1 - 5 - 16 - 16 - 5 - 8 - 2) }],
  ])("refuses %s", (_, changes) => {
    expect(() => reread(changes)).toThrow(ProtocolError);
  });

  it.each([0, 2])("refuses version %d", (version) => {
    const bytes = encodeTicketPayload(payload);
    bytes[0] = version;
    expect(() => decodeTicketPayload(bytes)).toThrow(`ticket: version must be 1, got ${version}`);
  });

  it("refuses a time beyond 2^53-1", () => {
    const bytes = encodeTicketPayload(payload);
    bytes[6] = 0x20;
    expect(() => decodeTicketPayload(bytes)).toThrow("ticket: issued must be at most 2^53-1");
  });
});
