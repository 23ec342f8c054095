import { connectionOf, describe as describeObject, release } from "hearthwire";
import { connectPort, servePort } from "hearthwire/browser";
import { describe, expect, test } from "vitest";
import type { Mill } from "./support/page-worker.js";

const SCRIPT = new URL("./support/page-worker.ts", import.meta.url);

function millWorker(): Worker & Disposable {
  const worker = new Worker(new URL("./support/page-worker.ts", import.meta.url), { type: "module" });
  return Object.assign(worker, { [Symbol.dispose]: () => worker.terminate() });
}

/** A frame of its own origin, which has loaded the script. */
async function millFrame(): Promise<HTMLIFrameElement & Disposable> {
  const frame = document.createElement("iframe");
  frame.sandbox.add("allow-scripts", "allow-same-origin");
  frame.srcdoc = `<script type="module" src="${SCRIPT.href}"></script>`;
  const isReady = new Promise<void>((resolve) => {
    addEventListener("message", function listener({ data, source }) {
      if (data !== "the frame is ready" || source !== frame.contentWindow) return;
      removeEventListener("message", listener);
      resolve();
    });
  });
  document.body.append(frame);
  await isReady;
  return Object.assign(frame, { [Symbol.dispose]: () => frame.remove() });
}

describe("an object in a dedicated worker", () => {
  test("is called, calls back, streams and takes large bytes", async () => {
    using worker = millWorker();
    using mill = await connectPort<Mill>(worker, "mill");
    expect(await mill.grind(3)).toBe(3);
    expect(await mill.who()).toBe("port");
    expect(await mill.tell((text) => `heard ${text}`)).toBe("heard from the other side");
    for await (const number of mill.count()) if (number === 3) break;
    const bytes = new Uint8Array(3_000_000).fill(1, 0, 1);
    expect((await mill.mirror(bytes)).at(-1)).toBe(1);
    const { members } = await describeObject(mill);
    expect(members.map(({ kind, name }) => `${kind} ${name}`)).toContain("stream count");
  });

  test("can be connected to again, and is the same one", async () => {
    using worker = millWorker();
    for (let round = 1; round <= 2; round++) {
      const mill = await connectPort<Mill>(worker, "mill", { lingerMs: 0 });
      expect(await mill.grind(1)).toBe(round);
      await connectionOf(mill).close();
    }
  });

  test("ends pending streams when its line is closed on this side", async () => {
    using worker = millWorker();
    const mill = await connectPort<Mill>(worker, "mill", { lingerMs: 0 });
    const numbers = mill.count()[Symbol.asyncIterator]();
    expect((await numbers.next()).value).toBe(1);
    release(mill);
    const read = async (): Promise<never> => {
      for (;;) if ((await numbers.next()).done === true) throw new Error("the stream ended as if it were whole");
    };
    await expect(read()).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });
});

describe("an object in a frame", () => {
  test("is called over a MessageChannel", async () => {
    using frame = await millFrame();
    const { port1, port2 } = new MessageChannel();
    frame.contentWindow?.postMessage("take this port", "*", [port2]);
    using mill = await connectPort<Mill>(port1, "mill");
    expect(await mill.grind(5)).toBe(5);
    expect(await mill.tell((text) => text)).toBe("from the other side");
  });

  test("is never called by posting to its window, which is no port", async () => {
    using frame = await millFrame();
    const stranger = frame.contentWindow;
    await expect(connectPort(stranger as never, "mill")).rejects.toThrow(/^"port" must be a MessagePort/);
    frame.removeAttribute("sandbox");
    frame.setAttribute("sandbox", "allow-scripts"); // of another origin from its next page on
    const isLoaded = new Promise((resolve) => void frame.addEventListener("load", resolve, { once: true }));
    frame.srcdoc = "";
    await isLoaded;
    expect(() => frame.contentWindow?.document).toThrow(DOMException);
    await expect(connectPort(frame.contentWindow as never, "mill")).rejects.toThrow(/^"port" must be a MessagePort/);
    expect(() => servePort({ now: () => 1 }, stranger as never)).toThrow(/^"port" must be a MessagePort/);
    expect(() => servePort({ now: () => 1 }, globalThis as never)).toThrow(/^"port" must be a MessagePort/);
  });
});
