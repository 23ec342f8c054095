import type { Clock } from "../session/clock.js";

/** Lets so many through in each second. */
export class PerSecond {
  readonly #most: number;
  readonly #clock: Clock;
  #taken = 0;
  #sinceMs = -Infinity;

  constructor(most: number, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
  }

  /** Whether one more may go through now. */
  take(): boolean {
    const nowMs = this.#clock.now();
    // The host's clock may be set back.
    if (Math.abs(nowMs - this.#sinceMs) >= 1_000) {
      this.#sinceMs = nowMs;
      this.#taken = 0;
    }
    return ++this.#taken <= this.#most;
  }
}
