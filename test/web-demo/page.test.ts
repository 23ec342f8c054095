import { readFile } from "node:fs/promises";
import os from "node:os";
import type * as browserEntry from "hearthwire/browser";
import { type Browser, type BrowserContext, chromium, type Page, type Route } from "playwright-core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { browserFlags, findBrowser } from "../support/find-browser.mjs";
import type { Folder } from "../../web-demo/server/folder.js";
import { RunningDemo, sharedFiles, START_LIMIT_MS } from "./support/running-demo.js";

let demo: RunningDemo;
let browser: Browser;
let context: BrowserContext;
/** What went wrong in the pages of a test, whatever they show. */
let faults: string[];

beforeAll(async () => {
  const executablePath = findBrowser();
  browser = await chromium.launch({ args: browserFlags, ...(executablePath === undefined ? {} : { executablePath }) });
  demo = await RunningDemo.start();
}, START_LIMIT_MS);
afterAll(async () => {
  await browser?.close();
  await demo?.[Symbol.asyncDispose]();
});

beforeEach(async () => {
  faults = [];
  context = await browser.newContext();
});
afterEach(() => context.close());

async function openPage(url: string, within = context): Promise<Page> {
  const page = await within.newPage();
  // Dependencies are bundled when the first page asks for them.
  page.setDefaultTimeout(30_000);
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(url);
  return page;
}

function hasStatus(page: Page, status: string): Promise<unknown> {
  return page.waitForSelector(`#status[data-status="${status}"]`);
}

/** A page that shows the machine. */
async function connectedPage(url = demo.url, within = context): Promise<Page> {
  const page = await openPage(url, within);
  await hasStatus(page, "connected");
  return page;
}

async function walkTo(page: Page, path: string): Promise<void> {
  await page.fill("#path", path);
  await page.click("#go button");
}

const entry = (page: Page, name: string) => page.getByRole("button", { name, exact: true });
const row = (page: Page, name: string) => page.locator("#entries tr").filter({ has: entry(page, name) });
const textOf = (page: Page, selector: string) => page.locator(selector).textContent();

/** The numbers of the readings in the chart. */
async function drawn(page: Page): Promise<number[]> {
  const numbers = await page.locator("#chart").getAttribute("data-numbers");
  return numbers === null ? [] : numbers.split(" ").map(Number);
}

/** Waits until the chart shows that reading of its last session. */
async function hasDrawn(page: Page, number: number): Promise<void> {
  await expect.poll(async () => (await drawn(page)).at(-1) ?? 0, { timeout: 30_000 }).toBeGreaterThanOrEqual(number);
}

const countTo = (end: number): number[] => Array.from({ length: end }, (_, index) => index + 1);

async function join(page: Page, name: string): Promise<void> {
  await page.fill("#name", name);
  await page.click("#join button");
  await page.waitForSelector("#say:not([hidden])");
}

/** The lines of the chat without their times. */
function talk(page: Page): Promise<string[]> {
  return page.locator("#talk li").evaluateAll((lines) =>
    lines.map((line) =>
      [...line.childNodes]
        .filter(({ nodeName }) => nodeName !== "TIME")
        .map((n) => n.textContent)
        .join(""),
    ),
  );
}

