import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import type { Remote } from "../../src/client/remote.js";
import { retries } from "../../src/client/retries.js";
import { connect } from "../../src/node.js";
import { RunningProgram } from "../support/running-program.js";
import type { Worker } from "./support/dying-daemon.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** A process compiles the sources, then another one. */
const LIMIT_MS = 120_000;
/** However long a daemon takes to start, calls wait for it, and tries to reach it don't become rare. */
const PATIENT = { isolated: true, timeoutMs: 0, reconnect: { maxDelayMs: 500 } };
/** Calls that a client keeps unanswered at most; the others wait for their turn. */
const IN_FLIGHT = 256;

interface DaemonFacts {
  readonly port?: number;
  /** How long its sessions wait for their clients; without it they end with their sockets. */
  readonly windowMs?: number;
  /** At which of its calls it kills itself. */
  readonly diesAt?: number;
}

function daemon(key: Uint8Array, { port = 0, windowMs = 0, diesAt = 0 }: DaemonFacts = {}): RunningProgram {
  const program = ["--import", import.meta.resolve("tsx"), "test/node/support/dying-daemon.ts"];
  const args = [Buffer.from(key).toString("hex"), ...[port, windowMs, diesAt].map(String)];
  return new RunningProgram([...program, ...args], { cwd: root, env: { PATH: process.env["PATH"] } });
}

/** Every other one is idempotent. */
function thousandCalls(worker: Remote<Worker>): Promise<readonly PromiseSettledResult<unknown>[]> {
  const calls = Array.from({ length: 1_000 }, (_, id) => (id % 2 === 0 ? worker.order(id) : worker.price(id)));
  return Promise.allSettled(calls);
}

/** Each says of itself whether it may have run, as the daemon wrote down. */
function expectDeliveries(settled: readonly PromiseSettledResult<unknown>[], dead: RunningProgram): void {
  const begun = new Set(dead.printed.filter((line) => line.startsWith("began ")).map((line) => line.slice(6)));
  expect(begun.size).toBe(IN_FLIGHT);
  for (const [id, result] of settled.entries()) {
    const isSent = begun.has(String(id));
    const isIdempotent = id % 2 === 1;
    expect((result as PromiseRejectedResult).reason).toMatchObject({
      name: "ConnectionError",
      delivery: isSent ? "unknown" : "not-sent",
      retryable: !isSent || isIdempotent,
      object: "worker",
      member: isIdempotent ? "price" : "order",
    });
  }
}

describe("a daemon that is killed with 1000 calls under way", () => {
  test(
    "fails each at once when sessions end with their sockets, and serves when it is back",
    { timeout: LIMIT_MS },
    async () => {
      const bytes = new Uint8Array(randomBytes(32));
      const key = Key.from(bytes, { id: "client" });
      await using dying = daemon(bytes, { diesAt: IN_FLIGHT });
      const [, url] = await dying.line(/^serving (\S+)$/);
      const worker = await connect<Worker>(url!, { key, ...PATIENT });
      const settled = await thousandCalls(worker);
      expect(await dying.exitCode()).toBeNull();
      expectDeliveries(settled, dying);

      await using back = daemon(bytes, { port: Number(new URL(url!).port) });
      await back.line(/^serving /);
      using again = await connect<Worker>(url!, { key, ...PATIENT });
      expect(await again.ping()).toBe("pong");
    },
  );

  test(
    "fails each as soon as it is back and knows no session, over which named objects go on",
    { timeout: LIMIT_MS },
    async () => {
      const bytes = new Uint8Array(randomBytes(32));
      const key = Key.from(bytes, { id: "client" });
      await using dying = daemon(bytes, { windowMs: 120_000, diesAt: IN_FLIGHT });
      const [, url] = await dying.line(/^serving (\S+)$/);
      using worker = await connect<Worker>(url!, { key, ...PATIENT });
      const tool = await worker.tool();
      const settling = thousandCalls(worker);
      expect(await dying.exitCode()).toBeNull();

      await using back = daemon(bytes, { port: Number(new URL(url!).port) });
      await back.line(/^serving /);
      const settled = await settling;
      expectDeliveries(settled, dying);
      expect(settled[0]).toMatchObject({ reason: { code: "HW_SESSION_LOST" } });
      expect(await worker.ping()).toBe("pong");
      await expect(Promise.resolve(tool.name())).rejects.toMatchObject({ code: "HW_REFERENCE_GONE" });
      expect(await (await worker.tool()).name()).toBe("tool");
    },
  );

  test("is called again by a policy, what may run twice and what never ran", { timeout: LIMIT_MS }, async () => {
    const bytes = new Uint8Array(randomBytes(32));
    const key = Key.from(bytes, { id: "client" });
    await using dying = daemon(bytes, { windowMs: 120_000, diesAt: 2 });
    const [, url] = await dying.line(/^serving (\S+)$/);
    using worker = await connect<Worker>(url!, { key, ...PATIENT, interceptors: [retries()] });
    const price = Promise.resolve(worker.price(1));
    const order = Promise.resolve(worker.order(2));
    expect(await dying.exitCode()).toBeNull();
    await using back = daemon(bytes, { port: Number(new URL(url!).port), diesAt: 0 });
    await expect(order).rejects.toMatchObject({ code: "HW_SESSION_LOST", delivery: "unknown", retryable: false });
    expect(await price).toBe(4);
    expect(back.printed.filter((line) => line.startsWith("began"))).toEqual(["began 1"]);
  });
});
