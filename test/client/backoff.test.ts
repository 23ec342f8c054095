import { describe, expect, it } from "vitest";
import { Backoff } from "../../src/client/backoff.js";
import { fakeClock } from "../../src/testing/fake-clock.js";

function backoffOf({ random = (): number => 1, minDelayMs = 250, maxDelayMs = 30_000 } = {}) {
  const clock = fakeClock();
  return { clock, backoff: new Backoff({ clock, random, minDelayMs, maxDelayMs }) };
}

describe("Backoff", () => {
  it("doubles the longest pause after each try, up to the most", () => {
    const { backoff } = backoffOf();
    const pauses = Array.from({ length: 10 }, () => (backoff.begin(), backoff.pauseMs()));
    expect(pauses).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  it("stays at the most after any number of tries", () => {
    const { backoff } = backoffOf();
    for (let tries = 0; tries < 2_000; tries++) backoff.begin();
    expect(backoff.pauseMs()).toBe(30_000);
  });

  it.each([
    [0, 0],
    [0.25, 250],
    [0.5, 500],
    [0.999, 999],
  ])("takes all of the pause as jitter: %d of it is %d ms", (share, pauseMs) => {
    const { backoff } = backoffOf({ random: () => share, minDelayMs: 1_000 });
    backoff.begin();
    expect(backoff.pauseMs()).toBe(pauseMs);
  });

  it("begins anew after a success", () => {
    const { backoff } = backoffOf();
    for (let tries = 0; tries < 5; tries++) backoff.begin();
    expect(backoff.tries).toBe(5);
    backoff.succeeded();
    expect(backoff.tries).toBe(0);
    backoff.begin();
    expect(backoff.pauseMs()).toBe(250);
  });

  /** Tries with success, and lives for so long. */
  function lives({ backoff, clock }: ReturnType<typeof backoffOf>) {
    return async (ms: number): Promise<number> => {
      backoff.begin();
      backoff.succeeded();
      await clock.advance(ms);
      return backoff.pauseAfterLossMs();
    };
  }

  it("makes no pause after a loss, but for what is lost at once again and again", async () => {
    const live = lives(backoffOf());
    expect([await live(10), await live(249), await live(250), await live(249), await live(250)]).toEqual([
      0, 250, 0, 0, 0,
    ]);
  });

  it("lets the pauses grow while what a try brings doesn't last longer than they do", async () => {
    const made = backoffOf({ maxDelayMs: 1_500 });
    const live = lives(made);
    const pauses = [await live(0), await live(0), await live(0), await live(499), await live(999), await live(0)];
    expect(pauses).toEqual([0, 250, 500, 1_000, 1_500, 1_500]);
    expect([await live(1_500), await live(0)]).toEqual([0, 0]);
    expect(made.backoff.successor().pauseAfterLossMs()).toBe(0);
  });

  it("lets them grow after what ends in order at once, and hands them on", async () => {
    const { backoff } = backoffOf();
    const pauses = Array.from({ length: 4 }, () => (backoff.begin(), backoff.succeeded(), backoff.pauseMs()));
    expect(pauses).toEqual([250, 250, 500, 1_000]);
    const successor = backoff.successor();
    expect(successor.tries).toBe(0);
    successor.begin();
    successor.succeeded();
    expect(successor.pauseAfterLossMs()).toBe(2_000);
  });

  it("counts a life from its beginning, whatever is tried beside it", async () => {
    const { backoff, clock } = backoffOf();
    for (let round = 0; round < 4; round++) {
      backoff.succeeded();
      await clock.advance(200);
    }
    expect([backoff.pauseAfterLossMs(), backoff.pauseAfterLossMs()]).toEqual([0, 0]);
    backoff.succeeded();
    expect(backoff.pauseAfterLossMs()).toBe(0);
  });
});
