import os from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { expose } from "hearthwire";

/** What the machine is; it does not change while it runs. */
export interface MachineFacts {
  readonly name: string;
  readonly system: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryBytes: number;
}

/** One reading, by the clock of the machine. */
export interface Reading {
  /** From 1 on, in the stream that it is of. */
  readonly number: number;
  readonly at: Date;
  /** Share of all cores that was busy since the reading before, 0 to 1. */
  readonly processor: number;
  readonly memoryBytes: number;
  readonly uptimeSeconds: number;
}

const READING_INTERVAL_MS = 1_000;

/** The machine that the daemon runs on. */
export class Machine {
  facts(): MachineFacts {
    const processors = os.cpus();
    return {
      name: os.hostname(),
      system: `${os.type()} ${os.release()}`,
      processor: processors[0]?.model.trim() ?? "unknown",
      cores: processors.length,
      memoryBytes: os.totalmem(),
    };
  }

  /** One reading a second, until the page stops listening. */
  async *readings(): AsyncGenerator<Reading, void, void> {
    let before = processorTimes();
    for (let number = 1; ; number += 1) {
      await sleep(READING_INTERVAL_MS, undefined, { ref: false });
      const now = processorTimes();
      const total = now.total - before.total;
      yield {
        number,
        at: new Date(),
        processor: total === 0 ? 0 : 1 - (now.idle - before.idle) / total,
        memoryBytes: os.totalmem() - os.freemem(),
        uptimeSeconds: os.uptime(),
      };
      before = now;
    }
  }
}
expose(Machine, ["facts", "readings"]);

function processorTimes(): { readonly idle: number; readonly total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of os.cpus()) {
    idle += times.idle;
    total += times.user + times.nice + times.sys + times.irq + times.idle;
  }
  return { idle, total };
}
