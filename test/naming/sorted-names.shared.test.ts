import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SortedNames } from "../../src/naming/sorted-names.js";

describe("SortedNames", () => {
  it("is a sorted set, whatever comes and goes", () => {
    const name = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom("a", "b", "/", "Z") });
    const step = fc.record({ name, isThere: fc.boolean() });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), name, fc.nat(10), (steps, from, count) => {
        const names = new SortedNames();
        const model = new Set<string>();
        for (const { name: one, isThere } of steps) {
          if (!isThere) names.delete(one);
          else if (!model.has(one)) names.add(one);
          if (isThere) model.add(one);
          else model.delete(one);
        }
        const expected = [...model].filter((one) => one >= from).sort();
        expect(names.slice(from, count)).toEqual(expected.slice(0, count));
      }),
    );
  });

  it("keeps many in chunks", () => {
    const names = new SortedNames();
    const all = Array.from({ length: 5_000 }, (_, index) => `n${(index * 7_919) % 5_000}`);
    for (const name of all) names.add(name);
    const sorted = [...all].sort();
    expect(names.slice("", 10_000)).toEqual(sorted);
    expect(names.slice("n2", 1_500)).toEqual(sorted.slice(sorted.indexOf("n2"), sorted.indexOf("n2") + 1_500));
    for (const name of all.slice(100)) names.delete(name);
    expect(names.slice("", 10_000)).toEqual(all.slice(0, 100).sort());
  });
});
