import { describe, expect, it } from "vitest";
import { fakeClock } from "../../src/testing/fake-clock.js";

describe("fakeClock", () => {
  it("runs a timer when its time has come and not a millisecond earlier", async () => {
    const clock = fakeClock();
    let runs = 0;
    clock.after(100, () => runs++);
    await clock.advance(99);
    expect(runs).toBe(0);
    await clock.advance(1);
    expect(runs).toBe(1);
    await clock.advance(1000);
    expect(runs).toBe(1);
  });

  it("runs timers in order of time, equal ones in the order they were set, each at its own time", async () => {
    const clock = fakeClock();
    const start = clock.now();
    const order: string[] = [];
    const note = (name: string) => () => order.push(`${name} ${clock.now() - start}`);
    clock.after(20, note("late"));
    clock.after(10, note("first"));
    clock.after(10, note("second"));
    await clock.advance(25);
    expect(order).toEqual(["first 10", "second 10", "late 20"]);
    expect(clock.now() - start).toBe(25);
  });

  it("runs a timer that another one set, if it falls due in the same advance", async () => {
    const clock = fakeClock();
    const order: string[] = [];
    clock.after(10, () => {
      order.push("outer");
      clock.after(5, () => order.push("inner"));
    });
    await clock.advance(14);
    expect(order).toEqual(["outer"]);
    await clock.advance(1);
    expect(order).toEqual(["outer", "inner"]);
  });

  it("lets chains of microtasks settle between two timers", async () => {
    const clock = fakeClock();
    const order: string[] = [];
    clock.after(1, async () => {
      for (let i = 0; i < 50; i++) await undefined;
      order.push("settled");
    });
    clock.after(2, () => order.push("next timer"));
    await clock.advance(2);
    expect(order).toEqual(["settled", "next timer"]);
  });

  it("never runs a cancelled timer", async () => {
    const clock = fakeClock();
    let runs = 0;
    const timer = clock.after(10, () => runs++);
    expect(clock.pendingTimers).toBe(1);
    timer.cancel();
    timer.cancel();
    expect(clock.pendingTimers).toBe(0);
    await clock.advance(100);
    expect(runs).toBe(0);
  });

  it("hands on what a timer throws", async () => {
    const clock = fakeClock();
    clock.after(1, () => {
      throw new Error("boom");
    });
    await expect(clock.advance(1)).rejects.toThrow("boom");
  });
});
