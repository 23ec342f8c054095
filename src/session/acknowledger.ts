import type { Clock, Timer } from "./clock.js";

/** An ack is sent on its own when this much waits for one, or this long after the oldest. */
const FRAMES = 64;
const BYTES = 16 * 1024;
const DELAY_MS = 500;

/**
 * Remembers what the peer waits to hear acknowledged. Acks ride in every header; one is sent on its own only when
 * nothing else goes that way. One timer, armed only while something waits.
 */
export class Acknowledger {
  readonly #clock: Clock;
  readonly #due: () => void;
  #frames = 0;
  #bytes = 0;
  #timer: Timer | undefined;

  /** @param due called when the delay of the oldest frame is over and nothing has acknowledged it */
  constructor(clock: Clock, due: () => void) {
    this.#clock = clock;
    this.#due = due;
  }

  /** A frame was taken that wants an ack; ones of only upkeep never do. */
  taken(bytes: number): void {
    this.#frames++;
    this.#bytes += bytes;
    this.#timer ??= this.#clock.after(DELAY_MS, () => {
      this.#timer = undefined;
      this.#due();
    });
  }

  /** A frame was sent: its header acknowledged everything taken so far. */
  sent(): void {
    this.#frames = 0;
    this.#bytes = 0;
  }

  /** So much waits that the next flush sends an ack even if it has nothing else. */
  get isUrgent(): boolean {
    return this.#frames >= FRAMES || this.#bytes >= BYTES;
  }

  get isOwing(): boolean {
    return this.#frames > 0;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
