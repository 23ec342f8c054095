// Runs of the model of resuming, in a process of their own: see model-orders.ts.
import { runResumeModel } from "../../resume-model/run.js";
import { obey } from "../../support/obey.js";
import type { ModelOrders } from "./model-orders.js";

const MAX_FAILURES = 3;

obey<ModelOrders>({
  async run({ from, count }: Parameters<ModelOrders["run"]>[0]) {
    const failures: string[] = [];
    for (let seed = from; seed < from + count && failures.length < MAX_FAILURES; seed++) {
      try {
        await runResumeModel({ seed });
      } catch (error) {
        failures.push(String(error));
      }
    }
    return failures;
  },
});
