import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { expectOnceAndInOrder } from "./support/once-and-in-order.js";
import { QUESTIONS_AT_ONCE } from "./support/questions-at-once.js";
import { BROWSER_START_LIMIT_MS, RunningChromium } from "./support/running-chromium.js";
import { liveThrough, situations } from "./support/situations.js";

const HEARTBEAT_MS = 1_000;
const WINDOW_MS = 1_000;
/** Until both sides have found that nothing comes any more, the window is over, and what the client waits longer. */
const AWAY_MS = 3.5 * HEARTBEAT_MS + WINDOW_MS + 2 * HEARTBEAT_MS;
const TEST_LIMIT_MS = 60_000;

let chromium: RunningChromium;

beforeAll(async () => {
  chromium = await RunningChromium.start();
}, BROWSER_START_LIMIT_MS);
afterAll(() => chromium?.[Symbol.asyncDispose]());

describe("a page is told that its session is over, and goes on with another, when beyond the lease", () => {
  test.each(situations.map((situation) => [situation.name, situation] as const))(
    "%s",
    async (_, situation) => {
      const sessions = { windowMs: WINDOW_MS, heartbeatMs: HEARTBEAT_MS };
      const all = await liveThrough(chromium, { situation, sessions, awayMs: AWAY_MS });
      const { points, heard, answers, asked, failures, states, events, feeds } = all;
      expectOnceAndInOrder(all);
      expect([points.length, heard.length]).toEqual([2, 2]);
      // The stream, the call that tells, and the questions.
      const unanswered = Array.from({ length: 1 + QUESTIONS_AT_ONCE }, () => "HW_SESSION_LOST unknown");
      expect(failures.toSorted()).toEqual(["HW_SESSION_LOST ran", ...unanswered]);
      expect(asked - answers.length).toBe(2 * QUESTIONS_AT_ONCE);
      expect([states[0], states.at(-1)]).toEqual(["connected anew", "connected anew"]);
      expect(feeds.map(({ isOver }) => isOver)).toEqual([true, false]);
      expect(events).toEqual(["accepted", "detached", "closed", "accepted"]);
    },
    TEST_LIMIT_MS,
  );
});
