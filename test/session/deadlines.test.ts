import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Deadlines, type Expiring } from "../../src/session/deadlines.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

class Item implements Expiring {
  heapIndex = -1;
  readonly deadlineAtMs: number;
  readonly #expired: (item: Item) => void;

  constructor(deadlineAtMs: number, expired: (item: Item) => void) {
    this.deadlineAtMs = deadlineAtMs;
    this.#expired = expired;
  }

  expired(): void {
    this.#expired(this);
  }
}

describe("deadlines", () => {
  test("expire in their order, each at its time, behind one timer", async () => {
    const clock = fakeClock();
    const deadlines = new Deadlines(clock);
    const startMs = clock.nowMs;
    const expired: number[] = [];
    for (const ms of [30, 10, 20, 10]) deadlines.add(new Item(startMs + ms, () => expired.push(clock.nowMs - startMs)));
    expect(clock.pendingTimers).toBe(1);
    await clock.advance(9);
    expect(expired).toEqual([]);
    await clock.advance(100);
    expect(expired).toEqual([10, 10, 20, 30]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("that are removed never expire, and removing one twice does nothing", async () => {
    const clock = fakeClock();
    const deadlines = new Deadlines(clock);
    const expired: Item[] = [];
    const items = [5, 6, 7].map((ms) => new Item(clock.nowMs + ms, (item) => expired.push(item)));
    for (const item of items) deadlines.add(item);
    deadlines.remove(items[0]!);
    deadlines.remove(items[0]!);
    await clock.advance(10);
    expect(expired).toEqual([items[1], items[2]]);
  });

  test("that are cleared leave no timer", () => {
    const clock = fakeClock();
    const deadlines = new Deadlines(clock);
    deadlines.add(new Item(clock.nowMs + 5, () => undefined));
    deadlines.clear();
    expect(clock.pendingTimers).toBe(0);
  });

  test("longer than timers can wait are looked at again", async () => {
    const clock = fakeClock();
    const deadlines = new Deadlines(clock);
    let hasExpired = false;
    deadlines.add(new Item(clock.nowMs + 2 ** 31 + 1000, () => (hasExpired = true)));
    await clock.advance(2 ** 31);
    expect(hasExpired).toBe(false);
    await clock.advance(1000);
    expect(hasExpired).toBe(true);
  });

  test("expire in order whatever was added and removed", async () => {
    const steps = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 50 }), isRemoved: fc.boolean() }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (plan) => {
        const clock = fakeClock();
        const deadlines = new Deadlines(clock);
        const expired: number[] = [];
        const items = plan.map(
          ({ ms }) => new Item(clock.nowMs + ms, ({ deadlineAtMs }) => expired.push(deadlineAtMs)),
        );
        for (const item of items) deadlines.add(item);
        for (const [at, { isRemoved }] of plan.entries()) if (isRemoved) deadlines.remove(items[at]!);
        const left = items.filter((_, at) => plan[at]?.isRemoved === false).map(({ deadlineAtMs }) => deadlineAtMs);
        await clock.advance(60);
        expect(expired).toEqual(left.toSorted((a, b) => a - b));
      }),
      { numRuns: 60 },
    );
  });
});
