import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Mac } from "../../src/auth/mac.js";
import { webHmac } from "../../src/browser/web-hmac.js";

/** From here on a tag may come late. */
const LATE_FROM_BYTES = 16 * 1024;

/** The tag that `@noble/hashes` makes. */
function nobleTag(key: Uint8Array, frame: Uint8Array): Uint8Array {
  const signed = frame.slice();
  new Mac(key).sign(signed);
  return signed.slice(-32);
}

describe("webHmac", () => {
  test("makes the tags that @noble/hashes makes, of whatever size and content", async () => {
    const frames = fc.record({
      key: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      length: fc.oneof(
        fc.integer({ min: LATE_FROM_BYTES, max: LATE_FROM_BYTES + 130 }),
        fc.integer({ min: LATE_FROM_BYTES, max: 300_000 }),
      ),
      seed: fc.nat(),
    });
    await fc.assert(
      fc.asyncProperty(frames, async ({ key, length, seed }) => {
        const frame = Uint8Array.from({ length }, (_, index) => Math.imul(index + 1, seed + 7) >>> 11);
        const made = new Mac(key).lateTag(frame, webHmac);
        expect(await made).toEqual(nobleTag(key, frame));
      }),
      { numRuns: 30 },
    );
  });

  test("leaves what is smaller, and everything where there is none, to @noble/hashes", async () => {
    const key = new Uint8Array(32).fill(3);
    expect(new Mac(key).lateTag(new Uint8Array(LATE_FROM_BYTES - 1), webHmac)).toBeUndefined();
    expect(new Mac(key).lateTag(new Uint8Array(LATE_FROM_BYTES), undefined)).toBeUndefined();
    const frame = new Uint8Array(LATE_FROM_BYTES).fill(9);
    expect(await new Mac(key).lateTag(frame, () => async () => undefined)).toEqual(nobleTag(key, frame));
  });
});
