import type { Clock, Timer } from "../session/clock.js";

/** Lines that were made at once, as after a restart, shall not all be left at once: so much of their age is left to chance. */
const JITTER = 0.1;

export interface ConnectionAgeOptions {
  readonly clock: Clock;
  /** 0 = none. */
  readonly maxAgeMs: number;
  readonly over: () => void;
}

/** The time that the line of a session has. */
export class ConnectionAge implements Timer {
  readonly #options: ConnectionAgeOptions;
  #timer: Timer | undefined;

  constructor(options: ConnectionAgeOptions) {
    this.#options = options;
  }

  /** The session has another line. */
  begin(): void {
    const { clock, maxAgeMs, over } = this.#options;
    this.cancel();
    if (maxAgeMs > 0) this.#timer = clock.after(Math.ceil(maxAgeMs * (1 - JITTER * Math.random())), over);
  }

  /** It has none. */
  cancel(): void {
    this.#timer?.cancel();
  }
}
