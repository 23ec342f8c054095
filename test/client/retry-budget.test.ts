import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RetryBudget } from "../../src/client/retry-budget.js";

/** How many of so many retries it allows, at one time. */
function taken(budget: RetryBudget, count: number, nowMs = 0): number {
  let allowed = 0;
  for (let asked = 0; asked < count; asked++) if (budget.take(nowMs)) allowed++;
  return allowed;
}

describe("a budget of retries", () => {
  test("has ten at the start", () => {
    expect(taken(new RetryBudget({}), 50)).toBe(10);
  });

  test("gets one for each ten calls", () => {
    const budget = new RetryBudget({});
    taken(budget, 10);
    for (let calls = 0; calls < 9; calls++) budget.called();
    expect(budget.take(0)).toBe(false);
    budget.called();
    expect(taken(budget, 5)).toBe(1);
  });

  test("gets one for each ten seconds, for programs that call seldom", () => {
    const budget = new RetryBudget({});
    taken(budget, 10);
    expect(budget.take(9_000)).toBe(false);
    expect(taken(budget, 5, 10_000)).toBe(1);
    expect(taken(budget, 5, 40_000)).toBe(3);
  });

  test("saves no more than its burst", () => {
    const budget = new RetryBudget({ burst: 2, ratio: 1 });
    for (let calls = 0; calls < 100; calls++) budget.called();
    expect(taken(budget, 50, 1e9)).toBe(2);
  });

  test("gets nothing from a clock that was set back", () => {
    const budget = new RetryBudget({ burst: 1, perSecond: 1, ratio: 0 });
    expect(budget.take(60_000)).toBe(true);
    expect(budget.take(1_000)).toBe(false);
    expect(budget.take(1_500)).toBe(false);
    expect(budget.take(2_000)).toBe(true);
  });

  test("never allows more than its ratio, its rate and its burst together", () => {
    const step = fc.oneof(
      fc.constant("call" as const),
      fc.constant("retry" as const),
      fc.integer({ min: 0, max: 5_000 }),
    );
    const options = fc.record({
      ratio: fc.double({ min: 0, max: 1, noNaN: true }),
      perSecond: fc.double({ min: 0, max: 20, noNaN: true }),
      burst: fc.double({ min: 1, max: 50, noNaN: true }),
    });
    fc.assert(
      fc.property(options, fc.array(step, { maxLength: 300 }), ({ ratio, perSecond, burst }, steps) => {
        const budget = new RetryBudget({ ratio, perSecond, burst });
        let [calls, retries, nowMs] = [0, 0, 0];
        for (const each of steps) {
          if (each === "call") {
            calls++;
            budget.called();
          } else if (each === "retry") {
            if (budget.take(nowMs)) retries++;
            expect(retries).toBeLessThanOrEqual(burst + ratio * calls + (perSecond * nowMs) / 1000 + 0.001);
          } else {
            nowMs += each;
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
