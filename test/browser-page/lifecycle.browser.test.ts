import { openConnection } from "hearthwire/browser";
import { afterEach, expect, inject, it, vi } from "vitest";
import type { PageObjects } from "./support/page-objects.js";
import type { WorkerErrand } from "./support/line-worker.js";
import { reachDaemon } from "./support/reach-daemon.js";

afterEach(() => vi.restoreAllMocks());

it("listens to its page while its line is open, and never to what keeps a page out of the cache", async () => {
  const spies = [vi.spyOn(globalThis, "addEventListener"), vi.spyOn(document, "addEventListener")];
  const { url, options } = await reachDaemon();
  const connection = openConnection<PageObjects>(url, { ...options, isolated: true });
  await connection.ready;
  const listeners = spies
    .flatMap(({ mock }) => mock.calls)
    .map(([type, , held]) => [type, (held as AddEventListenerOptions | undefined)?.signal] as const)
    .filter(([, signal]) => signal !== undefined);
  expect(listeners.map(([type]) => type)).toEqual([
    "online",
    "pagehide",
    "pageshow",
    "visibilitychange",
    "freeze",
    "resume",
  ]);
  expect(listeners.map(([, signal]) => signal?.aborted)).toEqual(listeners.map(() => false));
  await connection.close();
  expect(listeners.map(([, signal]) => signal?.aborted)).toEqual(listeners.map(() => true));
  const types = spies.flatMap(({ mock }) => mock.calls).map(([type]) => type);
  expect(types).not.toContain("unload");
  expect(types).not.toContain("beforeunload");
});

it("has its lines in a worker too, which has no document", async () => {
  const { url } = await reachDaemon();
  const worker = new Worker(new URL("./support/line-worker.ts", import.meta.url), { type: "module" });
  try {
    const answer = new Promise<MessageEvent<unknown>>((resolve, reject) => {
      worker.onmessage = resolve;
      worker.onerror = ({ message }) => reject(new Error(message));
    });
    worker.postMessage({ url, ticketUrl: `${inject("pageDaemon")}/ticket` } satisfies WorkerErrand);
    expect((await answer).data).toEqual(["without a undefined document", "awake"]);
  } finally {
    worker.terminate();
  }
});
