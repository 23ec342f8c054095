import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { createLogger, createServer as createVite } from "vite";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { ticketEndpoint } from "../../src/gateway/ticket-endpoint.js";
import { toNodeHandler } from "../../src/node/node-handler.js";
import { serve } from "../../src/node/serve.js";
import { hearthwire } from "../../src/node/vite-plugin.js";
import { browserFlags, findBrowser } from "../support/find-browser.mjs";

const START_LIMIT_MS = 60_000;
vi.setConfig({ testTimeout: 60_000, hookTimeout: START_LIMIT_MS });
const PATIENT = { timeout: 30_000 };
const REBOUND = "evil.example";

/** A daemon for pages, and what has been seen of those that came. */
interface App extends AsyncDisposable {
  readonly port: number;
  /** The daemon's path. */
  readonly path: string;
  /** Where a user logs in; leads to the app's own page. */
  readonly loginUrl: string;
  /** Statuses of upgrades and of POSTs for a ticket, in the order in which they were answered. */
  readonly upgrades: number[];
  readonly tickets: number[];
}

/** An app of node:http: pages, a login that makes a cookie, a ticket endpoint, a daemon beside them. */
async function plainApp(): Promise<App> {
  const keys = new KeyRing([Key.generate({ id: "root", use: "mint" })]);
  const endpoint = toNodeHandler(
    ticketEndpoint({
      keys,
      subject: (request) => (request.headers.get("cookie") === "user=ann" ? "ann" : null),
    }),
  );
  const server = createServer((request, response) => {
    if (request.url === "/rpc/ticket") return endpoint(request, response);
    const cookie = request.url === "/login" ? { "set-cookie": "user=ann; HttpOnly; SameSite=Strict" } : {};
    response.writeHead(200, { "content-type": "text/html", ...cookie });
    response.end("<!doctype html><title>own page</title>");
  });
  const watched = watch(server, "/rpc");
  const daemon = await serve({ clock: { now: () => 42 } }, { server, path: "/rpc", keys });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    port,
    path: "/rpc",
    loginUrl: `http://127.0.0.1:${port}/login`,
    ...watched,
    async [Symbol.asyncDispose]() {
      await daemon.close({ graceMs: 0 });
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A dev server with the plugin, whose own checks of Host and Origin are off. */
async function viteApp(): Promise<App> {
  const root = await mkdtemp(join(tmpdir(), "dev-server-"));
  vi.stubEnv("XDG_CONFIG_HOME", join(root, "config"));
  await writeFile(join(root, "daemon.ts"), "export const objects = { clock: { now: () => 42 } };\n");
  await writeFile(join(root, "index.html"), "<!doctype html><title>own page</title>");
  const log: string[] = [];
  const customLogger = createLogger("silent");
  customLogger.info = (message) => void log.push(message);
  const vite = await createVite({
    root,
    configFile: false,
    customLogger,
    plugins: [hearthwire({ module: "/daemon.ts" })],
    server: { host: "127.0.0.1", port: 0, allowedHosts: true, cors: true, watch: null },
    optimizeDeps: { noDiscovery: true },
  });
  const watched = watch(vite.httpServer as Server, "/hearthwire");
  await vite.listen();
  vite.printUrls();
  const { port } = vite.httpServer!.address() as AddressInfo;
  return {
    port,
    path: "/hearthwire",
    loginUrl: /http\S+#code=\S+/.exec(log.join("\n"))![0],
    ...watched,
    async [Symbol.asyncDispose]() {
      await vite.close();
      await rm(root, { recursive: true, force: true });
    },
  };
}

function watch(server: Server, path: string): Pick<App, "upgrades" | "tickets"> {
  const upgrades: number[] = [];
  const tickets: number[] = [];
  server.prependListener("request", ({ url }, response) => {
    if (url === `${path}/ticket`) response.once("finish", () => tickets.push(response.statusCode));
  });
  server.prependListener("upgrade", ({ url }, socket) => {
    // Vite's own, for its reloading, are none of the daemon's.
    if (url?.startsWith(path) !== true) return;
    const note = (chunk: unknown): void => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(String(chunk))?.[1];
      if (status !== undefined) upgrades.push(Number(status));
    };
    for (const name of ["write", "end"] as const) {
      const original = socket[name] as (...args: unknown[]) => never;
      socket[name] = (...args: unknown[]): never => {
        note(args[0]);
        return original.apply(socket, args);
      };
    }
  });
  return { upgrades, tickets };
}

let browser: Browser;
let foreign: Server;
let foreignOrigin: string;
let context: BrowserContext;

beforeAll(async () => {
  const executablePath = findBrowser();
  browser = await chromium.launch({
    args: [...browserFlags, `--host-resolver-rules=MAP ${REBOUND} 127.0.0.1`],
    ...(executablePath === undefined ? {} : { executablePath }),
  });
  foreign = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/html" });
    response.end("<!doctype html><title>foreign page</title>");
  }).listen(0, "127.0.0.1");
  await once(foreign, "listening");
  foreignOrigin = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await browser?.close();
  foreign?.closeAllConnections();
  foreign?.close();
  vi.unstubAllEnvs();
});

beforeEach(async () => {
  context = await browser.newContext();
});
afterEach(() => context.close());

/** Opens a WebSocket in a page or frame: what comes of it. */
function dial(page: Pick<Page, "evaluate">, url: string): Promise<string> {
  return page.evaluate(
    (target) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(target, "hearthwire.v1");
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("failed");
      }),
    url,
  );
}

