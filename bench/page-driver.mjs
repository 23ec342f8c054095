import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";
import { WebSocketServer } from "ws";

const folder = fileURLToPath(new URL("./", import.meta.url));
/** Chromium has begun and the page's script runs. */
const OPEN_LIMIT_MS = 30_000;

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
      contents: `import { connect } from "./peers/${peer}/${client}"; import { beDriven } from "./driven-page.mjs"; beDriven(connect);`,
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
 * Playwright starts the browser, but doesn't know the page: it would have each message of its sockets told to this
 * process, which costs several times what the message does (measured: 4 times for small items). The page is served from
 * here and driven over a socket of its own, idle while it measures.
 *
 * @param {string} peer
 * @param {(browserTime: () => Promise<number>) => Promise<import("./meter.mjs").ProcessorTimes>} readTimes
 * @returns {Promise<{ readonly origin: string, readonly doWork: (order: import("./obey.mjs").Order) => Promise<unknown> }>}
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
  const server = createServer((request, response) => {
    const isScript = request.url === "/bench.js";
    response.setHeader("content-type", isScript ? "text/javascript; charset=utf-8" : "text/html; charset=utf-8");
    response.end(isScript ? script : '<!doctype html><script type="module" src="/bench.js"></script>');
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `http://127.0.0.1:${/** @type {import("node:net").AddressInfo} */ (server.address()).port}`;

  const browser = await chromium.launch({ executablePath, args: [...browserFlags] });
  const devtools = await browser.newBrowserCDPSession();
  /** Of all processes of the browser: the page's, the network's. */
  const browserTime = async () => {
    const { processInfo } = await devtools.send("SystemInfo.getProcessInfo");
    return processInfo.reduce((sum, { cpuTime }) => sum + cpuTime, 0);
  };
  const opened = once(new WebSocketServer({ server }), "connection", { signal: AbortSignal.timeout(OPEN_LIMIT_MS) });
  await devtools.send("Target.createTarget", { url: `${origin}/` });
  const [socket] = /** @type {[import("ws").WebSocket]} */ (await opened);

  return {
    origin,
    doWork: (order) =>
      new Promise((resolve, reject) => {
        const onMessage = async (/** @type {Buffer} */ bytes) => {
          const message = JSON.parse(bytes.toString());
          if (message.kind === "times") return socket.send(JSON.stringify(await readTimes(browserTime)));
          socket.off("message", onMessage);
          if (message.kind === "done") resolve(message.result);
          else reject(new Error(message.reason));
        };
        socket.on("message", onMessage);
        socket.send(JSON.stringify(order));
      }),
  };
}
