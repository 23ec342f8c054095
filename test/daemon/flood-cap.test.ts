import { describe, expect, it } from "vitest";
import { EVENTS_PER_WINDOW, FloodCap, WINDOW_MS } from "../../src/daemon/flood-cap.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

function capped() {
  const clock = fakeClock();
  const told: [event: string, leftOut: number][] = [];
  return { clock, told, cap: new FloodCap<string>(clock, (event, leftOut) => void told.push([event, leftOut])) };
}

describe("FloodCap", () => {
  it("tells 20 events of one origin in 10 s, and at their end the last of the others with how many were left out", async () => {
    const { clock, told, cap } = capped();
    for (let event = 1; event <= 1_000; event++) cap.add("ann", `${event}`);
    expect(told).toEqual(Array.from({ length: EVENTS_PER_WINDOW }, (_, index) => [`${index + 1}`, 0]));
    await clock.advance(WINDOW_MS - 1);
    expect(told.length).toBe(EVENTS_PER_WINDOW);
    await clock.advance(1);
    expect(told.slice(EVENTS_PER_WINDOW)).toEqual([["1000", 979]]);
    cap.add("ann", "next");
    expect(told.at(-1)).toEqual(["next", 0]);
  });

  it("tells the 20th and leaves out the 21st", async () => {
    const { clock, told, cap } = capped();
    for (let event = 1; event <= 20; event++) cap.add("ann", `${event}`);
    expect(told.length).toBe(20);
    await clock.advance(WINDOW_MS);
    expect([told.length, clock.pendingTimers]).toEqual([20, 0]);
  });

  it("hides no origin behind the flood of another", () => {
    const { told, cap } = capped();
    for (let event = 1; event <= 100; event++) cap.add("ann", "flood");
    cap.add("bob", "once");
    expect(told.at(-1)).toEqual(["once", 0]);
  });

  it("remembers 1024 origins at once; those beyond share one cap", async () => {
    const { clock, told, cap } = capped();
    for (let origin = 0; origin < 5_000; origin++) cap.add(`origin ${origin}`, "once");
    expect(told.length).toBe(1024 + EVENTS_PER_WINDOW);
    expect(clock.pendingTimers).toBe(1025);
    await clock.advance(WINDOW_MS);
    expect(told.at(-1)).toEqual(["once", 5_000 - 1024 - EVENTS_PER_WINDOW - 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("tells what it still knows when it ends, and leaves no timer", () => {
    const { clock, told, cap } = capped();
    for (let event = 1; event <= 30; event++) cap.add("ann", `${event}`);
    cap.end();
    expect(told.at(-1)).toEqual(["30", 9]);
    expect(clock.pendingTimers).toBe(0);
  });
});
