import { expect, test } from "vitest";
import { Lease } from "../../src/session/lease.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

test("a lease counts from the last loss, and not at all while there is a channel", async () => {
  const clock = fakeClock();
  let ends = 0;
  const lease = new Lease(clock, () => (ends += 1));
  lease.grant({ windowMs: 10_000, heartbeatMs: 1_000 }, "server");
  expect([lease.windowMs, lease.endsAtMs]).toEqual([10_000, undefined]);
  expect(lease.begin()).toBe(clock.now() + 10_000);
  await clock.advance(6_000);
  expect(lease.begin()).toBe(clock.now() + 10_000);
  await clock.advance(9_999);
  expect([ends, lease.endsAtMs]).toEqual([0, clock.now() + 1]);
  lease.stop();
  await clock.advance(60_000);
  expect([ends, lease.endsAtMs, clock.pendingTimers]).toEqual([0, undefined, 0]);
  lease.begin();
  await clock.advance(10_000);
  expect(ends).toBe(1);
});

test("a lease lasts no longer when the clock is put back by an hour", async () => {
  const fake = fakeClock();
  let putBackMs = 0;
  let ends = 0;
  const lease = new Lease({ now: () => fake.now() - putBackMs, after: fake.after.bind(fake) }, () => (ends += 1));
  lease.grant({ windowMs: 10_000, heartbeatMs: 1_000 }, "server");
  lease.begin();
  putBackMs = 3_600_000;
  await fake.advance(9_999);
  expect(ends).toBe(0);
  await fake.advance(1);
  expect([ends, fake.pendingTimers]).toEqual([1, 0]);
});
