import type { Clock, Timer } from "../session/clock.js";

/** A clock that stands still until a test moves it. */
export interface FakeClock extends Clock {
  /** What `now()` gives, in ms since the epoch. */
  readonly nowMs: number;
  /** How many timers are set and have neither run nor been cancelled. */
  readonly pendingTimers: number;
  /**
   * Moves time on by `ms`, running each timer that falls due at its own time, in order; microtasks settle before the
   * first, after each and at the end. What a timer throws rejects the promise.
   */
  advance(ms: number): Promise<void>;
}

/**
 * Makes a clock for tests that starts on 2026-01-01 and moves only by `advance`.
 *
 * @example
 * ```ts
 * const clock = fakeClock();
 * let rang = false;
 * clock.after(20_000, () => (rang = true));
 * await clock.advance(19_999); // rang is false
 * await clock.advance(1);      // rang is true
 * ```
 */
export function fakeClock(): FakeClock {
  return new ManualClock();
}

interface Entry extends Timer {
  readonly dueMs: number;
  readonly task: () => void;
}

class ManualClock implements FakeClock {
  #nowMs = Date.UTC(2026, 0, 1);
  /** In the order they were set, which breaks ties. */
  readonly #timers = new Set<Entry>();

  get nowMs(): number {
    return this.#nowMs;
  }

  get pendingTimers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, task: () => void): Timer {
    const entry: Entry = { dueMs: this.#nowMs + Math.max(0, ms), task, cancel: () => void this.#timers.delete(entry) };
    this.#timers.add(entry);
    return entry;
  }

  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms;
    await microtasks();
    for (let next = this.#earliest(untilMs); next !== undefined; next = this.#earliest(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.dueMs;
      next.task();
      await microtasks();
    }
    this.#nowMs = untilMs;
  }

  #earliest(untilMs: number): Entry | undefined {
    let earliest: Entry | undefined;
    for (const entry of this.#timers) {
      if (entry.dueMs <= untilMs && (earliest === undefined || entry.dueMs < earliest.dueMs)) earliest = entry;
    }
    return earliest;
  }
}

/** A turn of the event loop begins only when no microtask is left, however many follow one another. */
function microtasks(): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, 0));
}