describe("the page at the printed address", () => {
  test("says that it is connected, and keeps the code out of its own address", async () => {
    const page = await connectedPage();
    expect(await textOf(page, "#status")).toBe("Connected: every frame is signed");
    expect(page.url()).toBe(`${demo.origin}/`);
    expect(await page.locator("#trouble").isVisible()).toBe(false);
    expect(faults).toEqual([]);
  });

  test("says that it is connecting until it is, and can't be used before", async () => {
    const page = await context.newPage();
    const ticketAskedFor = new Promise<Route>((resolve) => void context.route("**/hearthwire/ticket", resolve));
    await page.goto(demo.url);
    const ticket = await ticketAskedFor;
    expect(await textOf(page, "#status")).toBe("Connecting…");
    expect(await page.locator("main").evaluate((main) => (main as HTMLElement).inert)).toBe(true);
    await ticket.continue();
    await hasStatus(page, "connected");
    expect(await page.locator("main").evaluate((main) => (main as HTMLElement).inert)).toBe(false);
  });

  test("shows the machine that it runs on", async () => {
    const page = await connectedPage();
    await expect.poll(() => textOf(page, "#machine-name")).toBe(os.hostname());
    expect(await textOf(page, "#system")).toBe(`${os.type()} ${os.release()}`);
    expect(await textOf(page, "#processor-kind")).toContain(`(${os.cpus().length} cores)`);
    expect(await textOf(page, "#memory-size")).toMatch(/^\d+\.\d [MGT]B$/);
  });

  test("draws readings as they come, in the colours of their names", async () => {
    const page = await connectedPage();
    await hasDrawn(page, 2);
    expect(await textOf(page, "#processor")).toMatch(/^\d+ %$/);
    expect(await textOf(page, "#memory")).toMatch(/^\d+ %$/);
    const missing = await page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>("#chart")!;
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return [".key.processor", ".key.memory"].filter((key) => {
        const [red, green, blue] = getComputedStyle(document.querySelector(key)!).color.match(/\d+/g)!.map(Number);
        const isNear = (at: number): boolean =>
          data[at + 3]! > 128 &&
          Math.abs(data[at]! - red!) + Math.abs(data[at + 1]! - green!) + Math.abs(data[at + 2]! - blue!) < 60;
        for (let at = 0; at < data.length; at += 4) if (isNear(at)) return false;
        return true;
      });
    });
    expect(missing).toEqual([]);
  });

  test("fits a phone, in the light and in the dark", async () => {
    const page = await connectedPage();
    await join(page, "A-name-of-thirty-characters-123");
    await page.fill("#text", "long".repeat(100));
    await page.click("#say button");
    await entry(page, "page.html").click();
    await page.waitForSelector("#preview:not([hidden])");
    await walkTo(page, "../".repeat(40));
    await page.waitForSelector("#files-error:not(:empty)");
    for (const colorScheme of ["light", "dark"] as const) {
      for (const viewport of [
        { width: 390, height: 844 },
        { width: 320, height: 640 },
      ]) {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize(viewport);
        const { scroll, client } = await page.evaluate(() => ({
          scroll: document.documentElement.scrollWidth,
          client: document.documentElement.clientWidth,
        }));
        expect({ scroll, client }).toEqual({ scroll: viewport.width, client: viewport.width });
      }
    }
  });
});

