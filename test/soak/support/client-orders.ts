import type { ReconnectOptions } from "../../../src/client/reconnect-times.js";
import type { ExactlyOnceProgress, ExactlyOnceTotals } from "./exactly-once-load.js";
import type { LineStory } from "./connection-watch.js";
import type { HangingOutcomes } from "./hanging-load.js";
import type { MixedProgress } from "./mixed-load.js";
import type { ProcessFacts } from "./process-facts.js";

/** What a process with clients of the soak is told. */
export interface ClientOrders {
  /** Opens connections, a few at once, and resolves when all are there. Asked again it opens more. */
  connect(order: {
    readonly url: string;
    readonly key: Uint8Array;
    readonly count: number;
    readonly maxFrameBytes?: number | undefined;
    readonly reconnect?: ReconnectOptions | undefined;
  }): Promise<void>;
  /** Of each connection. */
  stories(order: undefined): readonly LineStory[];
  facts(order: undefined): Promise<ProcessFacts>;
  /** Begins the load over the first connection. */
  beginExactlyOnce(order: ExactlyOnceTotals): void;
  exactlyOnce(order: undefined): ExactlyOnceProgress;
  /** Begins so many calls over each connection, which their daemon won't answer. */
  beginHanging(order: { readonly count: number }): void;
  /** Of each connection. */
  hanging(order: undefined): readonly HangingOutcomes[];
  /** One call over each connection; resolves when all are answered. */
  greet(order: { readonly timeoutMs: number }): Promise<void>;
  /** Begins a load over each connection. */
  beginMixed(order: { readonly name: string; readonly seed: number }): void;
  stopMixed(order: undefined): void;
  mixed(order: undefined): readonly MixedProgress[];
  /** Connects and closes so many times, a few at once. */
  cycle(order: { readonly url: string; readonly key: Uint8Array; readonly count: number }): Promise<void>;
  close(order: undefined): Promise<void>;
}
