import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IdTable } from "../../src/session/id-table.js";

describe("IdTable", () => {
  test("finds what was added until it is deleted", () => {
    const table = new IdTable<{ id: number }>();
    const entry = { id: 7 };
    expect(table.get(7)).toBeUndefined();
    table.add(entry);
    expect([table.get(7), table.has(7), table.has(8), table.size]).toEqual([entry, true, false, 1]);
    table.delete(7);
    expect([table.get(7), table.size]).toEqual([undefined, 0]);
  });

  test("keeps one that stays while a million others come and go", () => {
    const table = new IdTable<{ id: number }>();
    const slow = { id: 1 };
    table.add(slow);
    for (let id = 2; id < 1_000_000; id++) {
      table.add({ id });
      table.delete(id);
    }
    expect([table.get(1), table.size]).toEqual([slow, 1]);
    table.delete(1);
    expect([table.get(1), table.size]).toEqual([undefined, 0]);
  });

  test("does nothing for an id that is not here", () => {
    const table = new IdTable<{ id: number }>();
    table.delete(3);
    table.add({ id: 3 });
    table.delete(3 + 256);
    expect(table.size).toBe(1);
  });

  test("holds what a Map holds, whatever comes and goes", () => {
    const steps = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 1200 })), { maxLength: 400 });
    fc.assert(
      fc.property(steps, (moves) => {
        const table = new IdTable<{ id: number }>();
        const map = new Map<number, { id: number }>();
        for (const [isAdded, id] of moves) {
          if (!isAdded) {
            table.delete(id);
            map.delete(id);
          } else if (!map.has(id)) {
            const entry = { id };
            table.add(entry);
            map.set(id, entry);
          }
        }
        expect(table.size).toBe(map.size);
        expect(table.values()).toEqual([...map.values()].sort((a, b) => a.id - b.id));
        for (let id = 0; id <= 1200; id++) expect(table.get(id)).toBe(map.get(id));
      }),
      { numRuns: 100 },
    );
  });

  test("forgets all when it is cleared", () => {
    const table = new IdTable<{ id: number }>();
    for (const id of [1, 257, 513]) table.add({ id });
    table.clear();
    expect([table.size, table.values(), table.has(1), table.has(513)]).toEqual([0, [], false, false]);
  });
});
