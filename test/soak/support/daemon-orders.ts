import type { ServeOptions } from "../../../src/node/serve-options.js";
import type { ProcessFacts } from "./process-facts.js";
import type { Works } from "./works.js";

export interface DaemonFacts extends ProcessFacts {
  readonly sessions: number;
  /** Of the mixed load. */
  readonly openRounds: number;
}

/** What the soak's daemon is told. */
export interface DaemonOrders {
  /** To be told once, first. Gives the port. */
  serve(order: {
    readonly key: Uint8Array;
    readonly options: Pick<ServeOptions, "limits" | "sessions" | "publicUrl">;
    /** A file that gets a line for each call that hangs, before it hangs. */
    readonly startedFile?: string | undefined;
  }): Promise<number>;
  facts(order: undefined): Promise<DaemonFacts>;
  faults(order: Parameters<Works["faults"]>[0]): ReturnType<Works["faults"]>;
}
