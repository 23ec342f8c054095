import { setImmediate as turn } from "node:timers/promises";

/** What a process holds after a collection of garbage, and what it has used. */
export interface ProcessFacts {
  /** Live bytes, those outside the heap (buffers) included. */
  readonly liveBytes: number;
  readonly residentBytes: number;
  /** Processor time, its collector's included. */
  readonly processorMs: number;
}

/** Needs `--expose-gc`. */
export async function processFacts(): Promise<ProcessFacts> {
  // Thrice: finalizers run between, and what they let go of is garbage only then.
  for (let round = 0; round < 3; round++) {
    await turn();
    globalThis.gc?.();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return { liveBytes: heapUsed + external, residentBytes: rss, processorMs: (user + system) / 1000 };
}
