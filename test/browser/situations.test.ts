import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PACE_MS } from "./support/feed.js";
import { FeedSite } from "./support/feed-site.js";
import { countTo, expectOnceAndInOrder } from "./support/once-and-in-order.js";
import { QUESTIONS_AT_ONCE } from "./support/questions-at-once.js";
import { BROWSER_START_LIMIT_MS, RunningChromium } from "./support/running-chromium.js";
import { liveThrough, seen, seesMore, situations } from "./support/situations.js";

const HEARTBEAT_MS = 1_000;
/** Long enough for both sides to find that nothing comes any more: 2.5 heartbeats. */
const AWAY_MS = 3_500;
/** No situation outlives it. */
const LONG_LEASE = { windowMs: 60_000, heartbeatMs: HEARTBEAT_MS };
const TEST_LIMIT_MS = 60_000;
const POLL = { timeout: 20_000 };

let chromium: RunningChromium;

beforeAll(async () => {
  chromium = await RunningChromium.start();
}, BROWSER_START_LIMIT_MS);
afterAll(() => chromium?.[Symbol.asyncDispose]());

describe("a page goes on without a gap, inside the lease, when", () => {
  test.each(situations.map((situation) => [situation.name, situation] as const))(
    "%s",
    async (_, situation) => {
      const all = await liveThrough(chromium, { situation, sessions: LONG_LEASE, awayMs: AWAY_MS });
      const { points, heard, answers, asked, failures, states, life, events, feeds } = all;
      expect(life.filter((entry) => entry !== "pageshow false")).toEqual(situation.told);
      expectOnceAndInOrder(all);
      expect([points.length, heard.length, feeds.length, failures]).toEqual([1, 1, 1, []]);
      expect(feeds[0]!.questions.toSorted((a, b) => a - b)).toEqual(countTo(feeds[0]!.questions.length));
      expect(asked - answers.length).toBe(QUESTIONS_AT_ONCE);
      expect(states[0]).toBe("connected anew");
      expect(new Set(states.slice(1, -1))).toEqual(new Set(["reconnecting"]));
      expect(states.at(-1)).toBe("connected again");
      expect(events).toEqual(["accepted", "detached", "resumed"]);
    },
    TEST_LIMIT_MS,
  );
});

describe("a hidden page", () => {
  test(
    "that has nothing to say answers pings without a timer",
    async () => {
      await using site = await FeedSite.start(LONG_LEASE);
      const page = await chromium.open(`${site.url}?quiet`);
      await expect.poll(() => site.events).toEqual(["accepted"]);
      await chromium.hide(page);
      await page.evaluate(() => {
        globalThis.setTimeout = (() => 0) as never;
      });
      // One each heartbeat: a page that answered none of them would have been given up after two and a half.
      await expect.poll(() => site.daemon.statistics.pingsSent, POLL).toBeGreaterThanOrEqual(4);
      expect(site.events).toEqual(["accepted"]);
      await page.close();
    },
    TEST_LIMIT_MS,
  );

  test(
    "needs no timers, which browsers slow down, to go on and to connect again when its line is cut",
    async () => {
      await using site = await FeedSite.start(LONG_LEASE);
      const page = await chromium.open(site.url);
      await seesMore(page, 20);
      await chromium.hide(page);
      await page.evaluate(() => {
        globalThis.setTimeout = (() => 0) as never;
      });
      const grown = async (by: number): Promise<void> => {
        const before = (await seen(page, site)).points[0]!.length;
        await expect.poll(async () => (await seen(page, site)).points[0]!.length, POLL).toBeGreaterThan(before + by);
      };
      await grown((4 * HEARTBEAT_MS) / PACE_MS);
      expect(site.events).toEqual(["accepted"]);
      site.goDown();
      site.comeBack();
      await expect.poll(() => site.events, { timeout: 10_000 }).toEqual(["accepted", "detached", "resumed"]);
      await grown(20);
      expectOnceAndInOrder(await seen(page, site));
      await page.close();
    },
    TEST_LIMIT_MS,
  );
});

describe("a page that is gone for good says goodbye", () => {
  test.each([
    ["when it is left and not kept", "uncached", (page: Page, site: FeedSite) => page.goto(`${site.url}elsewhere`)],
    ["when its tab is closed", "", (page: Page) => page.close({ runBeforeUnload: true })],
  ])(
    "%s",
    async (_, query, go) => {
      await using site = await FeedSite.start(LONG_LEASE);
      const page = await chromium.open(`${site.url}?${query}`);
      await seesMore(page, 5);
      await go(page, site);
      await expect.poll(() => site.events, { timeout: 10_000 }).toEqual(["accepted", "closed"]);
      expect(site.feeds.map(({ isOver }) => isOver)).toEqual([true]);
      if (!page.isClosed()) await page.close();
    },
    TEST_LIMIT_MS,
  );
});