describe("the files", () => {
  let filesContext: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    filesContext = await browser.newContext();
    page = await connectedPage(demo.url, filesContext);
  }, START_LIMIT_MS);
  afterAll(() => filesContext?.close());
  beforeEach(async () => {
    await entry(page, "shared").click();
    await entry(page, "notes.txt").waitFor();
  });

  test("are listed with their sizes, without what leads out of the folder", async () => {
    const listed = await page
      .locator("#entries tr")
      .evaluateAll((rows) => rows.map((one) => [one.children[0]!.textContent, one.children[1]!.textContent]));
    expect(listed).toEqual([
      ["inner/", ""],
      ["way-in/", ""],
      ["<i>name.txt", "17 B"],
      ["big.bin", "1.5 MB"],
      ["notes.txt", `${Buffer.byteLength(sharedFiles["notes.txt"])} B`],
      ["page.html", `${sharedFiles["page.html"].length} B`],
    ]);
  });

  test("are reached through folders, and the way back is shown", async () => {
    await entry(page, "inner/").click();
    await entry(page, "deep.txt").click();
    await expect.poll(() => textOf(page, "#preview")).toBe("deep\n");
    expect(await page.locator("#trail button").allTextContents()).toEqual(["shared", "inner"]);
    await entry(page, "shared").click();
    await entry(page, "notes.txt").waitFor();
  });

  test("show how they begin", async () => {
    await entry(page, "notes.txt").click();
    await expect.poll(() => textOf(page, "#preview")).toBe(sharedFiles["notes.txt"]);
    expect(await textOf(page, "#preview-title")).toBe("notes.txt");
  });

  test("are said to be no text when they are none", async () => {
    await entry(page, "big.bin").click();
    await expect.poll(() => textOf(page, "#preview-title")).toBe("big.bin is no text");
    expect(await page.locator("#preview").isVisible()).toBe(false);
  });

  test("never become part of the page's HTML", async () => {
    await entry(page, "page.html").click();
    await expect.poll(() => textOf(page, "#preview")).toBe(sharedFiles["page.html"]);
    expect(await page.locator("#preview *, #entries i").count()).toBe(0);
    expect(await page.title()).toBe("hearthwire: a page and a machine");
  });

  test("are downloaded whole, and the page shows how far it is", async () => {
    await page.evaluate(() => {
      const seen: number[] = [];
      Object.assign(globalThis, { seen });
      new MutationObserver(() => {
        const value = document.querySelector("progress")?.value;
        if (value !== undefined) seen.push(value);
      }).observe(document.querySelector("#downloads")!, { subtree: true, childList: true, attributes: true });
    });
    const begun = page.waitForEvent("download");
    await row(page, "big.bin").getByRole("button", { name: "Download" }).click();
    const download = await begun;
    expect(download.suggestedFilename()).toBe("big.bin");
    const content = await readFile(await download.path());
    expect(content.equals(sharedFiles["big.bin"])).toBe(true);
    await expect.poll(() => textOf(page, "#downloads")).toBe("big.bin: 1.5 MB downloaded");
    const seen = await page.evaluate(() => (globalThis as unknown as { seen: number[] }).seen);
    expect(seen.some((value) => value > 0 && value < 1)).toBe(true);
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
  });

  test("are refused outside of the folder", async () => {
    for (const path of [
      "..",
      "inner/../..",
      "/",
      "/etc/passwd",
      "way-out",
      "secret.txt",
      "way-out/secret.txt",
      "C:\\",
    ]) {
      await walkTo(page, path);
      const refusal = `${JSON.stringify(path)} leads out of the shared folder`;
      await expect.poll(() => textOf(page, "#files-error")).toBe(refusal);
    }
    expect(await entry(page, "notes.txt").isVisible()).toBe(true);
  });

  test("are refused outside of the folder when the page is left aside and calls are made by hand", async () => {
    await page.addScriptTag({
      type: "module",
      content: 'import * as hearthwire from "/@id/hearthwire/browser"; Object.assign(globalThis, { hearthwire });',
    });
    await page.waitForFunction(() => "hearthwire" in globalThis);
    const answers = await page.evaluate(async () => {
      const { connect, fetchTicket } = (globalThis as unknown as { hearthwire: typeof browserEntry }).hearthwire;
      const folder = connect<Folder>("/hearthwire/folder", { ticket: fetchTicket("/hearthwire/ticket") });
      const outcomes: unknown[] = [];
      for (const path of ["secret.txt", "way-out/secret.txt", "../secret.txt", "/etc/passwd", "notes.txt\0", 7]) {
        const calls = [
          () => folder.preview(path as string),
          () => folder.list(path as string),
          async () => {
            for await (const chunk of folder.download(path as string)) return chunk;
            return undefined;
          },
        ];
        for (const call of calls) outcomes.push(await call().catch((error: { code?: string }) => error.code));
      }
      return outcomes;
    });
    expect(answers).toEqual([
      ...Array.from({ length: 12 }, () => "OUTSIDE_FOLDER"),
      ...Array.from({ length: 6 }, () => "NOT_FOUND"),
    ]);
  });
});

describe("the chat", () => {
  test("carries what is said between tabs, and tells who comes and goes", async () => {
    const [ada, bob] = [await connectedPage(), await connectedPage()];
    await join(ada, "Ada");
    await join(bob, "Bob");
    await expect.poll(() => textOf(ada, "#present")).toBe("Here: Ada, Bob");
    await bob.fill("#text", "Hello <b>Ada</b>");
    await bob.press("#text", "Enter");
    await expect.poll(() => talk(ada)).toEqual(["Ada has joined", "Bob has joined", "Bob: Hello <b>Ada</b>"]);
    await bob.close();
    await expect.poll(async () => (await talk(ada)).at(-1)).toBe("Bob has left");
    expect(await textOf(ada, "#present")).toBe("Here: Ada");
    expect(faults).toEqual([]);
  });

  test("refuses a name that is taken", async () => {
    const [ada, other] = [await connectedPage(), await connectedPage()];
    await join(ada, "Ada");
    await other.fill("#name", "Ada");
    await other.click("#join button");
    await expect.poll(() => textOf(other, "#chat-error")).toBe("Ada is here already; choose another name");
  });
});

