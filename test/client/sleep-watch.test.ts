import { expect, it } from "vitest";
import { SleepWatch } from "../../src/client/sleep-watch.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

it("tells that the host slept, when its clock went on and its timers did not", async () => {
  const clock = fakeClock();
  let sleptMs = 0;
  let woken = 0;
  const watch = new SleepWatch(
    { now: () => clock.now() + sleptMs, after: (ms, task) => clock.after(ms, task) },
    () => (woken += 1),
  );
  await clock.advance(60_000);
  expect(woken).toBe(0);
  sleptMs += 4_999;
  await clock.advance(10_000);
  expect(woken).toBe(0);
  sleptMs += 5_000;
  await clock.advance(10_000);
  expect(woken).toBe(1);
  await clock.advance(60_000);
  expect(woken).toBe(1);
  watch.stop();
  expect(clock.pendingTimers).toBe(0);
});
