import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { checkByRules, isIntegerWithin } from "../client/option-rules.js";
import type { InterceptedCall, Interceptor } from "../objects/interceptor.js";
import { KnownMethods } from "../telemetry/known-methods.js";
import { timedCalls } from "../telemetry/timed-calls.js";

/** How long the calls of one method took, those that failed too; times in ms, right to two digits. */
export interface CallLatency {
  /** `client`: calls that this program makes; `server`: calls of peers that run here. */
  readonly side: InterceptedCall["side"];
  /** Id of the object; `""` for what is held by reference only, `_OTHER` for methods that are not told apart. */
  readonly object: string;
  /** `""` for a function itself. */
  readonly member: string;
  readonly count: number;
  /** How many of them failed. */
  readonly failed: number;
  readonly minMs: number;
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What `callLatencies` gives. */
export interface CallLatencies {
  /** Measures calls: an entry of the option `interceptors`, of daemons and connections. */
  readonly interceptor: Interceptor;
  /** What was measured since the beginning, or the last `reset`. */
  snapshot(): readonly CallLatency[];
  /** Forgets what was measured. */
  reset(): void;
}

/** Histograms count whole microseconds, from one to an hour: some 30 KB each. */
const RANGE = { lowest: 1, highest: 3_600_000_000, figures: 2 };

/** A histogram for each method and side is memory, so that fewer are told apart than in metrics that are sent elsewhere. */
const DEFAULT_MAX_METHODS = 100;

interface Latency extends Pick<CallLatency, "side" | "object" | "member"> {
  readonly histogram: RecordableHistogram;
  failed: number;
}

/**
 * Latencies of calls by method, in the platform's own high dynamic range histograms: for programs that have neither
 * Prometheus nor OpenTelemetry. A call counts when its outcome is there; one that returns a stream when the stream is.
 *
 * @param options `maxMethods`: how many methods are told apart, the rest counts as `_OTHER`. 1..10_000 @default 100
 * @throws ConfigError `HW_OPTION_INVALID`
 * @example
 * const latencies = callLatencies();
 * await using daemon = await serve({ shop: new Shop() }, { interceptors: [latencies.interceptor] });
 * console.table(latencies.snapshot());
 */
export function callLatencies(options: { readonly maxMethods?: number | undefined } = {}): CallLatencies {
  checkByRules(options, {
    maxMethods: (value) => (isIntegerWithin(value, { least: 1, most: 10_000 }) ? undefined : "an integer 1..10000"),
  });
  const latencies = new Map<string, Latency>();
  const methods = new KnownMethods(options.maxMethods ?? DEFAULT_MAX_METHODS);
  return {
    interceptor: timedCalls(methods, ({ side, object, member, durationMs, hasFailed }) => {
      const key = `${side}/${object}/${member}`;
      let latency = latencies.get(key);
      if (latency === undefined)
        latencies.set(key, (latency = { side, object, member, histogram: createHistogram(RANGE), failed: 0 }));
      latency.histogram.record(Math.min(RANGE.highest, Math.max(1, Math.round(durationMs * 1000))));
      if (hasFailed) latency.failed += 1;
    }),
    snapshot: () => [...latencies.values()].map(snapshotOf),
    reset: () => latencies.clear(),
  };
}

function snapshotOf({ side, object, member, failed, histogram }: Latency): CallLatency {
  const { count, min, mean, max } = histogram;
  const ms = (microseconds: number): number => microseconds / 1000;
  const percentile = (percent: number): number => ms(histogram.percentile(percent));
  return Object.freeze({
    side,
    object,
    member,
    count,
    failed,
    minMs: ms(min),
    meanMs: ms(mean),
    p50Ms: percentile(50),
    p90Ms: percentile(90),
    p99Ms: percentile(99),
    maxMs: ms(max),
  });
}
