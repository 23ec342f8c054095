import { setTimeout as sleep } from "node:timers/promises";
import type { ServeOptions } from "hearthwire/node";
import type { Page } from "playwright-core";
import type { PageRecord } from "./feed-page.js";
import { FeedSite } from "./feed-site.js";
import type { RunningChromium } from "./running-chromium.js";

declare const record: PageRecord;

/** Where a situation happens to a page. */
export interface Stage {
  readonly chromium: RunningChromium;
  readonly site: FeedSite;
  readonly page: Page;
  /** How long the page is without its line, in ms. */
  readonly awayMs: number;
}

/** Something that pages live through. */
export interface Situation {
  readonly name: string;
  readonly happen: (stage: Stage) => Promise<void>;
  /** What the page is told of it, which shows that it was what it is called. */
  readonly told: readonly string[];
  /** Whether the page waits for what it is told: its own next try would come too late to be taken for that. */
  readonly isPatient: boolean;
  /** Whether the line only stands still, so that the daemon finds it lost later, and keeps the session from then on. */
  readonly isStall: boolean;
}

/** All that make a page lose its line without its doing. */
export const situations: readonly Situation[] = [
  {
    name: "its network goes off and on",
    told: ["offline", "online"],
    isPatient: true,
    isStall: true,
    async happen({ chromium, page, awayMs }) {
      await chromium.setOnline(page, false);
      await sleep(awayMs);
      await chromium.setOnline(page, true);
    },
  },
  {
    name: "its line is cut while nobody looks, and then somebody does",
    told: ["visibilitychange hidden", "visibilitychange visible"],
    isPatient: true,
    isStall: false,
    async happen({ chromium, site, page, awayMs }) {
      await chromium.hide(page);
      site.goDown();
      await sleep(awayMs);
      site.comeBack();
      await chromium.show(page);
    },
  },
  {
    name: "it is frozen for a while",
    told: ["visibilitychange hidden", "freeze hidden", "resume hidden"],
    isPatient: true,
    isStall: false,
    async happen({ chromium, page, awayMs }) {
      await chromium.hide(page);
      await chromium.freeze(page);
      await sleep(awayMs);
      await chromium.thaw(page);
    },
  },
  {
    name: "it goes into the back/forward cache and comes out",
    told: [
      "pagehide true",
      "visibilitychange hidden",
      "freeze hidden",
      "resume hidden",
      "visibilitychange visible",
      "pageshow true",
    ],
    isPatient: true,
    isStall: false,
    async happen({ chromium, site, page, awayMs }) {
      const url = page.url();
      await page.goto(`${site.url}elsewhere`);
      await sleep(awayMs);
      await chromium.goBack(page, url);
    },
  },
  {
    name: "its machine is asleep",
    told: [],
    isPatient: false,
    isStall: true,
    async happen({ chromium, awayMs }) {
      await chromium.sleepFor(awayMs);
    },
  },
];

/** What a page, and the daemon that it followed, have seen. */
export interface Seen extends Omit<PageRecord, "asked" | "seesMore"> {
  readonly asked: number;
  readonly events: readonly string[];
  readonly feeds: readonly {
    readonly heardBack: readonly number[];
    readonly questions: readonly number[];
    readonly isOver: boolean;
  }[];
  /** How long it took from when all was well again to the next point. */
  readonly backAfterMs: number;
}

/** Lets a page that follows a feed live through a situation, and see a good deal more of the feed after it. */
export async function liveThrough(
  chromium: RunningChromium,
  { situation, sessions, awayMs }: { situation: Situation; sessions: ServeOptions["sessions"]; awayMs: number },
): Promise<Seen> {
  await using site = await FeedSite.start(sessions);
  const page = await chromium.open(`${site.url}?${situation.isPatient ? "patient" : ""}`);
  try {
    await seesMore(page, 20);
    await situation.happen({ chromium, site, page, awayMs });
    const startMs = performance.now();
    await seesMore(page, 1);
    const backAfterMs = performance.now() - startMs;
    await seesMore(page, 20);
    return { ...(await seen(page, site)), backAfterMs };
  } finally {
    await page.close();
  }
}

/** What has been seen so far. */
export async function seen(page: Page, site: FeedSite): Promise<Omit<Seen, "backAfterMs">> {
  const { asked, ...seenByPage } = await page.evaluate(() => {
    const { seesMore: _, ...rest } = record;
    return { ...rest, asked: rest.asked() };
  });
  const feeds = site.feeds.map(({ heardBack, questions, isOver }) => ({ heardBack, questions, isOver }));
  return { ...seenByPage, asked, events: [...site.events], feeds: structuredClone(feeds) };
}

/** Waits until the page has seen so many more numbers of each kind. */
export async function seesMore(page: Page, count: number): Promise<void> {
  await page.evaluate((more) => record.seesMore(more), count);
}
