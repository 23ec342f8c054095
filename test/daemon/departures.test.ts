import { expect, test } from "vitest";
import { Departures } from "../../src/daemon/departures.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import type { Transport } from "../../src/transport/transport.js";

/** A line that never closes; `said` is what was done to it. */
function line(said: string[] = []): Transport & { readonly said: readonly string[] } {
  return {
    said,
    bufferedBytes: 0,
    start: () => {},
    send: () => {},
    close: (code) => said.push(`close ${code}`),
    destroy: () => said.push("destroy"),
  };
}

test("a line is closed with 4401 and torn down when that is not answered within a second", async () => {
  const clock = fakeClock();
  const departures = new Departures(clock);
  const slow = line();
  departures.seeOff(slow);
  await clock.advance(999);
  expect([slow.said, departures.size]).toEqual([["close 4401"], 1]);
  await clock.advance(1);
  expect([slow.said, departures.size]).toEqual([["close 4401", "destroy"], 0]);
});

test("a line that has closed is left alone", async () => {
  const clock = fakeClock();
  const departures = new Departures(clock);
  const quick = line();
  departures.seeOff(quick);
  departures.gone(quick);
  await clock.advance(5_000);
  expect([quick.said, departures.size, clock.pendingTimers]).toEqual([["close 4401"], 0, 0]);
});

test("row 48: of more than 64 the oldest is torn down at once", () => {
  const departures = new Departures(fakeClock());
  const lines = Array.from({ length: 66 }, () => line());
  for (const each of lines) departures.seeOff(each);
  expect(departures.size).toBe(64);
  expect(lines.map(({ said }) => said.length)).toEqual(lines.map((_, index) => (index < 2 ? 2 : 1)));
});