/** POSTs by `fetch`: the status, or "opaque", or "failed". */
function post(page: Page, url: string, mode: "cors" | "no-cors" = "cors"): Promise<number | string> {
  return page.evaluate(
    async ([target, how]) => {
      try {
        const { type, status } = await fetch(target!, {
          method: "POST",
          mode: how as RequestMode,
          credentials: "include",
        });
        return type === "opaque" ? type : status;
      } catch {
        return "failed";
      }
    },
    [url, mode],
  );
}

describe.each([
  ["a daemon beside an app of node:http", plainApp],
  ["the daemon of the Vite plugin", viteApp],
])("%s", (_name, start) => {
  let app: App;
  beforeAll(async () => void (app = await start()));
  afterAll(() => app?.[Symbol.asyncDispose]());
  beforeEach(async () => {
    // Its user is logged in in this very browser, and cookies know no ports: `SameSite` does not tell them apart.
    const page = await context.newPage();
    await page.goto(app.loginUrl);
    await page.waitForFunction(() => document.title === "own page");
    app.upgrades.length = 0;
    app.tickets.length = 0;
  });

  const daemonUrl = (host = "127.0.0.1"): string => `ws://${host}:${app.port}${app.path}`;
  const ticketUrl = (host = "127.0.0.1"): string => `http://${host}:${app.port}${app.path}/ticket`;

  async function opened(url: string): Promise<Page> {
    const page = await context.newPage();
    await page.goto(url);
    return page;
  }

  it("S15: lets its own page have a ticket and a line", async () => {
    const page = await opened(`http://127.0.0.1:${app.port}/`);
    expect(await post(page, ticketUrl())).toBe(200);
    expect(await dial(page, daemonUrl())).toBe("open");
    expect(app.upgrades).toContain(101);
  });

  it("S15, row 102: gives a foreign page no line, by whatever name of this machine it dials", async () => {
    const page = await opened(foreignOrigin);
    expect(await dial(page, daemonUrl())).toBe("failed");
    expect(await dial(page, daemonUrl("localhost"))).toBe("failed");
    expect(await dial(page, ticketUrl().replace("http", "ws"))).toBe("failed");
    // They came, and were turned away by the daemon: nothing that browsers do by themselves stopped them.
    expect(app.upgrades.slice(0, 2)).toEqual([403, 403]);
    expect(app.upgrades).not.toContain(101);
  });

  it("S15, row 102: gives a foreign page no ticket, however it asks", async () => {
    const page = await opened(foreignOrigin);
    expect(await post(page, ticketUrl())).toSatisfy((outcome) => outcome === "failed" || outcome === 403);
    expect(await post(page, ticketUrl(), "no-cors")).toBe("opaque");
    const beacon = page.evaluate((url) => navigator.sendBeacon(url, "x"), ticketUrl());
    expect(await beacon).toBe(true);
    await expect.poll(() => app.tickets, PATIENT).toEqual([403, 403, 403]);
  });

  it("S15, row 102: gives nothing to a form of a foreign page, and shows it nothing", async () => {
    const page = await opened(foreignOrigin);
    await page.evaluate((url) => {
      document.body.innerHTML = `<iframe name="answer"></iframe><form method="post" target="answer"><input name="a" /></form>`;
      const form = document.querySelector("form")!;
      form.action = url;
      form.submit();
    }, ticketUrl());
    await expect.poll(() => app.tickets, PATIENT).toEqual([403]);
    await page.evaluate((url) => {
      document.querySelector("form")!.target = "";
      document.querySelector("form")!.action = url;
      document.querySelector("form")!.enctype = "text/plain";
      document.querySelector("form")!.submit();
    }, ticketUrl());
    await expect.poll(() => app.tickets, PATIENT).toEqual([403, 403]);
  });

  it.each([
    [
      "a sandboxed frame in a foreign page",
      "foreign",
      { sandbox: "allow-scripts allow-forms", srcdoc: "<p>sandboxed</p>" },
    ],
    ["a sandboxed frame in its own page", "own", { sandbox: "allow-scripts allow-forms", srcdoc: "<p>sandboxed</p>" }],
    ["a frame of a data: URL", "own", { src: "data:text/html,<p>data</p>" }],
  ])("S15, row 104: refuses the origin null of %s", async (_what, whose, attributes) => {
    const page = await opened(whose === "own" ? `http://127.0.0.1:${app.port}/` : foreignOrigin);
    await page.evaluate((given) => {
      const frame = document.createElement("iframe");
      for (const [name, value] of Object.entries(given)) frame.setAttribute(name, value);
      const loaded = new Promise<void>((resolve) => frame.addEventListener("load", () => resolve()));
      document.body.append(frame);
      return loaded;
    }, attributes);
    const frame = page.frames().find((one) => one !== page.mainFrame())!;
    app.upgrades.length = 0;
    expect(await dial(frame, daemonUrl())).toBe("failed");
    expect(app.upgrades).toEqual([403]);
    await frame.evaluate((url) => fetch(url, { method: "POST", mode: "no-cors" }).catch(() => {}), ticketUrl());
    await expect.poll(() => app.tickets, PATIENT).toEqual([403]);
  });

  it("S15, row 103: gives nothing to a page whose name was rebound to this machine", async () => {
    // Whoever gave the page, when its name still meant another machine: to the browser it is of this origin.
    const page = await opened(`http://${REBOUND}:${app.port}/`);
    expect(await dial(page, daemonUrl(REBOUND))).toBe("failed");
    expect(app.upgrades[0]).toBe(403);
    expect(app.upgrades).not.toContain(101);
    // So that it sends what it is asked to, and reads the answer.
    expect(await post(page, ticketUrl(REBOUND))).toBe(403);
    expect(app.tickets).toEqual([403]);
  });
});
