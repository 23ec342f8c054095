import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { fetchTicket } from "../../src/browser/fetch-ticket.js";

let server: Server;
let url: string;
let asked: IncomingMessage[];
let answer: (response: ServerResponse, count: number) => void;

const NOW_MS = 1_700_000_000_000;
const ticket = (count: number, lifetimeMs = 600_000) => ({
  payload: `payload-${count}`,
  key: `key-${count}`,
  expiresAtMs: Date.now() + lifetimeMs,
});

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS });
  asked = [];
  answer = (response, count) => response.end(JSON.stringify(ticket(count)));
  server = createServer((request, response) => {
    asked.push(request);
    answer(response, asked.length);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/ticket`;
});
afterEach(() => {
  vi.useRealTimers();
  server.closeAllConnections();
  server.close();
});

describe("the function", () => {
  it("is the same for the same URL and identical init, so that sockets are shared", () => {
    const init = { headers: { "x-tenant": "1" } };
    expect(fetchTicket(url)).toBe(fetchTicket(new URL(url)));
    expect(fetchTicket(url, init)).toBe(fetchTicket(url, init));
    expect(fetchTicket(url)).not.toBe(fetchTicket(`${url}2`));
    expect(fetchTicket(url, init)).not.toBe(fetchTicket(url));
    expect(fetchTicket(url, init)).not.toBe(fetchTicket(url, { headers: { "x-tenant": "1" } }));
  });

  it("POSTs, with what init says", async () => {
    await fetchTicket(url, { headers: { "x-tenant": "7" } })();
    expect(asked.map(({ method, headers }) => [method, headers["x-tenant"]])).toEqual([["POST", "7"]]);
  });
});

describe("a ticket", () => {
  it("is kept as long as it has more than 30 s left", async () => {
    const source = fetchTicket(url);
    expect(await source()).toEqual({ payload: "payload-1", key: "key-1", expiresAtMs: NOW_MS + 600_000 });
    vi.setSystemTime(NOW_MS + 569_999);
    expect((await source()).payload).toBe("payload-1");
    vi.setSystemTime(NOW_MS + 570_000);
    expect((await source()).payload).toBe("payload-2");
  });

  it("is asked for once when several want it at the same time", async () => {
    const source = fetchTicket(url);
    const payloads = (await Promise.all([source(), source(), source({ fresh: true })])).map(({ payload }) => payload);
    expect(payloads).toEqual(["payload-1", "payload-1", "payload-1"]);
  });

  it("is asked for anew when a fresh one is wanted", async () => {
    const source = fetchTicket(url);
    await source({ fresh: false });
    expect((await source({ fresh: true })).payload).toBe("payload-2");
    expect((await source()).payload).toBe("payload-2");
  });

  it("carries nothing that the endpoint added", async () => {
    answer = (response) => response.end(JSON.stringify({ ...ticket(1), admin: true }));
    expect(Object.keys(await fetchTicket(url)())).toEqual(["payload", "key", "expiresAtMs"]);
  });
});

describe("a failure", () => {
  it.each([
    [401, /status 401: nobody is logged in/],
    [403, /status 403: this page's origin .*"origins"/],
    [404, /status 404: is the endpoint mounted/],
    [408, /status 408$/],
    [429, /status 429$/],
    [500, /status 500$/],
  ])("with status %d says so", async (status, message) => {
    answer = (response) => response.writeHead(status).end();
    await expect(fetchTicket(url)()).rejects.toThrow(
      expect.objectContaining({
        name: "ConnectionError",
        code: "HW_REFUSED",
        message: expect.stringMatching(message),
        retryable: [408, 429, 500].includes(status),
      }),
    );
  });

  it.each([
    ["a page", "<!doctype html>"],
    ["null", "null"],
    ["no key", JSON.stringify({ payload: "a", expiresAtMs: 1 })],
    ["an empty payload", JSON.stringify({ payload: "", key: "a", expiresAtMs: 1 })],
    ["a payload that is not base64url", JSON.stringify({ payload: "a b", key: "a", expiresAtMs: 1 })],
    ["an end that is no integer", JSON.stringify({ payload: "a", key: "a", expiresAtMs: "soon" })],
  ])("is what an answer with %s is, and its text stays out of the error", async (_what, text) => {
    answer = (response) => response.end(text);
    await expect(fetchTicket(url)()).rejects.toThrow(
      expect.objectContaining({
        code: "HW_REFUSED",
        message: expect.stringMatching(/\/ticket gave no ticket: status 200, but no \{ payload, key, expiresAtMs \}$/),
      }),
    );
  });

  it("never repeats the query, which is sent", async () => {
    answer = (response) => response.writeHead(500).end();
    const error: unknown = await fetchTicket(`${url}?invite=swordfish`)().catch((why: unknown) => why);
    expect(asked[0]?.url).toBe("/ticket?invite=swordfish");
    expect(error).toMatchObject({ peer: url, message: expect.stringContaining(`${url} gave no ticket`) });
  });

  it("to reach the endpoint is retryable and keeps its cause", async () => {
    server.close();
    await expect(fetchTicket(url)()).rejects.toThrow(
      expect.objectContaining({ code: "HW_CONNECT_FAILED", retryable: true, cause: expect.any(TypeError) }),
    );
  });

  it("to hear the whole answer is one of the network", async () => {
    answer = (response) => {
      response.writeHead(200, { "content-length": 100 });
      response.write("{");
      setImmediate(() => response.destroy());
    };
    await expect(fetchTicket(url)()).rejects.toThrow(
      expect.objectContaining({ code: "HW_CONNECT_FAILED", retryable: true }),
    );
  });

  it.each([
    ["no answer", () => undefined],
    ["half an answer", (response: ServerResponse) => void response.write("{")],
  ])("of a network that brings %s ends after 10 s, and holds up nobody who asks later", async (_, stall) => {
    const limit = new AbortController();
    const timeout = vi.spyOn(AbortSignal, "timeout").mockReturnValueOnce(limit.signal);
    const heard = new Promise<void>((resolve) => {
      answer = (response) => {
        stall(response);
        resolve();
      };
    });
    const source = fetchTicket(url);
    const hanging = source();
    await heard;
    limit.abort();
    await expect(hanging).rejects.toThrow(
      expect.objectContaining({
        code: "HW_CONNECT_TIMEOUT",
        message: `fetchTicket: nobody answers at ${url} within 10000 ms`,
        retryable: true,
      }),
    );
    expect(timeout).toHaveBeenCalledWith(10_000);
    timeout.mockRestore();
    answer = (response, count) => response.end(JSON.stringify(ticket(count)));
    expect((await source()).payload).toBe("payload-2");
  });

  it("is what a program that gives up gets at once", async () => {
    const giveUp = new AbortController();
    answer = () => giveUp.abort();
    await expect(fetchTicket(url, { signal: giveUp.signal })()).rejects.toThrow(
      expect.objectContaining({ code: "HW_CONNECT_FAILED", cause: expect.objectContaining({ name: "AbortError" }) }),
    );
  });

  it.each([
    ["https://app.example", /or it does not list this page's origin in its "origins"$/, /credentials: "include"/],
    ["its own", /nobody answers at \S+$/, /open the page by the URL/],
  ])("at %s origin names what stands in a page's way there", async (origin, unreachable, refused) => {
    vi.stubGlobal("location", { origin: origin === "its own" ? new URL(url).origin : origin, href: url });
    try {
      answer = (response) => response.writeHead(401).end();
      await expect(fetchTicket(url)()).rejects.toThrow(refused);
      server.close();
      server.closeAllConnections();
      await expect(fetchTicket(url)()).rejects.toThrow(unreachable);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it("is not kept: the next one asks again", async () => {
    const source = fetchTicket(url);
    answer = (response) => response.writeHead(500).end();
    await expect(source()).rejects.toThrow(/500/);
    answer = (response, count) => response.end(JSON.stringify(ticket(count)));
    expect((await source()).payload).toBe("payload-2");
  });
});
