import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, type Browser } from "playwright-core";
import { createLogger, createServer, type ViteDevServer } from "vite";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { hearthwire } from "../../src/node/vite-plugin.js";
import { browserFlags, findBrowser } from "../support/find-browser.mjs";

/** Says in its title what it got when it asked for a ticket. */
const PAGE = `<script type="module">
  const { status } = await fetch("/hearthwire/ticket", { method: "POST" });
  document.title = "ticket: " + status;
</script>`;

let root: string;
let browser: Browser;
let printed: string;
const servers: ViteDevServer[] = [];

/** The URL that a dev server of its own prints for a daemon of this module. */
async function printedUrl(module: string): Promise<string> {
  let url = "";
  const customLogger = createLogger("silent");
  customLogger.info = (message) => void (url = /http:\S+#code=\S+/.exec(message)?.[0] ?? url);
  const plugins = [hearthwire({ module })];
  const vite = await createServer({ root, configFile: false, customLogger, plugins, server: { port: 0, watch: null } });
  servers.push(vite);
  await vite.listen();
  vite.printUrls();
  return url;
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "hearthwire-page-"));
  vi.stubEnv("XDG_CONFIG_HOME", join(root, "config"));
  await writeFile(join(root, "index.html"), PAGE);
  await writeFile(join(root, "daemon.ts"), "export const objects = { clock: { now: () => 42 } };\n");
  printed = await printedUrl("/daemon.ts");
  browser = await chromium.launch({ executablePath: findBrowser() ?? "", args: [...browserFlags] });
});
afterAll(async () => {
  await browser?.close();
  for (const vite of servers) await vite.close();
  vi.unstubAllEnvs();
  await rm(root, { recursive: true, force: true });
});

it("leads on to the app with the cookie set, and leaves the code in no address", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(printed);
  await page.waitForURL(new URL("/", printed).href);
  await expect.poll(() => page.title()).toBe("ticket: 200");
  expect(await page.evaluate(() => [location.hash, document.cookie])).toEqual(["", ""]);
});

it("is needed: the app's own address gets no ticket", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(new URL("/", printed).href);
  await expect.poll(() => page.title()).toBe("ticket: 401");
});

it("says what to do when the code is of another run", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(printed.replace(/#.*/, "#code=AAAAAAAAAAAAAAAAAAAAAA"));
  await expect.poll(() => page.textContent("body")).toContain("open the URL that it printed last");
});

it("says where to look when the daemon's module did not load", async () => {
  const page = await (await browser.newContext()).newPage();
  await page.goto(await printedUrl("/nowhere.ts"));
  await expect
    .poll(() => page.textContent("body"))
    .toBe("The daemon is not running: see the terminal of the dev server.");
});
