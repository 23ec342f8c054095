import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { retries } from "../../src/client/retries.js";
import { connect, serveNames } from "../../src/node.js";
import { seededRandom } from "../../src/testing/seeded-random.js";
import { RunningProgram } from "../support/running-program.js";
import type { Shop } from "./support/ordering-replica.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
const LIMIT_MS = 180_000;
const IN_FLIGHT = 240;
/** In each, one replica of two is killed, or both. */
const KILLS = [1, 1, 2, 1, 2, 1] as const;

const bytes = new Uint8Array(randomBytes(32));
const key = Key.from(bytes, { id: "client" });
let folder: string;
beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hearthwire-killed-replicas-"))));
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** An order that was given, once it is known what became of it. */
interface Order {
  readonly id: number;
  readonly failure: { readonly code: string; readonly delivery: string; readonly retryable: boolean } | undefined;
}

test(
  "no order runs twice when its replicas are killed at any moment, one and both, with 240 orders under way",
  { timeout: LIMIT_MS },
  async () => {
    const random = seededRandom(7);
    const program = ["--import", import.meta.resolve("tsx"), "test/node/support/ordering-replica.ts"];
    await using names = await serveNames({ keys: new KeyRing([key]), port: 0 });
    const file = join(folder, "orders");
    writeFileSync(file, "");
    const start = async (): Promise<RunningProgram> => {
      const args = [...program, Buffer.from(bytes).toString("hex"), names.url("names"), file];
      const replica = new RunningProgram(args, { cwd: root, env: { PATH: process.env["PATH"] } });
      await replica.line(/^registered/);
      return replica;
    };
    const replicas = await Promise.all([start(), start()]);
    using shop = await connect<Shop>("hearthwire:shop", {
      key,
      names: names.url("names"),
      interceptors: [retries({ attempts: 20, budget: { ratio: 1, burst: 100_000 } })],
      reconnect: { maxDelayMs: 1_000 },
      timeoutMs: 120_000,
    });

    const orders: Order[] = [];
    let given = 0;
    let underWay = 0;
    let isOver = false;
    let settled: () => void = () => {};
    const give = async (): Promise<void> => {
      while (!isOver) {
        const id = (given += 1);
        underWay += 1;
        const failure = await Promise.resolve(shop.order(id)).then(
          () => undefined,
          (error: Order["failure"]) => error,
        );
        underWay -= 1;
        orders.push({ id, failure });
        settled();
      }
    };
    const until = async (count: number): Promise<void> => {
      while (orders.length < count) await new Promise<void>((resolve) => (settled = resolve));
    };
    const giving = Array.from({ length: IN_FLIGHT }, give);
    for (const count of KILLS) {
      await until(orders.length + 300 + Math.floor(random() * 1_000));
      const dying = count === 2 ? replicas.splice(0) : replicas.splice(Math.floor(random() * 2), 1);
      expect(underWay).toBeGreaterThanOrEqual(200);
      for (const replica of dying) replica.signal("SIGKILL");
      for (const replica of dying) expect(await replica.status()).toBe("SIGKILL");
      replicas.push(...(await Promise.all(dying.map(start))));
    }
    await until(orders.length + 500);
    isOver = true;
    await Promise.all(giving);
    for (const replica of replicas) await replica[Symbol.asyncDispose]();

    const ran = readFileSync(file, "utf8").trimEnd().split("\n").map(Number);
    const times = new Map<number, number>();
    for (const id of ran) times.set(id, (times.get(id) ?? 0) + 1);
    expect([...times].filter(([, count]) => count > 1)).toEqual([]);
    expect(orders.filter(({ id, failure }) => failure === undefined && !times.has(id))).toEqual([]);
    const failed = orders.filter(({ failure }) => failure !== undefined);
    // Of what was sent to the dead nobody knows; all else was given to another.
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.length).toBeLessThanOrEqual(KILLS.length * IN_FLIGHT);
    for (const { failure } of failed) {
      expect(failure).toMatchObject({ code: "HW_SESSION_LOST", delivery: "unknown", retryable: false });
    }
    // Some of them ran, and some did not.
    expect(failed.some(({ id }) => times.has(id))).toBe(true);
    expect(failed.some(({ id }) => !times.has(id))).toBe(true);
  },
);
