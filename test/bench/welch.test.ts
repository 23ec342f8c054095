import { describe, expect, it } from "vitest";
import { compare, interleaved, MAX_ABSOLUTE_T, welchT } from "../../bench/welch.js";

/** Numbers between 0 and 1 that are the same in every run. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

describe("welchT", () => {
  it("is the difference of means in units of its error", () => {
    // By hand: means 3 and 5, variances 2.5 and 2.5, five samples each: -2 / sqrt(0.5 + 0.5).
    expect(welchT([1, 2, 3, 4, 5], [3, 4, 5, 6, 7])).toBeCloseTo(-2, 12);
    // Unequal sizes and variances: means 2 and 20, variances 1 and 100: -18 / sqrt(1/3 + 100/2).
    expect(welchT([1, 2, 3], [20 - Math.sqrt(50), 20 + Math.sqrt(50)])).toBeCloseTo(-18 / Math.sqrt(1 / 3 + 50), 10);
  });

  it("is 0 for equal constants", () => {
    expect(welchT([7, 7], [7, 7])).toBe(0);
  });
});

describe("compare", () => {
  const noise = (random: () => number, shift = 0) => Array.from({ length: 10_000 }, () => 100 + shift + 10 * random());

  it("finds no difference in samples of one kind", () => {
    const random = seeded(1);
    const { t, croppedT, count } = compare(noise(random), noise(random));
    expect([Math.abs(t) < MAX_ABSOLUTE_T, Math.abs(croppedT) < MAX_ABSOLUTE_T, count]).toEqual([true, true, 10_000]);
  });

  it("finds a shift of a hundredth of the spread's ten", () => {
    const random = seeded(2);
    expect(Math.abs(compare(noise(random), noise(random, 0.5)).t)).toBeGreaterThan(MAX_ABSOLUTE_T);
  });

  it("finds it behind what the machine was busy with, once that is cropped", () => {
    const random = seeded(3);
    const busy = (samples: number[]) =>
      samples.map((sample) => (random() < 0.02 ? sample + 100_000 * random() : sample));
    const { t, croppedT, medians } = compare(busy(noise(random)), busy(noise(random, 0.5)));
    expect(Math.abs(t)).toBeLessThan(MAX_ABSOLUTE_T);
    expect(Math.abs(croppedT)).toBeGreaterThan(MAX_ABSOLUTE_T);
    expect(medians[1] - medians[0]).toBeCloseTo(0.5, 0);
  });

  it("refuses samples that have no variance", () => {
    expect(() => compare([1], [1, 2])).toThrow("two samples a class are needed, got 1, 2");
  });
});

describe("interleaved", () => {
  it("gives each class as often, one after the other in either order", () => {
    const order = [...interleaved(1_000, seeded(4))];
    const pairs = Array.from({ length: 1_000 }, (_, pair) => order.slice(2 * pair, 2 * pair + 2).join(""));
    expect(new Set(pairs)).toEqual(new Set(["01", "10"]));
    const firsts = pairs.filter((pair) => pair === "01").length;
    expect(firsts).toBeGreaterThan(400);
    expect(firsts).toBeLessThan(600);
  });
});
