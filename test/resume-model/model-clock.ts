import type { Clock, Timer } from "../../src/session/clock.js";

interface Entry extends Timer {
  readonly dueMs: number;
  readonly task: () => void;
}

/** Resolves when no microtask is left, however many follow one another. */
export function turn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** A clock that stands still. Unlike `fakeClock` it waits by `setImmediate`: a run has thousands of turns. */
export class ModelClock implements Clock {
  readonly startMs = Date.UTC(2026, 0, 1);
  #nowMs = this.startMs;
  /** In the order they were set, which breaks ties. */
  readonly #timers = new Set<Entry>();

  get pendingTimers(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.#nowMs;
  }

  after(ms: number, task: () => void): Timer {
    // Whole ones, as those of hosts.
    const entry: Entry = {
      dueMs: this.#nowMs + Math.ceil(Math.max(0, ms)),
      task,
      cancel: () => void this.#timers.delete(entry),
    };
    this.#timers.add(entry);
    return entry;
  }

  /** When the next timer falls due; Infinity when there is none. */
  get nextDueMs(): number {
    return this.#earliest()?.dueMs ?? Infinity;
  }

  /** Moves on to a time at which no other timer falls due before it; runs what is due then, and lets it settle. */
  async moveTo(ms: number): Promise<void> {
    this.#nowMs = Math.max(this.#nowMs, ms);
    for (let next = this.#earliest(); next !== undefined && next.dueMs <= this.#nowMs; next = this.#earliest()) {
      this.#timers.delete(next);
      next.task();
      await turn();
    }
  }

  #earliest(): Entry | undefined {
    let earliest: Entry | undefined;
    for (const entry of this.#timers) if (earliest === undefined || entry.dueMs < earliest.dueMs) earliest = entry;
    return earliest;
  }
}
