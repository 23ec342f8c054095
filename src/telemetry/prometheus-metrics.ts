import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { checkByRules, isIntegerWithin, isObject, type OptionRule } from "../client/option-rules.js";
import type { Interceptor } from "../objects/interceptor.js";
import { DEFAULT_MAX_METHODS, KnownMethods } from "./known-methods.js";
import { STATISTIC_METRICS } from "./statistic-metrics.js";
import { type TimedCall, timedCalls } from "./timed-calls.js";
import { type Watchable, WatchedStatistics } from "./watched-statistics.js";

/** Options of `prometheusMetrics`. */
export interface PrometheusOptions {
  /** Where the metrics are registered, such as `register` of prom-client. @default a registry of their own */
  readonly registry?: Registry | undefined;
  /** What the metrics' names begin with. @default "hearthwire_" */
  readonly prefix?: string | undefined;
  /** Upper bounds of the latency histogram's buckets, in seconds, rising. @default 1 ms to 10 s */
  readonly buckets?: readonly number[] | undefined;
  /** How many methods are told apart; the rest counts as `_OTHER`. 1..100_000 @default 500 */
  readonly maxMethods?: number | undefined;
}

/** What `prometheusMetrics` gives. */
export interface PrometheusMetrics {
  /** Where the metrics are registered. */
  readonly registry: Registry;
  /** Measures calls: an entry of the option `interceptors`, of daemons and connections. */
  readonly interceptor: Interceptor;
  /**
   * Reads the statistics of a daemon or a connection whenever metrics are asked for; those of several are added up. It ends
   * when that is closed, or by the function that this returns; what was counted until then stays.
   */
  watch(target: Watchable): () => void;
  /** The text that Prometheus reads, of all metrics in the registry. */
  metrics(): Promise<string>;
  /** Answers GET with that text, for servers that take fetch-style handlers, and by `toNodeHandler` for all others. */
  readonly handler: (request: Request) => Promise<Response>;
  /** Takes the metrics out of the registry, and lets go of all that is watched. */
  remove(): void;
}

const BUCKETS: readonly number[] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

const RULES: Readonly<Record<keyof PrometheusOptions, OptionRule>> = {
  registry: (value) =>
    isObject(value) && "registerMetric" in value && "metrics" in value ? undefined : "a Registry of prom-client",
  prefix: (value) => (typeof value === "string" && /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(value) ? undefined : PREFIX_RULE),
  buckets: (value) =>
    Array.isArray(value) && value.length > 0 && value.every(isRising)
      ? undefined
      : "an array of rising numbers above 0",
  maxMethods: (value) => (isIntegerWithin(value, { least: 1, most: 100_000 }) ? undefined : "an integer 1..100000"),
};
const PREFIX_RULE = 'a text of letters, digits, "_" and ":" that begins with no digit';

/**
 * Metrics of daemons and connections for Prometheus, on `prom-client`: everything that their `statistics` count, read
 * when Prometheus asks, and `call_duration_seconds`, a histogram by `side`, `object`, `member` and `outcome` (`ok`,
 * `failed`). Peers can't make labels: only members that exist are told apart.
 *
 * @throws ConfigError `HW_OPTION_INVALID`
 * @throws Error of prom-client when the registry has metrics of these names
 * @example
 * const prometheus = prometheusMetrics();
 * await using daemon = await serve({ shop: new Shop() }, { interceptors: [prometheus.interceptor] });
 * prometheus.watch(daemon);
 * createServer(toNodeHandler(prometheus.handler)).listen(9464, "127.0.0.1");
 */
export function prometheusMetrics(options: PrometheusOptions = {}): PrometheusMetrics {
  checkByRules(options, RULES);
  const { registry = new Registry(), prefix = "hearthwire_", buckets = BUCKETS, maxMethods } = options;
  const watched = new WatchedStatistics();
  const names = registerStatistics(watched, { registry, prefix });
  const duration = new Histogram({
    name: `${prefix}call_duration_seconds`,
    help: "How long calls took until their answer, by the side that they are measured on.",
    labelNames: ["side", "object", "member", "outcome"],
    buckets: [...buckets],
    registers: [registry],
  });
  const measure = ({ side, object, member, hasFailed, durationMs }: TimedCall): void =>
    duration.observe({ side, object, member, outcome: hasFailed ? "failed" : "ok" }, durationMs / 1000);
  const metrics = (): Promise<string> => registry.metrics();
  return {
    registry,
    interceptor: timedCalls(new KnownMethods(maxMethods ?? DEFAULT_MAX_METHODS), measure),
    watch: (target) => watched.watch(target),
    metrics,
    handler: async ({ method }) => {
      if (method !== "GET" && method !== "HEAD")
        return new Response(null, { status: 405, headers: { allow: "GET, HEAD" } });
      const text = await metrics();
      return new Response(method === "HEAD" ? null : text, { headers: { "content-type": registry.contentType } });
    },
    remove: () => {
      watched.clear();
      for (const name of [...names, `${prefix}call_duration_seconds`]) registry.removeSingleMetric(name);
    },
  };
}

/** Metrics whose values are read when they are asked for. @returns their names */
function registerStatistics(
  watched: WatchedStatistics,
  { registry, prefix }: { readonly registry: Registry; readonly prefix: string },
): readonly string[] {
  return STATISTIC_METRICS.map(({ statistic, name, kind, help, scale = 1 }) => {
    const read = (): number | undefined => {
      const value = watched.valueOf(statistic);
      return value === undefined ? undefined : value * scale;
    };
    const config = { name: `${prefix}${name}`, help, registers: [registry] };
    if (kind === "counter") {
      new Counter({
        ...config,
        collect() {
          this.reset();
          this.inc(read() ?? 0);
        },
      });
    } else {
      new Gauge({
        ...config,
        collect() {
          const value = read();
          if (value === undefined) this.remove();
          else this.set(value);
        },
      });
    }
    return config.name;
  });
}

function isRising(value: unknown, index: number, all: readonly unknown[]): boolean {
  return Number.isFinite(value) && (value as number) > (index === 0 ? 0 : (all[index - 1] as number));
}
