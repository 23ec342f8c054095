import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, type BrowserContext, type CDPSession, chromium, type Page } from "playwright-core";
import { browserFlags, findBrowser } from "../../support/find-browser.mjs";

/** How long a browser may take to start on a busy machine. */
export const BROWSER_START_LIMIT_MS = 60_000;

/**
 * A Chromium as people run it, in a process group of its own. Playwright's own launch keeps pages from being hidden, frozen
 * or put into the back/forward cache, since all of that makes ordinary tests flicker.
 */
export class RunningChromium implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #profile: string;
  readonly #browser: Browser;
  readonly #sessions = new WeakMap<Page, CDPSession>();
  /** Nothing to look at. */
  #blank: Page | undefined;

  private constructor(process: ChildProcess, { profile, browser }: { profile: string; browser: Browser }) {
    this.#process = process;
    this.#profile = profile;
    this.#browser = browser;
  }

  static async start(flags: readonly string[] = []): Promise<RunningChromium> {
    const executable = findBrowser();
    if (executable === undefined) throw new Error("no Chromium was found; HEARTHWIRE_BROWSER may name one");
    const profile = mkdtempSync(join(tmpdir(), "chromium-"));
    const all = ["--headless", "--remote-debugging-port=0", `--user-data-dir=${profile}`, ...browserFlags, ...flags];
    const child = spawn(executable, [...all, "about:blank"], { detached: true, stdio: ["ignore", "ignore", "pipe"] });
    const endpoint = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stderr }).on("line", (line) => {
        const found = /DevTools listening on (ws:\S+)/.exec(line)?.[1];
        if (found !== undefined) resolve(found);
      });
      child.once("exit", (code) => reject(new Error(`${executable} ended with ${code}`)));
    });
    const browser = await chromium.connectOverCDP(endpoint, { noDefaults: true });
    return new RunningChromium(child, { profile, browser });
  }

  /** A page in a tab of its own, in front of the others. */
  async open(url: string): Promise<Page> {
    const page = await this.#context.newPage();
    await page.goto(url);
    return page;
  }

  /** Switches to another tab, so that nobody sees the page any more. */
  async hide(page: Page): Promise<void> {
    this.#blank ??= await this.#context.newPage();
    await this.#blank.bringToFront();
    await page.waitForFunction(() => document.visibilityState === "hidden", undefined, { polling: 50 });
  }

  /** Switches to the page's tab; whichever was in front is hidden. */
  async show(page: Page): Promise<void> {
    await page.bringToFront();
    await page.waitForFunction(() => document.visibilityState === "visible", undefined, { polling: 50 });
  }

  /** As browsers do with tabs that nobody has looked at for minutes; the page must be hidden. */
  async freeze(page: Page): Promise<void> {
    await (await this.#session(page)).send("Page.setWebLifecycleState", { state: "frozen" });
  }

  async thaw(page: Page): Promise<void> {
    await (await this.#session(page)).send("Page.setWebLifecycleState", { state: "active" });
  }

  /** The page's network: off, its sockets stay open and bring nothing, and no other can be opened. */
  async setOnline(page: Page, isOnline: boolean): Promise<void> {
    const session = await this.#session(page);
    await session.send("Network.enable");
    const unlimited = { latency: 0, downloadThroughput: -1, uploadThroughput: -1 };
    await session.send("Network.emulateNetworkConditions", { offline: !isOnline, ...unlimited });
  }

  /** Goes back in the history. A page out of the back/forward cache does not load, which `page.goBack` would wait for. */
  async goBack(page: Page, toUrl: string): Promise<void> {
    await page.evaluate(() => history.back());
    await page.waitForURL(toUrl, { waitUntil: "commit" }).catch(() => undefined);
  }

  /** The lid is closed: timers and network of all of the browser's processes stand still meanwhile. */
  async sleepFor(ms: number): Promise<void> {
    this.#signal("SIGSTOP");
    try {
      await sleep(ms);
    } finally {
      this.#signal("SIGCONT");
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    if (this.#process.exitCode === null) {
      const gone = once(this.#process, "exit");
      this.#signal("SIGKILL");
      await gone;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }

  get #context(): BrowserContext {
    return this.#browser.contexts()[0]!;
  }

  async #session(page: Page): Promise<CDPSession> {
    let session = this.#sessions.get(page);
    if (session === undefined) this.#sessions.set(page, (session = await this.#context.newCDPSession(page)));
    return session;
  }

  #signal(signal: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void {
    process.kill(-this.#process.pid!, signal);
  }
}
