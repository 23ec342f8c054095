import { describe, expect, it } from "vitest";
import { Mac } from "../../src/auth/mac.js";
import rfc from "../vectors/rfc4231-rfc5869.json" with { type: "json" };
import wycheproof from "../vectors/wycheproof-hmac-sha256.json" with { type: "json" };
import { fromHex, joined, toHex } from "../wire/hex.js";

const untagged = (message: Uint8Array) => joined(message, new Uint8Array(32));
const tagOf = (key: Uint8Array, message: Uint8Array) => {
  const frame = untagged(message);
  new Mac(key).sign(frame);
  return toHex(frame.subarray(-32));
};

describe("Mac", () => {
  it.each(rfc.rfc4231)("signs RFC 4231 test case $tc", ({ key, data, hmac_sha256, truncatedTo }) => {
    expect(tagOf(fromHex(key), fromHex(data)).slice(0, truncatedTo * 2)).toBe(hmac_sha256);
  });

  it.each(wycheproof.tests)("agrees with Wycheproof HMAC $tcId: $comment", ({ key, msg, tag, result }) => {
    expect(tagOf(fromHex(key), fromHex(msg)) === tag).toBe(result === "valid");
    if (msg.length >= 32) {
      expect(new Mac(fromHex(key)).verify(joined(fromHex(msg), fromHex(tag)))).toBe(result === "valid");
    }
  });

  const key = new Uint8Array(32).fill(7);
  const signed = (message: Uint8Array) => {
    const frame = untagged(message);
    new Mac(key).sign(frame);
    return frame;
  };

  it("verifies what it signed, again and again", () => {
    const mac = new Mac(key);
    for (const length of [16, 17, 47, 55, 56, 63, 64, 65, 1000]) {
      const frame = untagged(new Uint8Array(length).fill(length));
      mac.sign(frame);
      expect(mac.verify(frame), `${length} bytes`).toBe(true);
      expect(mac.verify(frame), `${length} bytes, again`).toBe(true);
    }
  });

  it("leaves everything before the tag as it was", () => {
    const message = Uint8Array.from({ length: 40 }, (_, index) => index);
    expect(signed(message).subarray(0, 40)).toEqual(message);
  });

  it("doesn't change a frame that it verifies", () => {
    const frame = signed(new Uint8Array(20));
    const copy = frame.slice();
    new Mac(key).verify(frame);
    expect(frame).toEqual(copy);
  });

  it("takes nothing over from another instance's frames", () => {
    const other = new Mac(new Uint8Array(32).fill(8));
    const expected = tagOf(key, new Uint8Array(100));
    other.sign(untagged(new Uint8Array(33)));
    expect(tagOf(key, new Uint8Array(100))).toBe(expected);
    expect(other.verify(signed(new Uint8Array(100)))).toBe(false);
  });

  it("rejects every flipped bit", () => {
    const frame = signed(Uint8Array.from({ length: 24 }, (_, index) => index));
    const mac = new Mac(key);
    for (let bit = 0; bit < frame.length * 8; bit++) {
      const changed = frame.slice();
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(mac.verify(changed), `bit ${bit}`).toBe(false);
    }
  });

  it("rejects every truncation and a byte more", () => {
    const frame = signed(new Uint8Array(24));
    const mac = new Mac(key);
    for (let length = 0; length < frame.length; length++) expect(mac.verify(frame.subarray(0, length))).toBe(false);
    expect(mac.verify(joined(frame, Uint8Array.of(0)))).toBe(false);
  });

  it("rejects what is shorter than a frame even when its tag is right", () => {
    expect(new Mac(key).verify(signed(new Uint8Array(15)))).toBe(false);
    expect(new Mac(key).verify(signed(new Uint8Array(16)))).toBe(true);
  });

  it("rejects the tag of another key", () => {
    expect(new Mac(new Uint8Array(32).fill(8)).verify(signed(new Uint8Array(24)))).toBe(false);
  });

  it("keeps working when the key's bytes are wiped", () => {
    const bytes = key.slice();
    const mac = new Mac(bytes);
    bytes.fill(0);
    expect(mac.verify(signed(new Uint8Array(24)))).toBe(true);
  });
});
