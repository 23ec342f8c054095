import { NO_STATISTICS, type SessionStatistics } from "../session/session-statistics.js";
import { type StatisticMetric, STATISTIC_METRICS } from "./statistic-metrics.js";

/** What has statistics until it is closed: a daemon or a connection. */
export interface Watchable {
  readonly statistics: SessionStatistics;
  readonly closed: Promise<unknown>;
}

type Name = StatisticMetric["statistic"];
type Values = Readonly<Partial<Record<Name, number | undefined>>>;

/** The statistics of several daemons and connections as one. */
export class WatchedStatistics {
  readonly #watched = new Set<Watchable>();
  /** What those have counted that are no longer watched. */
  #past: Values = {};
  #snapshot: Values | undefined;

  /** Until the target is closed, or the returned function is called. */
  watch(target: Watchable): () => void {
    this.#watched.add(target);
    const leave = (): void => this.#leave(target);
    void target.closed.then(leave);
    return leave;
  }

  /** Of this moment; all that is asked for in one turn is of one moment, and read once. */
  valueOf(name: Name): number | undefined {
    if (this.#snapshot === undefined) {
      this.#snapshot = sumOf([this.#past, ...[...this.#watched].map(({ statistics }) => statistics)]);
      queueMicrotask(() => (this.#snapshot = undefined));
    }
    return this.#snapshot[name];
  }

  /** Lets go of everything. */
  clear(): void {
    this.#watched.clear();
    this.#past = {};
  }

  #leave(target: Watchable): void {
    if (!this.#watched.delete(target)) return;
    const { statistics } = target;
    const counted = STATISTIC_METRICS.filter(({ kind }) => kind === "counter").map(({ statistic }) => statistic);
    const last = Object.fromEntries(counted.map((name) => [name, (statistics as Values)[name]]));
    this.#past = sumOf([this.#past, last]);
  }
}

/** Of daemons and connections, which have more of them than sessions: all are added up, and the longest round trip counts. */
function sumOf(all: readonly Values[]): Values {
  const sum: Partial<Record<Name, number | undefined>> = { ...NO_STATISTICS };
  for (const one of all) {
    for (const [name, value] of Object.entries(one) as [Name, number | undefined][]) {
      if (value === undefined) continue;
      const before = sum[name] ?? 0;
      sum[name] = name === "roundTripMs" ? Math.max(before, value) : before + value;
    }
  }
  return sum;
}
