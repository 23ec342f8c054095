import type { Clock, Timer } from "../session/clock.js";

/** How often it looks at the clock, in ms. */
const LOOK_MS = 10_000;

/** A look that comes this much too late was not only held up by a busy program. */
const LATE_MS = 5_000;

/** Notices that the host has slept: its timers stood still, and its clock did not. */
export class SleepWatch {
  readonly #clock: Clock;
  readonly #woke: () => void;
  #timer!: Timer;

  /** Begins. @param woke called when the host is awake again */
  constructor(clock: Clock, woke: () => void) {
    this.#clock = clock;
    this.#woke = woke;
    this.#arm();
  }

  stop(): void {
    this.#timer.cancel();
  }

  #arm(): void {
    const dueAtMs = this.#clock.now() + LOOK_MS;
    this.#timer = this.#clock.after(LOOK_MS, () => {
      const isLate = this.#clock.now() - dueAtMs >= LATE_MS;
      this.#arm();
      if (isLate) this.#woke();
    });
  }
}
