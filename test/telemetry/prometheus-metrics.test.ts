import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Counter, Registry } from "prom-client";
import { describe, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import { connectionOf } from "../../src/client/proxy-functions.js";
import { connect } from "../../src/node/connect.js";
import { toNodeHandler } from "../../src/node/node-handler.js";
import { serve } from "../../src/node/serve.js";
import { expose } from "../../src/objects/expose.js";
import { prometheusMetrics, type PrometheusOptions } from "../../src/telemetry/prometheus-metrics.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

class Desk {
  #held: unknown;
  add(amount: number): number {
    return amount + 1;
  }
  fail(): never {
    throw new RangeError("on purpose");
  }
  leave(value: object): void {
    this.#held = value;
  }
  take(): unknown {
    return this.#held;
  }
}
expose(Desk, ["add", "fail", "leave", "take"]);

/** Values of metrics by name and labels. */
function valuesOf(text: string): Readonly<Record<string, number>> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.lastIndexOf(" ");
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

async function setUp(options: PrometheusOptions = {}) {
  const daemonMetrics = prometheusMetrics(options);
  const clientMetrics = prometheusMetrics({ prefix: "client_" });
  const peers = await linkedPeers(
    { desk: new Desk() },
    { client: { interceptors: [clientMetrics.interceptor] }, daemon: { interceptors: [daemonMetrics.interceptor] } },
  );
  daemonMetrics.watch(peers.daemon);
  clientMetrics.watch(peers.connection);
  return {
    peers,
    desk: peers.object("desk"),
    daemonMetrics,
    clientMetrics,
    daemon: async () => valuesOf(await daemonMetrics.metrics()),
    client: async () => valuesOf(await clientMetrics.metrics()),
    [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
  };
}

describe("metrics of what is watched", () => {
  test("are the statistics of the moment at which they are asked for", async () => {
    await using scene = await setUp();
    const { peers, desk } = scene;
    await desk.add(1);
    await expect(desk.fail()).rejects.toThrow("on purpose");
    expect(await scene.daemon()).toMatchObject({
      hearthwire_sessions: 1,
      hearthwire_sessions_opened_total: 1,
      hearthwire_handshakes_refused_total: 0,
      hearthwire_calls_served_total: 2,
      hearthwire_calls_served_failed_total: 1,
      hearthwire_received_bytes_total: peers.daemon.statistics.bytesReceived,
      hearthwire_frames_sent_total: peers.daemon.statistics.framesSent,
    });
    await desk.add(1);
    expect(await scene.daemon()).toMatchObject({ hearthwire_calls_served_total: 3 });
    expect(await scene.client()).toMatchObject({ client_calls_made_total: 3, client_calls_made_failed_total: 1 });
  });

  test("say nothing of what is not known, or is none of a connection's", async () => {
    await using scene = await setUp();
    expect(await scene.daemon()).not.toHaveProperty("hearthwire_round_trip_seconds");
    expect(await scene.client()).not.toHaveProperty("client_sessions");
  });

  test("are those of several connections added up, and never go down when one is closed", async () => {
    await using scene = await setUp();
    const { peers, desk, clientMetrics } = scene;
    const other = peers.another({ subject: "other" });
    clientMetrics.watch(other);
    await desk.add(1);
    await other.object("desk").add(1);
    await other.object("desk").leave(() => undefined);
    expect(await scene.client()).toMatchObject({ client_calls_made_total: 3, client_references_held: 1 });
    await other.close();
    await other.closed;
    expect(await scene.client()).toMatchObject({
      client_calls_made_total: 3,
      client_references_held: 0,
      client_sessions_opened_total: 2,
    });
    await desk.add(1);
    expect(await scene.client()).toMatchObject({ client_calls_made_total: 4 });
  });

  test("stay as they were when watching ends", async () => {
    await using scene = await setUp();
    const { peers, desk, daemonMetrics } = scene;
    const second = prometheusMetrics({ prefix: "second_" });
    const leave = second.watch(peers.daemon);
    await desk.add(1);
    leave();
    leave();
    await desk.add(1);
    const left = valuesOf(await second.metrics());
    expect(left).toMatchObject({ second_calls_served_total: 1, second_calls_running: 0 });
    expect(left).not.toHaveProperty("second_sessions");
    expect(valuesOf(await daemonMetrics.metrics())).toMatchObject({ hearthwire_calls_served_total: 2 });
  });
});

describe("the histogram of latencies", () => {
  test("is by side, object, member and outcome, in seconds", async () => {
    await using scene = await setUp({ buckets: [60, 120] });
    const { desk } = scene;
    await desk.add(1);
    await desk.add(1);
    await expect(desk.fail()).rejects.toThrow("on purpose");
    const daemon = await scene.daemon();
    const series = (member: string, outcome: string): string =>
      `side="server",object="desk",member="${member}",outcome="${outcome}"`;
    expect(daemon).toMatchObject({
      [`hearthwire_call_duration_seconds_count{${series("add", "ok")}}`]: 2,
      [`hearthwire_call_duration_seconds_count{${series("fail", "failed")}}`]: 1,
      [`hearthwire_call_duration_seconds_bucket{le="60",${series("add", "ok")}}`]: 2,
    });
    expect(daemon[`hearthwire_call_duration_seconds_sum{${series("add", "ok")}}`]).toBeLessThan(10);
    expect(await scene.client()).toMatchObject({
      'client_call_duration_seconds_count{side="client",object="desk",member="add",outcome="ok"}': 2,
    });
  });

  test("has no labels that peers choose", async () => {
    await using scene = await setUp();
    const { peers, desk, daemonMetrics } = scene;
    const stranger = peers.another({ subject: "stranger" }).object("desk") as unknown as Record<
      string,
      () => Promise<unknown>
    >;
    for (const name of ["any", "name", 'of"theirs']) {
      await expect(stranger[name]?.()).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    }
    const before = await daemonMetrics.metrics();
    expect(before).not.toContain("any");
    // What one client names and another calls.
    const named = expose(
      class Named {
        chosen(): number {
          return 1;
        }
      },
      ["chosen"],
    );
    await desk.leave(new named());
    const relayed = (await (stranger["take"]?.() as Promise<unknown>)) as { chosen(): Promise<number> };
    expect(await relayed.chosen()).toBe(1);
    const after = await daemonMetrics.metrics();
    expect(after).not.toContain("chosen");
    expect(valuesOf(after)).toMatchObject({
      'hearthwire_call_duration_seconds_count{side="server",object="_OTHER",member="_OTHER",outcome="ok"}': 1,
      'hearthwire_call_duration_seconds_count{side="client",object="_OTHER",member="_OTHER",outcome="ok"}': 1,
    });
  });
});

describe("the handler", () => {
  test("answers over HTTP with the text and its type", async () => {
    const key = Key.generate({ id: "test" });
    const prometheus = prometheusMetrics();
    const daemon = await serve({ desk: new Desk() }, { keys: key, interceptors: [prometheus.interceptor] });
    prometheus.watch(daemon);
    const desk = await connect<Desk>(daemon.url("desk"), { key, isolated: true });
    await desk.add(1);
    const server = createServer(toNodeHandler(prometheus.handler)).listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
    const response = await fetch(url);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
    expect(valuesOf(await response.text())).toMatchObject({ hearthwire_calls_served_total: 2, hearthwire_sessions: 1 });
    const head = await fetch(url, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
    const post = await fetch(url, { method: "POST", body: "x" });
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
    server.closeAllConnections();
    server.close();
    await connectionOf(desk).close();
    await daemon.close();
    expect(valuesOf(await prometheus.metrics())).toMatchObject({ hearthwire_calls_served_total: 2 });
  });
});

describe("prometheusMetrics", () => {
  test("registers in the program's registry, and leaves it as it was", async () => {
    const registry = new Registry();
    const own = new Counter({ name: "own_total", help: "The program's own.", registers: [registry] });
    own.inc();
    const prometheus = prometheusMetrics({ registry });
    expect(prometheus.registry).toBe(registry);
    expect(await prometheus.metrics()).toContain("own_total 1");
    expect(() => prometheusMetrics({ registry })).toThrow("already been registered");
    prometheus.remove();
    expect(registry.getMetricsAsArray().map(({ name }) => name)).toEqual(["own_total"]);
    prometheusMetrics({ registry }).remove();
  });

  test.each([
    ["registry", { registry: {} }],
    ["prefix", { prefix: "9" }],
    ["prefix", { prefix: "a-b" }],
    ["buckets", { buckets: [] }],
    ["buckets", { buckets: [1, 1] }],
    ["buckets", { buckets: [0, 1] }],
    ["maxMethods", { maxMethods: 100_001 }],
    ["labels", { labels: [] }],
  ])("refuses a wrong %s", (name, options) => {
    expect(() => prometheusMetrics(options as never)).toThrow(`"${name}"`);
  });
});
