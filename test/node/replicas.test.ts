import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { connectionOf } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { retries } from "../../src/client/retries.js";
import { connect, serveNames } from "../../src/node.js";
import { RunningProgram } from "../support/running-program.js";
import type { Counter } from "./support/replica.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Processes compile the sources. */
const LIMIT_MS = 120_000;
const CALLS = 10_000;
/** In the middle of the calls. */
const DIES_AT = 4_000;

const bytes = new Uint8Array(randomBytes(32));
const key = Key.from(bytes, { id: "client" });
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hearthwire-replicas-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function replica(server: string, file: string, diesAt = 0): RunningProgram {
  const program = ["--import", import.meta.resolve("tsx"), "test/node/support/replica.ts"];
  const args = [Buffer.from(bytes).toString("hex"), server, join(folder, file), String(diesAt)];
  return new RunningProgram([...program, ...args], { cwd: root, env: { PATH: process.env["PATH"] } });
}

/** The calls that ran in a replica, in order. */
function ran(file: string): readonly number[] {
  return readFileSync(join(folder, file), "utf8").trimEnd().split("\n").map(Number);
}

/** Calls one of two replicas, which is killed in the course of that, and gives what became of each call. */
async function callsToDyingReplica(call: (counter: Remote<Counter>, id: number) => PromiseLike<number>) {
  await using names = await serveNames({ keys: new KeyRing([key]), port: 0 });
  const server = names.url("names");
  await using dying = replica(server, "dying", DIES_AT);
  await dying.line(/^serving /);
  const interceptors = [retries({ budget: { ratio: 1, burst: CALLS } })];
  using counter = await connect<Counter>("hearthwire:counter", { key, names: server, interceptors, timeoutMs: 60_000 });
  await using other = replica(server, "other");
  const [, url = ""] = await other.line(/^serving (\S+)\/counter/);
  const sessions: object[] = [];
  connectionOf(counter).on("session", (session) => sessions.push(session));
  const settled = await Promise.allSettled(Array.from({ length: CALLS }, (_, id) => call(counter, id)));
  expect(await dying.exitCode()).toBeNull();
  expect(sessions).toHaveLength(1);
  expect(connectionOf(counter).state).toMatchObject({ status: "connected", url: `${url}/` });
  return { settled, before: ran("dying"), after: ran("other") };
}

describe("of two replicas one that is killed with 10 000 calls under way", () => {
  test("fails none of them when they are idempotent and may be tried again", { timeout: LIMIT_MS }, async () => {
    const { settled, before, after } = await callsToDyingReplica((counter, id) => counter.price(id));
    expect(settled).toEqual(Array.from({ length: CALLS }, (_, value) => ({ status: "fulfilled", value })));
    expect(before).toHaveLength(DIES_AT);
    expect(new Set([...before, ...after]).size).toBe(CALLS);
  });

  test("runs none twice that may not, and says of each that failed how far it got", { timeout: LIMIT_MS }, async () => {
    const { settled, before, after } = await callsToDyingReplica((counter, id) => counter.order(id));
    const runs = [...before, ...after];
    expect(new Set(runs).size).toBe(runs.length);
    const failed = settled.flatMap((one, id) =>
      one.status === "rejected" ? [{ id, reason: one.reason as unknown }] : [],
    );
    // Nobody knows of those that were sent and not answered, and there are no others.
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(256);
    for (const { reason } of failed) {
      expect(reason).toMatchObject({ code: "HW_SESSION_LOST", delivery: "unknown", retryable: false, member: "order" });
    }
    const ids = new Set(runs);
    for (const [id, one] of settled.entries()) if (one.status === "fulfilled") expect(ids.has(id)).toBe(true);
    for (const { id } of failed) expect(after).not.toContain(id);
  });
});
