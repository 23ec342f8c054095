import { describe, expect, test } from "vitest";
import { quietMicrotasks } from "../../src/session/flush-scheduler.js";

describe("quietMicrotasks", () => {
  test("waits while each few microtasks bring something new, then flushes once", async () => {
    let queued = 1;
    const flushes: number[] = [];
    quietMicrotasks(
      () => flushes.push(queued),
      () => queued,
    );
    for (let item = 0; item < 20; item++) {
      for (let hop = 0; hop < 3; hop++) await undefined;
      queued++;
    }
    expect(flushes).toEqual([]);
    for (let hop = 0; hop < 8; hop++) await undefined;
    expect(flushes).toEqual([21]);
  });

  test("flushes within the turn, before any timer", async () => {
    const order: string[] = [];
    setTimeout(() => order.push("timer"), 0);
    quietMicrotasks(
      () => order.push("flush"),
      () => 1,
    );
    await new Promise((resolve) => setTimeout(resolve, 0));
    expect(order).toEqual(["flush", "timer"]);
  });
});
