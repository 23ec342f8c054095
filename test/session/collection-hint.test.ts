import { afterEach, expect, test, vi } from "vitest";
import { CollectionHint } from "../../src/session/collection-hint.js";

afterEach(() => void vi.unstubAllGlobals());

/** Counts the hints. */
function hints(): { readonly count: number } {
  const counter = { count: 0 };
  vi.stubGlobal(
    "ArrayBuffer",
    class {
      constructor() {
        counter.count++;
      }
    },
  );
  return counter;
}

test("hints at each eighth of the room from a quarter on, while that is of use", () => {
  const given = hints();
  const hint = new CollectionHint(64);
  for (let size = 1; size < 16; size++) hint.added(size);
  expect(given.count).toBe(0);
  for (let round = 1; round <= 5; round++) {
    for (let size = 16; size < 24; size++) hint.added(size);
    expect(given.count).toBe(round);
    for (let collected = 0; collected < 8; collected++) hint.collected();
  }
});

test("becomes rare for a program that holds what there is, or gives it back itself", () => {
  const given = hints();
  const hint = new CollectionHint(64);
  for (let added = 0; added < 8 * 1024; added++) hint.added(added % 2 === 0 ? 40 : 20);
  expect(given.count).toBeLessThan(12);
});

test("goes on without memory for a hint", () => {
  vi.stubGlobal(
    "ArrayBuffer",
    class {
      constructor() {
        throw new RangeError("Array buffer allocation failed");
      }
    },
  );
  const hint = new CollectionHint(8);
  expect(() => hint.added(8)).not.toThrow();
});
