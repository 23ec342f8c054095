import { context, ROOT_CONTEXT, SpanStatusCode, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import { batch } from "../../src/client/batch.js";
import { assign, connectionOf, withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { VERSION } from "../../src/daemon/version.js";
import { connect } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { openTelemetry } from "../../src/telemetry/open-telemetry.js";
import { RecordedMetrics, RecordedSpans, treeOf } from "./support/recorded-telemetry.js";

const key = Key.generate({ id: "test" });
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const PARENT = `00-${TRACE_ID}-b7ad6b7169203331-01`;

class SoldOut extends Error {
  override readonly name = "SoldOut";
}

class Desk {
  #total = 1;
  colleague: Remote<Desk> | undefined;
  readonly began: (() => void)[] = [];
  ended = 0;
  get total(): number {
    return this.#total;
  }
  set total(value: number) {
    this.#total = value;
  }
  add(amount: number): number {
    return this.#total + amount;
  }
  trace(): string | undefined {
    return callContext().traceparent;
  }
  fail(isSoldOut = false): never {
    throw isSoldOut ? new SoldOut("on purpose") : new RangeError("on purpose");
  }
  never(): Promise<never> {
    for (const began of this.began.splice(0)) began();
    return new Promise(() => undefined);
  }
  async ask(question: (text: string) => Promise<string>): Promise<string> {
    await Promise.resolve();
    return question("ready?");
  }
  async pass(): Promise<number | undefined> {
    await Promise.resolve();
    return this.colleague?.add(1);
  }
  async *count(to: number): AsyncGenerator<number> {
    try {
      for (let item = 1; item <= to; item++) yield item;
      if (to === 3) throw new RangeError("three is enough");
    } finally {
      this.ended++;
    }
  }
  *sync(): Generator<number> {
    yield 1;
    yield 2;
  }
  bytes(): ReadableStream<string> {
    return new ReadableStream({
      start(controller) {
        controller.enqueue("a");
        controller.close();
      },
    });
  }
}
expose(Desk, {
  members: {
    ...{ add: {}, trace: {}, fail: {}, never: {}, ask: {}, pass: {}, count: {}, sync: {}, bytes: {} },
    total: { writable: true },
  },
});

async function setUp(options: Parameters<typeof openTelemetry>[0] = {}) {
  const client = new RecordedSpans();
  const server = new RecordedSpans();
  const metrics = new RecordedMetrics();
  const { meterProvider } = metrics;
  const desk = new Desk();
  const daemon = await serve(
    { desk },
    {
      keys: key,
      interceptors: [openTelemetry({ tracerProvider: server.tracerProvider, meterProvider, ...options })],
    },
  );
  const proxy = await connect<Desk>(daemon.url("desk"), {
    key,
    interceptors: [openTelemetry({ tracerProvider: client.tracerProvider, meterProvider, ...options })],
    isolated: true,
  });
  return {
    client,
    server,
    metrics,
    daemon,
    desk,
    proxy,
    async [Symbol.asyncDispose]() {
      await connectionOf(proxy).close();
      await daemon.close({ graceMs: 0 });
      await metrics[Symbol.asyncDispose]();
    },
  };
}

describe("spans over sockets", () => {
  const manager = new AsyncLocalStorageContextManager();
  beforeAll(() => void context.setGlobalContextManager(manager.enable()));
  afterAll(() => context.disable());

  test("say what the conventions ask for", async () => {
    await using scene = await setUp();
    const { client, server, daemon, proxy } = scene;
    await proxy.add(1);
    const made = client.last("client");
    const served = server.last("server");
    const { host, port } = daemon.address;
    expect([made.name, served.name]).toEqual(["desk/add", "desk/add"]);
    expect(made.attributes).toEqual({
      "rpc.system.name": "hearthwire",
      "rpc.method": "desk/add",
      "server.address": host,
      "server.port": port,
    });
    expect(served.attributes).toEqual({
      "rpc.system.name": "hearthwire",
      "rpc.method": "desk/add",
      "network.peer.address": "127.0.0.1",
    });
    for (const span of [made, served]) {
      expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
      expect(span.instrumentationScope).toMatchObject({ name: "hearthwire", version: VERSION });
    }
    expect(served.parentSpanContext).toMatchObject({ spanId: made.spanContext().spanId, isRemote: true });
  });

  test("tell reads and writes from calls", async () => {
    await using scene = await setUp();
    const { client, server, proxy } = scene;
    expect(await proxy.total).toBe(1);
    await assign(proxy, { total: 2 });
    const kinds = (recorder: RecordedSpans) =>
      recorder.spans.map(({ attributes }) => attributes["hearthwire.call.kind"]);
    expect([kinds(client), kinds(server)]).toEqual([
      ["get", "set"],
      ["get", "set"],
    ]);
  });

  test("are one tree over callbacks and calls within calls", async () => {
    await using scene = await setUp();
    const { client, server, desk, proxy, daemon } = scene;
    desk.colleague = await connect<Desk>(daemon.url("desk"), {
      key,
      interceptors: [openTelemetry({ tracerProvider: server.tracerProvider })],
      isolated: true,
    });
    await client.tracerProvider.getTracer("app").startActiveSpan("click", async (click) => {
      expect(await proxy.ask(async (text) => `${text} ${await proxy.pass()}`)).toBe("ready? 2");
      click.end();
    });
    expect(treeOf(client, server)).toEqual([
      "internal click",
      "  client desk/ask",
      "    server desk/ask",
      "      client (function)",
      "        server (function)",
      "          client desk/pass",
      "            server desk/pass",
      "              client desk/add",
      "                server desk/add",
    ]);
    await connectionOf(desk.colleague).close();
  });

  test("of a daemon begin a tree of their own where no context came, whatever is active there", async () => {
    const server = new RecordedSpans();
    await server.tracerProvider.getTracer("app").startActiveSpan("start", async (start) => {
      const daemon = await serve(
        { desk: new Desk() },
        { keys: key, interceptors: [openTelemetry({ tracerProvider: server.tracerProvider })] },
      );
      const proxy = await connect<Desk>(daemon.url("desk"), { key, isolated: true });
      await proxy.add(1);
      await withOptions(proxy, { traceparent: "00-nothing-like-it-01" }).add(1);
      await withOptions(proxy, { traceparent: `00-${"0".repeat(32)}-b7ad6b7169203331-01` }).add(1);
      start.end();
      await connectionOf(proxy).close();
      await daemon.close();
    });
    expect(treeOf(server).toSorted()).toEqual([
      "internal start",
      "server desk/add",
      "server desk/add",
      "server desk/add",
    ]);
  });

  test("have the trace context as parent that a call was given, before the active span", async () => {
    await using scene = await setUp();
    const { client, proxy } = scene;
    const traced = withOptions(proxy, { traceparent: PARENT });
    await client.tracerProvider.getTracer("app").startActiveSpan("click", async (click) => {
      await traced.add(1);
      click.end();
    });
    const made = client.last("client");
    expect(made.parentSpanContext).toMatchObject({ traceId: TRACE_ID, spanId: "b7ad6b7169203331" });
    const seen = await traced.trace();
    expect(seen).toBe(`00-${TRACE_ID}-${scene.server.last("server").spanContext().spanId}-01`);
  });

  test("say what failed, with the exception where it was thrown", async () => {
    await using scene = await setUp();
    const { client, server, proxy } = scene;
    await expect(proxy.fail()).rejects.toThrow("on purpose");
    const made = client.last("client");
    const served = server.last("server");
    expect(served.status).toEqual({ code: SpanStatusCode.ERROR, message: "on purpose" });
    expect(served.attributes).toMatchObject({ "error.type": "RangeError" });
    expect(served.attributes).not.toHaveProperty("rpc.status_code");
    expect(served.events.map(({ name }) => name)).toEqual(["exception"]);
    expect(made.status).toEqual({ code: SpanStatusCode.ERROR, message: "on purpose" });
    expect(made.attributes).toMatchObject({ "error.type": "RangeError", "hearthwire.delivery": "ran" });
    expect(made.events).toEqual([]);
  });

  test("have the code of hearthwire's own errors", async () => {
    await using scene = await setUp();
    const { client, server, proxy } = scene;
    await expect(withOptions(proxy, { timeoutMs: 1 }).never()).rejects.toMatchObject({ code: "HW_DEADLINE" });
    await expect.poll(() => [client.spans.length, server.spans.length]).toEqual([1, 1]);
    expect(client.last("client").attributes).toMatchObject({
      "error.type": "HW_DEADLINE",
      "rpc.status_code": "HW_DEADLINE",
      "hearthwire.delivery": "unknown",
    });
    expect(client.last("client").events).toEqual([]);
    // By its own clock, or since the caller has given up.
    expect(server.last("server").attributes["error.type"]).toMatch(/^HW_(DEADLINE|CANCELLED)$/);
  });

  test("end at both ends when the caller gives up, though the called code goes on", async () => {
    await using scene = await setUp();
    const { client, server, desk, proxy } = scene;
    const giveUp = new AbortController();
    const running = new Promise<void>((resolve) => desk.began.push(resolve));
    const waiting = withOptions(proxy, { signal: giveUp.signal }).never();
    waiting.then(undefined, () => undefined);
    await running;
    giveUp.abort();
    await expect(waiting).rejects.toThrow("aborted");
    await expect.poll(() => server.spans.length).toBe(1);
    expect(client.last("client").attributes).toMatchObject({ "error.type": "AbortError" });
    expect(server.last("server").attributes).toMatchObject({ "error.type": "HW_CANCELLED" });
    expect(scene.daemon.statistics.callsRunning).toBe(1);
  });

  test("end when the session ends", async () => {
    await using scene = await setUp();
    const { client, server, desk, proxy } = scene;
    const running = new Promise<void>((resolve) => desk.began.push(resolve));
    const waiting = proxy.never();
    waiting.then(undefined, () => undefined);
    await running;
    await connectionOf(proxy).close();
    await expect(waiting).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    await expect.poll(() => [client.spans.length, server.spans.length]).toEqual([1, 1]);
    expect(client.last("client").attributes).toMatchObject({ "error.type": "HW_CONNECTION_CLOSED" });
  });

  test("of a batch are children of what was active, each", async () => {
    await using scene = await setUp();
    const { client, server, proxy } = scene;
    await client.tracerProvider.getTracer("app").startActiveSpan("click", async (click) => {
      await batch(proxy, (desk) => [desk.add(1), desk.add(2)]);
      click.end();
    });
    expect(treeOf(client, server)).toEqual([
      "internal click",
      "  client desk/add",
      "    server desk/add",
      "  client desk/add",
      "    server desk/add",
    ]);
  });
});

describe("spans of calls that return streams", () => {
  let scene: Awaited<ReturnType<typeof setUp>>;
  beforeEach(async () => {
    scene = await setUp();
    return () => scene[Symbol.asyncDispose]();
  });
  const ended = () => [scene.client.spans.length, scene.server.spans.length];

  test("last until the stream is read", async () => {
    const items: number[] = [];
    const stream = await scene.proxy.count(2);
    expect(scene.client.spans).toEqual([]);
    for await (const item of stream) items.push(item);
    expect(items).toEqual([1, 2]);
    expect(ended()).toEqual([1, 1]);
    expect(scene.client.last("client").status.code).toBe(SpanStatusCode.UNSET);
  });

  test("last until its reader leaves, who has not failed", async () => {
    for await (const item of await scene.proxy.count(1_000_000)) if (item === 5) break;
    await expect.poll(ended).toEqual([1, 1]);
    await expect.poll(() => scene.desk.ended).toBe(1);
    const statuses = [scene.client.last("client"), scene.server.last("server")].map(({ status }) => status.code);
    expect(statuses).toEqual([SpanStatusCode.UNSET, SpanStatusCode.UNSET]);
  });

  test("fail with the stream", async () => {
    const read = async (): Promise<void> => {
      for await (const item of await scene.proxy.count(3)) expect(item).toBeLessThan(4);
    };
    await expect(read()).rejects.toThrow("three is enough");
    expect(scene.client.last("client").attributes).toMatchObject({ "error.type": "RangeError" });
    expect(scene.server.last("server").attributes).toMatchObject({ "error.type": "RangeError" });
  });

  test("fail with the session", async () => {
    const stream = await scene.proxy.count(1_000_000);
    const reader = stream[Symbol.asyncIterator]();
    await reader.next();
    expect(ended()).toEqual([0, 0]);
    await connectionOf(scene.proxy).close();
    await expect.poll(() => scene.server.spans.length).toBe(1);
    expect(scene.server.last("server").status.code).toBe(SpanStatusCode.ERROR);
    await expect(
      (async () => {
        for (;;) if ((await reader.next()).done === true) return;
      })(),
    ).rejects.toMatchObject({
      code: "HW_CONNECTION_CLOSED",
    });
    expect(scene.client.last("client").attributes).toMatchObject({ "error.type": "HW_CONNECTION_CLOSED" });
  });

  test("of other kinds too", async () => {
    const items: unknown[] = [];
    for await (const item of await scene.proxy.sync()) items.push(item);
    const readable = await scene.proxy.bytes();
    expect(readable).toBeInstanceOf(ReadableStream);
    for await (const item of readable) items.push(item);
    expect(items).toEqual([1, 2, "a"]);
    await expect.poll(ended).toEqual([2, 2]);
    const left = await scene.proxy.bytes();
    await left.cancel();
    await expect.poll(ended).toEqual([3, 3]);
  });

  test("end with a stream that is let go unread", async () => {
    await using stream = await scene.proxy.count(5);
    await stream[Symbol.asyncDispose]();
    await expect.poll(ended).toEqual([1, 1]);
  });
});

describe("metrics of durations", () => {
  test("are histograms in seconds by method and error", async () => {
    await using scene = await setUp();
    const { metrics, proxy } = scene;
    await proxy.add(1);
    await proxy.add(2);
    await expect(proxy.fail()).rejects.toThrow("on purpose");
    const common = { "rpc.system.name": "hearthwire" };
    expect(await metrics.durations()).toEqual(
      expect.arrayContaining([
        { name: "rpc.client.call.duration s", count: 2, attributes: { ...common, "rpc.method": "desk/add" } },
        { name: "rpc.server.call.duration s", count: 2, attributes: { ...common, "rpc.method": "desk/add" } },
        {
          name: "rpc.client.call.duration s",
          count: 1,
          attributes: { ...common, "rpc.method": "desk/fail", "error.type": "RangeError" },
        },
        {
          name: "rpc.server.call.duration s",
          count: 1,
          attributes: { ...common, "rpc.method": "desk/fail", "error.type": "RangeError" },
        },
      ]),
    );
  });

  test("take no name that the other side chose", async () => {
    await using scene = await setUp();
    const { metrics, proxy, client } = scene;
    await expect(proxy.fail(true)).rejects.toThrow("on purpose");
    expect(client.last("client").attributes).toMatchObject({ "error.type": "SoldOut" });
    const types = (await metrics.durations()).map(({ name, attributes }) => [name, attributes["error.type"]]);
    expect(types).toEqual(
      expect.arrayContaining([
        ["rpc.client.call.duration s", "RemoteError"],
        ["rpc.server.call.duration s", "SoldOut"],
      ]),
    );
  });

  test("know no methods but those that exist, and no more than they may", async () => {
    await using scene = await setUp({ maxMethods: 1 });
    const { metrics, proxy } = scene;
    const untyped = connectionOf(proxy).object("desk") as unknown as Record<string, () => Promise<unknown>>;
    for (const name of ["made", "up", "names"]) {
      await expect(untyped[name]?.()).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    }
    await proxy.add(1);
    await proxy.trace();
    const methods = (await metrics.durations()).map(({ name, count, attributes }) => [
      name,
      attributes["rpc.method"],
      count,
    ]);
    expect(methods.toSorted()).toEqual([
      ["rpc.client.call.duration s", "_OTHER", 1],
      ["rpc.client.call.duration s", "_OTHER", 3],
      ["rpc.client.call.duration s", "desk/add", 1],
      ["rpc.server.call.duration s", "_OTHER", 1],
      ["rpc.server.call.duration s", "desk/add", 1],
    ]);
  });
});

describe("what goes along with calls", () => {
  test("is the context that was found, where there is no SDK", async () => {
    const desk = new Desk();
    const daemon = await serve({ desk }, { keys: key, interceptors: [openTelemetry()] });
    const proxy = await connect<Desk>(daemon.url("desk"), { key, interceptors: [openTelemetry()], isolated: true });
    expect(await proxy.trace()).toBeUndefined();
    expect(await withOptions(proxy, { traceparent: PARENT }).trace()).toBe(PARENT);
    const active = trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: "00f067aa0ba902b7", traceFlags: 1 });
    const manager = new AsyncLocalStorageContextManager();
    context.setGlobalContextManager(manager.enable());
    const seen = await context.with(active, () => proxy.trace());
    context.disable();
    expect(seen).toBe(`00-${TRACE_ID}-00f067aa0ba902b7-01`);
    for await (const item of await proxy.count(2)) expect(item).toBeLessThan(3);
    await connectionOf(proxy).close();
    await daemon.close();
  });
});

describe("openTelemetry", () => {
  test.each([
    ["tracerProvider", { tracerProvider: {} }],
    ["meterProvider", { meterProvider: 1 }],
    ["propagator", { propagator: () => undefined }],
    ["maxMethods", { maxMethods: 0 }],
    ["maxMethod", { maxMethod: 5 }],
  ])("refuses a wrong %s", (name, options) => {
    expect(() => openTelemetry(options as never)).toThrow(`"${name}"`);
  });
});