describe("who has not this run's code", () => {
  test("is refused, and told what to do", async () => {
    const page = await openPage(demo.origin);
    await hasStatus(page, "refused");
    expect(await textOf(page, "#status")).toBe("Refused");
    expect(await textOf(page, "#advice")).toContain("Open the address that “npm run demo” printed last");
    expect(await textOf(page, "#reason")).toContain("status 401");
    expect(await page.locator("main").evaluate((main) => (main as HTMLElement).inert)).toBe(true);
  });

  test("is let in once the printed address was opened", async () => {
    const page = await openPage(demo.origin);
    await hasStatus(page, "refused");
    await connectedPage();
    await page.click("#again");
    await hasStatus(page, "connected");
    expect(await page.locator("#trouble").isVisible()).toBe(false);
  });

  test("is not let in by a wrong one", async () => {
    const page = await openPage(demo.url.replace(/#code=.*/, "#code=AAAAAAAAAAAAAAAAAAAAAA"));
    await expect.poll(() => textOf(page, "body")).toContain("This is not the code of the dev server that runs here");
    await page.goto(demo.origin);
    await hasStatus(page, "refused");
  });
});

describe("when the plug is pulled", () => {
  const pull = (page: Page, howLong: string) => page.getByRole("button", { name: howLong }).click();

  test("the chart goes on without a gap, and the page says how its line is", async () => {
    const page = await connectedPage();
    await join(page, "Ada");
    await hasDrawn(page, 2);
    await pull(page, "for 5 seconds");
    await hasStatus(page, "waiting");
    expect(await textOf(page, "#status")).toBe("Reconnecting…");
    await expect
      .poll(() => textOf(page, "#advice"))
      .toMatch(/^Try \d+ is at \d.* Nothing is lost if the line is back in time; the page waits until \d.*\.$/);
    expect(await textOf(page, "#plug-note")).toMatch(/^Pulled until \d/);
    // What is said meanwhile is heard when the line is back.
    await page.fill("#text", "still here");
    await page.click("#say button");

    await hasStatus(page, "connected");
    expect(await textOf(page, "#status")).toBe("Connected again: nothing was lost");
    await hasDrawn(page, 9);
    const numbers = await drawn(page);
    expect(numbers).toEqual(countTo(numbers.length));
    expect(await talk(page)).toEqual(["Ada has joined", "Ada: still here"]);
    expect(await textOf(page, "#readings")).toBe("");
    expect(faults).toEqual([]);
  });

  test("for too long, the page says that points were lost, and goes on with a new session", async () => {
    const page = await connectedPage();
    await join(page, "Ada");
    await hasDrawn(page, 3);
    await pull(page, "for longer than the daemon waits");
    await hasStatus(page, "waiting");
    await expect
      .poll(() => textOf(page, "#readings"), { timeout: 30_000 })
      .toMatch(/^Points were lost: the session ended at \d.*\.$/);
    await hasStatus(page, "connected");
    expect(await textOf(page, "#status")).toBe("Connected: every frame is signed");
    await expect.poll(async () => (await drawn(page)).lastIndexOf(1), { timeout: 30_000 }).toBeGreaterThan(2);
    const numbers = await drawn(page);
    const anew = numbers.lastIndexOf(1);
    expect(numbers).toEqual([...countTo(anew), ...countTo(numbers.length - anew)]);
    await join(page, "Ada");
    expect(await textOf(page, "#present")).toBe("Here: Ada");
    expect(faults).toEqual([]);
  });

  test("it is by this page alone, and for a time that makes sense", async () => {
    const page = await connectedPage();
    const pulledFromElsewhere = await fetch(new URL("/plug?seconds=5", demo.url), { method: "POST" });
    const ask = (query: string, method: string) =>
      page.evaluate(async (init) => (await fetch(`/plug?${init.query}`, init)).status, { query, method });
    expect(pulledFromElsewhere.status).toBe(400);
    expect(await ask("seconds=5", "GET")).toBe(400);
    expect(await ask("seconds=121", "POST")).toBe(400);
    expect(await ask("seconds=soon", "POST")).toBe(400);
    expect(await ask("", "POST")).toBe(400);
    await hasDrawn(page, 2);
    expect(await textOf(page, "#status")).toBe("Connected: every frame is signed");
  });
});

describe("when the daemon goes", () => {
  test(
    "the page says so, and connects again when it is back",
    async () => {
      await using own = await RunningDemo.start();
      const page = await context.newPage();
      // Vite's own client would load the page anew, and hide whether the page can help itself.
      await page.routeWebSocket(
        (url) => url.pathname === "/",
        () => {},
      );
      await page.goto(own.url);
      await hasStatus(page, "connected");
      await join(page, "Ada");
      await own.stop();
      await hasStatus(page, "lost");
      expect(await textOf(page, "#status")).toBe("Connecting anew…");
      expect(await textOf(page, "#advice")).toContain("Is “npm run demo” still running?");
      await expect.poll(() => textOf(page, "#reason")).toContain("could not connect");

      await own.startAgain();
      await hasStatus(page, "connected");
      await join(page, "Ada");
      expect(await textOf(page, "#present")).toBe("Here: Ada");
    },
    2 * START_LIMIT_MS,
  );
});
