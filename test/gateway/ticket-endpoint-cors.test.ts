import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { chromium, type Browser } from "playwright-core";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { ticketEndpoint } from "../../src/gateway/ticket-endpoint.js";
import { toNodeHandler } from "../../src/node/node-handler.js";
import { browserFlags, findBrowser } from "../support/find-browser.mjs";

let browser: Browser;
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findBrowser() ?? "", args: [...browserFlags] });
});
afterAll(() => browser?.close());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function origin(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a page, logged in at the endpoint by a cookie, gets when it posts JSON there from its own origin. */
async function asked(isListed: boolean): Promise<unknown> {
  const app = await origin((_request, response) =>
    response.writeHead(200, { "content-type": "text/html" }).end("<title>app</title>"),
  );
  const endpoint = ticketEndpoint({
    keys: Key.generate({ use: "mint" }),
    subject: (request) => (request.headers.get("cookie") === "user=alice" ? "alice" : null),
    origins: isListed ? [app] : [],
  });
  const login = await origin(toNodeHandler(endpoint));
  const context = await browser.newContext();
  cleanups.push(() => context.close());
  await context.addCookies([{ name: "user", value: "alice", url: login }]);
  const page = await context.newPage();
  await page.goto(app);
  return page.evaluate(async (url) => {
    const init = { method: "POST", credentials: "include", headers: { "content-type": "application/json" } } as const;
    const answer = await fetch(url, { ...init, body: "{}" }).catch(() => undefined);
    return answer === undefined ? "unreadable" : [answer.status, Object.keys(await answer.json())];
  }, login);
}

it("gives a page of a listed origin its ticket, cookies and preflight included", async () => {
  expect(await asked(true)).toEqual([200, ["payload", "key", "expiresAtMs"]]);
});

it("gives a page of another origin nothing to read", async () => {
  expect(await asked(false)).toBe("unreadable");
});
