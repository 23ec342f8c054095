import { describe, expect, test } from "vitest";
import { BulkWindow } from "../../src/session/bulk-window.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

const KIBIBYTE = 1024;

/** A window, and so many fillings of it that are each acknowledged after a while; gives its size in KiB after each. */
function measured() {
  const clock = fakeClock();
  const window = new BulkWindow(clock);
  let seq = 0;
  const fill = async (...delaysMs: number[]): Promise<number[]> => {
    const sizes: number[] = [];
    for (const delayMs of delaysMs) {
      window.filled(++seq);
      await clock.advance(delayMs);
      window.acknowledged(seq);
      sizes.push(window.bytes / KIBIBYTE);
    }
    return sizes;
  };
  return { clock, window, fill };
}

describe("the window for bulk", () => {
  test("stays small on a line without delay, where a larger one would only hold small calls up", async () => {
    const { fill } = measured();
    expect(await fill(0, 0, 1, 2, 40, 0, 1)).toEqual([16, 16, 16, 16, 16, 16, 16]);
  });

  test("grows on a long line, up to where everything waits", async () => {
    const { fill } = measured();
    expect(await fill(100, 100, 105, 120, 110, 100, 100, 100, 100)).toEqual([
      32, 64, 128, 256, 512, 1024, 2048, 4096, 4096,
    ]);
  });

  test("shrinks when acknowledgements are late: what is under way waits somewhere", async () => {
    const { fill } = measured();
    await fill(50, 50, 50, 50);
    expect(await fill(90, 101, 150, 90, 60)).toEqual([256, 128, 64, 64, 128]);
  });

  test("looks at one frame at a time, from its first filling to the acknowledgement of that very frame", async () => {
    const { clock, window } = measured();
    window.filled(7);
    await clock.advance(50);
    window.filled(9);
    window.acknowledged(6);
    expect(window.bytes).toBe(16 * KIBIBYTE);
    await clock.advance(50);
    window.acknowledged(8);
    expect(window.bytes).toBe(32 * KIBIBYTE);
    window.acknowledged(9);
    expect(window.bytes).toBe(32 * KIBIBYTE);
  });

  test("takes a longer delay as that of the line when it has been so for a while", async () => {
    const { fill } = measured();
    await fill(10, 10, 10, 10, 10, 10);
    expect(await fill(...Array.from({ length: 6 }, () => 100))).toEqual([512, 256, 128, 64, 32, 16]);
    const sizes = await fill(...Array.from({ length: 120 }, () => 100));
    expect(sizes.at(-1)).toBe(4096);
  });

  test("starts anew with another line", async () => {
    const { window, fill } = measured();
    await fill(100, 100, 100);
    window.reset();
    expect(window.bytes).toBe(16 * KIBIBYTE);
    expect(await fill(5, 5)).toEqual([32, 64]);
  });
});
