import { expand, extract, hkdf } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { describe, expect, it } from "vitest";
import { deriveKey, KeySchedule, transcriptHash } from "../../src/auth/key-schedule.js";
import rfc from "../vectors/rfc4231-rfc5869.json" with { type: "json" };
import wycheproof from "../vectors/wycheproof-hkdf-sha256.json" with { type: "json" };
import { fromHex, joined, toHex } from "../wire/hex.js";

describe("HKDF-SHA-256, which keys are derived by", () => {
  it.each(rfc.rfc5869_sha256)("agrees with RFC 5869 $case", ({ ikm, salt, info, L, okm }) => {
    const pseudorandomKey = extract(sha256, fromHex(ikm), fromHex(salt));
    expect(toHex(expand(sha256, pseudorandomKey, fromHex(info), L))).toBe(okm);
  });

  it.each(wycheproof.tests.filter(({ result }) => result === "valid"))(
    "agrees with Wycheproof HKDF $tcId: $comment",
    ({ ikm, salt, info, size, okm }) => {
      expect(toHex(hkdf(sha256, fromHex(ikm), fromHex(salt), fromHex(info), size))).toBe(okm);
    },
  );

  it.each(wycheproof.tests.filter(({ result }) => result !== "valid"))(
    "refuses Wycheproof HKDF $tcId: $comment",
    ({ ikm, salt, info, size }) => {
      expect(() => hkdf(sha256, fromHex(ikm), fromHex(salt), fromHex(info), size)).toThrow("255*HashLen");
    },
  );
});

const ikm = Uint8Array.from({ length: 32 }, (_, index) => index);
const text = (value: string) => new TextEncoder().encode(value);

describe("deriveKey", () => {
  it("is HKDF with the salt and info of the protocol", () => {
    const info = joined(text("hearthwire/1 c2s"), Uint8Array.of(0), Uint8Array.of(1, 2, 3));
    const expected = hkdf(sha256, ikm, text("hearthwire/1 extract"), info, 32);
    expect(deriveKey(ikm, "c2s", Uint8Array.of(1, 2, 3))).toEqual(expected);
  });

  it("gives another key for every label", () => {
    const labels = ["hello", "c2s", "s2c", "resume", "ticket", "fingerprint", "discovery"] as const;
    expect(new Set(labels.map((label) => toHex(deriveKey(ikm, label)))).size).toBe(labels.length);
  });

  it("gives another key for another context or another input", () => {
    const key = toHex(deriveKey(ikm, "c2s", Uint8Array.of(1)));
    expect(toHex(deriveKey(ikm, "c2s", Uint8Array.of(2)))).not.toBe(key);
    expect(toHex(deriveKey(ikm, "c2s"))).not.toBe(key);
    expect(
      toHex(
        deriveKey(
          ikm.map((byte) => byte ^ 1),
          "c2s",
          Uint8Array.of(1),
        ),
      ),
    ).not.toBe(key);
  });
});

describe("KeySchedule", () => {
  it("derives the same as deriveKey, however often", () => {
    const schedule = new KeySchedule(ikm);
    for (let round = 0; round < 2; round++) {
      expect(schedule.derive("hello")).toEqual(deriveKey(ikm, "hello"));
      expect(schedule.derive("ticket", Uint8Array.of(5))).toEqual(deriveKey(ikm, "ticket", Uint8Array.of(5)));
    }
  });

  it("keeps the state that signs HELLO", () => {
    const schedule = new KeySchedule(ikm);
    expect(schedule.helloMac).toBe(schedule.helloMac);
  });

  it("gives each direction its own key", () => {
    const keys = new KeySchedule(ikm).handshakeKeys(new Uint8Array(32));
    const frame = new Uint8Array(64);
    keys.clientToServer.sign(frame);
    expect(keys.clientToServer.verify(frame)).toBe(true);
    expect(keys.serverToClient.verify(frame)).toBe(false);
  });
});

describe("transcriptHash", () => {
  const hash = (hello: string, welcome: string, binding: string) =>
    toHex(transcriptHash(fromHex(hello), fromHex(welcome), fromHex(binding)));

  it("is SHA-256 over the three parts, each with its length before it", () => {
    const expected = sha256(joined(text("hearthwire/1 transcript"), fromHex("00000002 aabb 00000001 cc 0003 dddddd")));
    expect(hash("aabb", "cc", "dddddd")).toBe(toHex(expected));
  });

  it("changes when a byte moves from one part to the next", () => {
    expect(
      new Set([hash("aabb", "cc", ""), hash("aa", "bbcc", ""), hash("aabbcc", "", ""), hash("aabb", "", "cc")]).size,
    ).toBe(4);
  });
});
