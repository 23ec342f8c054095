import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { ChildProgram } from "../support/child-program.js";
import type { ModelOrders } from "./support/model-orders.js";
import { SoakFindings, type SoakReport, type SoakRun } from "./soak-part.js";

const RUNS = 20_000;
const RUNS_SHORT = 10;
/** Seeds of one order. */
const SLICE = 50;
const MAX_FAILURES = 5;

/** The model of resuming (docs/protocol.md section 5) with many seeds, from `seed` on, on all cores. */
export async function model({ seed, isShort, scale = 1, say }: SoakRun): Promise<SoakReport> {
  const runs = isShort ? RUNS_SHORT : Math.ceil(RUNS * scale);
  const program = fileURLToPath(new URL("./support/model-program.ts", import.meta.url));
  const findings = new SoakFindings();
  const failures: string[] = [];
  let next = 0;
  let done = 0;
  const startMs = performance.now();
  const lane = async (): Promise<void> => {
    await using child = new ChildProgram<ModelOrders>(program);
    while (next < runs && failures.length < MAX_FAILURES) {
      const from = next;
      const count = Math.min(SLICE, runs - from);
      next += count;
      failures.push(...(await child.ask("run", { from: seed + from, count })));
      done += count;
      if (done % 500 < count) say(`${done} of ${runs} runs, ${Math.round((performance.now() - startMs) / 1000)} s`);
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, lane));
  findings.is("runs", done, runs);
  findings.is("runs that did not converge", failures.length, 0);
  findings.note("seconds", (performance.now() - startMs) / 1000);
  for (const failure of failures) findings.fault(failure);
  return findings.report;
}
