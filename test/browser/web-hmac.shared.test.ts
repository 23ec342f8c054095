import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Mac } from "../../src/auth/mac.js";
import { webHmac } from "../../src/browser/web-hmac.js";

/** From here on a tag may come late. */
const LATE_FROM_BYTES = 16 * 1024;

/** A frame as `@noble/hashes` signs it. */
function signedByNoble(key: Uint8Array, frame: Uint8Array): Uint8Array {
  const signed = frame.slice();
  new Mac(key).sign(signed);
  return signed;
}

describe("webHmac", () => {
  test("makes the tags that @noble/hashes makes, of whatever size and content, and takes no other", async () => {
    const frames = fc.record({
      key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      length: fc.oneof(
        fc.integer({ min: LATE_FROM_BYTES, max: LATE_FROM_BYTES + 130 }),
        fc.integer({ min: LATE_FROM_BYTES, max: 300_000 }),
      ),
      seed: fc.nat(),
      flipped: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(frames, async ({ key, length, seed, flipped }) => {
        const mac = new Mac(key);
        const frame = Uint8Array.from({ length }, (_, index) => Math.imul(index + 1, seed + 7) >>> 11);
        const expected = signedByNoble(key, frame);
        await mac.signLate(frame, webHmac);
        // Not by toEqual, which walks hundreds of thousands of elements.
        expect(frame.every((byte, index) => byte === expected[index])).toBe(true);
        expect(await mac.verifyLate(frame, webHmac)).toBe(true);
        frame[flipped % length]! ^= 1;
        expect(await mac.verifyLate(frame, webHmac)).toBe(false);
      }),
      { numRuns: 30 },
    );
  });

  test("leaves what is smaller, and everything where there is none, to @noble/hashes", async () => {
    const mac = new Mac(new Uint8Array(32).fill(3));
    expect(mac.signLate(new Uint8Array(LATE_FROM_BYTES - 1), webHmac)).toBeUndefined();
    expect(mac.verifyLate(new Uint8Array(LATE_FROM_BYTES), undefined)).toBeUndefined();
    const frame = new Uint8Array(LATE_FROM_BYTES).fill(9);
    await mac.signLate(frame, () => async () => undefined);
    expect(mac.verify(frame)).toBe(true);
  });
});
