import type { Clock, Timer } from "../session/clock.js";

/** So many events of one origin are told in a window, and then one more at its end. */
export const EVENTS_PER_WINDOW = 20;
export const WINDOW_MS = 10_000;

/** Beyond so many origins at once, all others share one cap. */
const MAX_ORIGINS = 1024;

/** What one origin has caused in its window. */
interface Window<E> {
  readonly timer: Timer;
  told: number;
  leftOut: number;
  /** The last one that was left out. */
  last: E | undefined;
}

/**
 * Tells events that others can cause at will, so that no flood of them floods a log: of each origin only some in a window,
 * and at its end the last of those left out. Nothing goes uncounted: each event comes with how many of its origin were
 * left out since the one before it.
 */
export class FloodCap<E> {
  readonly #clock: Clock;
  readonly #tell: (event: E, leftOut: number) => void;
  readonly #windows = new Map<string, Window<E>>();

  constructor(clock: Clock, tell: (event: E, leftOut: number) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** @param origin whose flood may not hide the events of others */
  add(origin: string, event: E): void {
    const key = this.#windows.has(origin) || this.#windows.size < MAX_ORIGINS ? origin : "";
    let window = this.#windows.get(key);
    if (window === undefined) {
      const timer = this.#clock.after(WINDOW_MS, () => this.#ended(key));
      this.#windows.set(key, (window = { timer, told: 0, leftOut: 0, last: undefined }));
    }
    if (window.told === EVENTS_PER_WINDOW) {
      window.leftOut++;
      window.last = event;
    } else {
      window.told++;
      this.#tell(event, 0);
    }
  }

  /** Ends all windows now. */
  end(): void {
    for (const key of [...this.#windows.keys()]) this.#ended(key);
  }

  #ended(key: string): void {
    const { timer, leftOut, last } = this.#windows.get(key)!;
    timer.cancel();
    this.#windows.delete(key);
    if (last !== undefined) this.#tell(last, leftOut - 1);
  }
}
