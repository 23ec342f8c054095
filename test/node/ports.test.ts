import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import { describe, expect, test } from "vitest";
import { connectionOf, release } from "../../src/client/proxy-functions.js";
import { connectPort, servePort } from "../../src/node/ports.js";
import { expose } from "../../src/objects/expose.js";
import type { Mill } from "./support/port-worker.js";

/** A real worker thread that serves a mill, unless it is idle; it ends with its scope. */
function millWorker(workerData?: "idle"): Worker & AsyncDisposable {
  const worker = new Worker(new URL("./support/start-worker.mjs", import.meta.url), { workerData });
  return Object.assign(worker, {
    [Symbol.asyncDispose]: async () => {
      await worker.terminate();
    },
  });
}

describe("an object in a worker thread", () => {
  test("is called, calls back and takes large bytes", async () => {
    await using worker = millWorker();
    using mill = await connectPort<Mill>(worker, "mill");
    expect(await mill.grind(1_000)).toBe(500_500);
    expect(await mill.tell((text) => `heard ${text}`)).toBe("heard from the worker");
    const bytes = new Uint8Array(3_000_000).fill(1, 0, 10);
    expect((await mill.mirror(bytes)).subarray(-11)).toEqual(
      Uint8Array.from([0, ...Array.from({ length: 10 }, () => 1)]),
    );
  });

  test("knows its call's context after an await", async () => {
    await using worker = millWorker();
    using mill = connectPort<Mill>(worker, "mill");
    expect(await mill.who()).toBe("key:port");
  });

  test("can be connected to again", async () => {
    await using worker = millWorker();
    for (let round = 1; round <= 2; round++) {
      const mill = await connectPort<Mill>(worker, "mill", { lingerMs: 0 });
      expect(await mill.grind(round)).toBe((round * (round + 1)) / 2);
      await connectionOf(mill).close();
    }
  });

  test.each([
    ["is terminated", (worker: Worker) => worker.terminate()],
    ["exits", (_worker: Worker, mill: { exit(): PromiseLike<void> }) => mill.exit()],
  ])("rejects pending calls when its worker %s", async (_how, end) => {
    await using worker = millWorker();
    const mill = await connectPort<Mill>(worker, "mill");
    const pending = mill.never();
    Promise.resolve(end(worker, mill)).catch(() => undefined);
    await expect(pending).rejects.toMatchObject({
      code: "HW_CONNECTION_CLOSED",
      message: "the connection over the port was lost: the worker or the port at its other end is gone",
    });
    await expect(mill.never()).rejects.toMatchObject({
      message: expect.stringMatching(/^the connection over the port is closed: /) as string,
    });
    expect(await connectionOf(mill).closed).toBeInstanceOf(Error);
  });

  test("lets its worker end by itself once it is served no more", async () => {
    const worker = millWorker();
    const mill = await connectPort<Mill>(worker, "mill");
    const exited = once(worker, "exit");
    await mill.stopServing();
    expect(await exited).toEqual([0]);
  });

  test("rejects when its worker ends before it serves", async () => {
    await using worker = millWorker("idle");
    await expect(connectPort<Mill>(worker, "mill")).rejects.toMatchObject({
      code: "HW_CONNECT_FAILED",
      message:
        "could not connect over the port: the other end of the port is gone. " +
        "Has its worker started, and does it call servePort?",
    });
  });

  test("says what the other end must do when nobody serves", async () => {
    const { port1, port2 } = new MessageChannel();
    await expect(connectPort<Mill>(port1, "mill", { connectTimeoutMs: 1 })).rejects.toMatchObject({
      code: "HW_CONNECT_TIMEOUT",
      message: '"connectTimeoutMs": the other end of the port did not serve within 1 ms; it must call servePort',
    });
    port2.close();
  });
});

describe("servePort of a parent", () => {
  class Post {
    deliver(text: string): string {
      return text.toUpperCase();
    }
  }
  expose(Post, ["deliver"]);

  test("serves to an end of a MessageChannel of node:worker_threads", async () => {
    const { port1, port2 } = new MessageChannel();
    using _served = servePort({ post: new Post() }, port1);
    const post = await connectPort<Post>(port2, "post", { lingerMs: 0 });
    expect(await post.deliver("a")).toBe("A");
    const closed = once(port1, "close");
    release(post);
    await closed;
  });
});
