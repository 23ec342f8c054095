import { setTimeout as pause } from "node:timers/promises";
import type { AttackedDaemon } from "../support/attacked-daemon.js";

/** The canary calls this often, whether or not its last call was answered: a stall counts as often as it is felt. */
const CALL_EVERY_MS = 10;

/** Round-trip times in ms, sorted, of calls made at a steady pace until something is over, from when each was due. */
export async function measure(attacked: AttackedDaemon, over: Promise<unknown>): Promise<readonly number[]> {
  let isOver = false;
  const stop = (): void => void (isOver = true);
  over.then(stop, stop);
  const latencies: number[] = [];
  const calls: Promise<void>[] = [];
  for (let dueMs = performance.now(); !isOver; dueMs += CALL_EVERY_MS) {
    await pause(Math.max(0, dueMs - performance.now()));
    const since = dueMs;
    calls.push(attacked.answersCanary().then(() => void latencies.push(performance.now() - since)));
  }
  await Promise.all([over, ...calls]);
  return latencies.sort((a, b) => a - b);
}

/** The latency that a share of the calls, 0..1, did not exceed. */
export function percentile(latencies: readonly number[], share: number): number {
  return latencies[Math.min(latencies.length - 1, Math.floor(share * latencies.length))] ?? Number.NaN;
}

/** Latencies in a line. */
export function describe(latencies: readonly number[]): string {
  const [p50, p95, p99, max] = [0.5, 0.95, 0.99, 1].map((share) => percentile(latencies, share).toFixed(1));
  return `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms, max ${max} ms of ${latencies.length} calls`;
}
