import { expect, it } from "vitest";
import { RENEWAL_BURST, RENEWAL_INTERVAL_MS, RenewalPace } from "../../src/daemon/renewal-pace.js";

/** How many renewals there may be at a time. */
function takenAt(pace: RenewalPace, nowMs: number): number {
  let taken = 0;
  for (; taken < 100 && pace.waitMs(nowMs) === 0; taken++) pace.note(nowMs);
  return taken;
}

it("allows a burst and then one in each interval, and the whole burst after a rest", () => {
  const pace = new RenewalPace();
  const startMs = 1_000_000;
  expect(takenAt(pace, startMs)).toBe(RENEWAL_BURST);
  expect(pace.waitMs(startMs)).toBe(RENEWAL_INTERVAL_MS);
  expect(pace.waitMs(startMs + RENEWAL_INTERVAL_MS - 1)).toBe(1);
  expect(takenAt(pace, startMs + RENEWAL_INTERVAL_MS - 1)).toBe(0);
  expect(takenAt(pace, startMs + RENEWAL_INTERVAL_MS)).toBe(1);
  expect(takenAt(pace, startMs + 100 * RENEWAL_INTERVAL_MS)).toBe(RENEWAL_BURST);
});

it("holds nobody up for longer than a burst when the clock is put back", () => {
  const pace = new RenewalPace();
  expect(takenAt(pace, 1_000_000)).toBe(RENEWAL_BURST);
  expect(takenAt(pace, 500_000)).toBe(0);
  pace.note(500_000);
  expect(takenAt(pace, 500_000 + RENEWAL_BURST * RENEWAL_INTERVAL_MS)).toBe(RENEWAL_BURST - 1);
});
