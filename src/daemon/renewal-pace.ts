/** How often a session may go on over another channel: so many times at once, and then once in each interval. */
export const RENEWAL_BURST = 3;
export const RENEWAL_INTERVAL_MS = 1_000;

/** Bounds the renewals of one session: each sends again all that its peer has not acknowledged (protocol.md section 4). */
export class RenewalPace {
  /** When the whole burst will be there again, in ms since the epoch: each renewal puts it off by one interval. */
  #restedAtMs = 0;

  /** How long the next one has to wait. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#restMs(nowMs) - (RENEWAL_BURST - 1) * RENEWAL_INTERVAL_MS);
  }

  /** There is one now. */
  note(nowMs: number): void {
    this.#restedAtMs = nowMs + this.#restMs(nowMs) + RENEWAL_INTERVAL_MS;
  }

  /** A clock that was put back holds nobody up for longer than an empty burst does. */
  #restMs(nowMs: number): number {
    return Math.min(Math.max(this.#restedAtMs - nowMs, 0), RENEWAL_BURST * RENEWAL_INTERVAL_MS);
  }
}
