import { expect, it } from "vitest";
import { alarm } from "../../src/session/alarm.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

const DAY_MS = 24 * 60 * 60 * 1000;

it("rings at its time and not a millisecond earlier", async () => {
  const clock = fakeClock();
  let rings = 0;
  alarm(clock, clock.now() + 1000, () => rings++);
  await clock.advance(999);
  expect(rings).toBe(0);
  await clock.advance(1);
  expect(rings).toBe(1);
});

it("rings once, 60 days on, though a host's timer reaches 24 days only", async () => {
  const clock = fakeClock();
  const limited = {
    now: () => clock.now(),
    // setTimeout of browsers and Node: what does not fit 31 bits runs at once.
    after: (ms: number, task: () => void) => clock.after(ms > 2 ** 31 - 1 ? 1 : ms, task),
  };
  let rings = 0;
  alarm(limited, clock.now() + 60 * DAY_MS, () => rings++);
  await clock.advance(60 * DAY_MS - 1);
  expect(rings).toBe(0);
  await clock.advance(1);
  expect(rings).toBe(1);
  expect(clock.pendingTimers).toBe(0);
});

it("rings in the next turn when its time has passed", async () => {
  const clock = fakeClock();
  let rings = 0;
  alarm(clock, clock.now() - 5, () => rings++);
  expect(rings).toBe(0);
  await clock.advance(0);
  expect(rings).toBe(1);
});

it("never rings once cancelled, also after it was set anew", async () => {
  const clock = fakeClock();
  let rings = 0;
  const timer = alarm(clock, clock.now() + 40 * DAY_MS, () => rings++);
  await clock.advance(30 * DAY_MS);
  timer.cancel();
  await clock.advance(30 * DAY_MS);
  expect(rings).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});
