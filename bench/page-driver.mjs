import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PAGE_ORIGIN } from "./peers/common.mjs";

const folder = fileURLToPath(new URL("./", import.meta.url));

/**
 * The script of a page that does the bench's work with one peer.
 *
 * @param {string} peer
 * @returns {Promise<string>}
 */
async function scriptOf(peer) {
  const { build } = await import("esbuild");
  const client = existsSync(`${folder}peers/${peer}/page.mjs`) ? "page.mjs" : "client.mjs";
  const { outputFiles } = await build({
    stdin: {
      contents:
        `import { connect } from "./peers/${peer}/${client}"; import { obey } from "./obey.mjs";\n` +
        "globalThis.doWork = (order) => obey(order, { connect, readTimes: globalThis.readTimes, serverMemory: async () => 0 });",
      resolveDir: folder,
    },
    bundle: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    // Without the paths of tsconfig.json, which lead to the sources.
    tsconfigRaw: {},
  });
  return /** @type {import("esbuild").OutputFile} */ (outputFiles[0]).text;
}

/**
 * Opens a page in a Chromium of its own, which has this process's processor and ends with it.
 *
 * @param {string} peer
 * @param {(browserTime: () => Promise<number>) => Promise<import("./meter.mjs").ProcessorTimes>} readTimes
 * @returns {Promise<(order: import("./obey.mjs").Order) => Promise<unknown>>}
 * @throws {Error} when there is no Chromium
 */
export async function openPage(peer, readTimes) {
  const { chromium } = await import("playwright-core");
  const { browserFlags, findBrowser } = await import("../test/support/find-browser.mjs");
  const executablePath = findBrowser();
  if (executablePath === undefined) {
    throw new Error('found no Chromium; "HEARTHWIRE_BROWSER" may name one, "--only" leaves the page-* work out');
  }
  const script = await scriptOf(peer);
  const browser = await chromium.launch({ executablePath, args: [...browserFlags] });
  const devtools = await browser.newBrowserCDPSession();
  /** Of all processes of the browser: the page's, the network's. */
  const browserTime = async () => {
    const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
  const context = await browser.newContext();
  // Pages that no network served are held to be from outside, and may not reach this machine. Versions that ask for no
  // permission know none of that name.
  await context.grantPermissions(["local-network-access"], { origin: PAGE_ORIGIN }).catch(() => undefined);
  const page = await context.newPage();
  await page.route(`${PAGE_ORIGIN}/**`, (route) =>
    route.fulfill(
      route.request().url().endsWith("/bench.js")
        ? { contentType: "text/javascript", body: script }
        : { contentType: "text/html", body: '<!doctype html><script type="module" src="/bench.js"></script>' },
    ),
  );
  await page.exposeFunction("readTimes", () => readTimes(browserTime));
  await page.goto(`${PAGE_ORIGIN}/`);
  await page.waitForFunction("globalThis.doWork !== undefined");
  return (order) => page.evaluate(`globalThis.doWork(${JSON.stringify(order)})`);
}
