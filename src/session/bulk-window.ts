import type { Clock } from "./clock.js";
import { CONGESTED_BYTES } from "./outbox.js";

/** So much may be under way before bulk waits, on a line whose delay is not worth filling. */
const LEAST_BYTES = 16 * 1024;

/** A line of less delay is as fast with the least window: what is under way then waits for processors. */
const WORTHWHILE_DELAY_MS = 3;

/** How long the least delay seen holds: a line may be another one by then. */
const LEAST_DELAY_HOLDS_MS = 10_000;

/**
 * How many bytes of a session may be under way before stream items and pieces wait. Whatever is under way is before a
 * small call that is made now, so there shall be no more than the line needs to stay busy: the window grows while
 * acknowledgements come as fast as ever, and shrinks when they are late, since bytes then wait somewhere.
 */
export class BulkWindow {
  readonly #clock: Clock;
  #bytes = LEAST_BYTES;
  /** The frame whose acknowledgement is waited for. */
  #probeSeq = 0;
  #probeSentAtMs = 0;
  #leastDelayMs = Infinity;
  #leastSeenAtMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** A frame was sent that filled the window. */
  filled(seq: number): void {
    if (this.#probeSeq !== 0) return;
    this.#probeSeq = seq;
    this.#probeSentAtMs = this.#clock.now();
  }

  /**
   * The peer has taken everything up to a frame.
   *
   * @returns whether the window is smaller now, so that it may be full though nothing was sent
   */
  acknowledged(seq: number): boolean {
    if (this.#probeSeq === 0 || seq < this.#probeSeq) return false;
    this.#probeSeq = 0;
    const before = this.#bytes;
    const nowMs = this.#clock.now();
    this.#adapt(Math.max(0, nowMs - this.#probeSentAtMs), nowMs);
    return this.#bytes < before;
  }

  /** Another line: nothing is known of it. */
  reset(): void {
    this.#bytes = LEAST_BYTES;
    this.#probeSeq = 0;
    this.#leastDelayMs = Infinity;
  }

  #adapt(delayMs: number, nowMs: number): void {
    if (delayMs <= this.#leastDelayMs || nowMs - this.#leastSeenAtMs > LEAST_DELAY_HOLDS_MS) {
      this.#leastDelayMs = delayMs;
      this.#leastSeenAtMs = nowMs;
    }
    const leastMs = this.#leastDelayMs;
    if (leastMs < WORTHWHILE_DELAY_MS || delayMs > 2 * leastMs) this.#bytes = Math.max(LEAST_BYTES, this.#bytes / 2);
    else if (delayMs <= 1.5 * leastMs) this.#bytes = Math.min(CONGESTED_BYTES, this.#bytes * 2);
  }
}
