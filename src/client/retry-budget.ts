/** How much trying again may add to what a program calls. */
export interface RetryBudgetOptions {
  /** Retries for each call, 0..1. @default 0.1 */
  readonly ratio?: number | undefined;
  /** Retries a second besides, 0..1000, for programs that call seldom. @default 0.1 */
  readonly perSecond?: number | undefined;
  /** Retries that may be saved up, 1..1_000_000; all of them are there at the start. @default 10 */
  readonly burst?: number | undefined;
}

export const DEFAULT_RETRY_BUDGET = Object.freeze({ ratio: 0.1, perSecond: 0.1, burst: 10 });

/** Ten tenths are one. */
const ROUNDING = 1e-6;

/**
 * A bucket of retries: each call puts a part of one in, each retry takes one out. So retries never multiply an outage,
 * however many calls fail: in any time there are at most `burst + ratio * calls + perSecond * seconds` of them. After gRPC's
 * retry throttling (proposal A6) and Finagle's RetryBudget.
 */
export class RetryBudget {
  readonly #ratio: number;
  readonly #perSecond: number;
  readonly #burst: number;
  #saved: number;
  /** When it was looked at last. */
  #atMs: number | undefined;

  constructor({ ratio, perSecond, burst }: RetryBudgetOptions) {
    this.#ratio = ratio ?? DEFAULT_RETRY_BUDGET.ratio;
    this.#perSecond = perSecond ?? DEFAULT_RETRY_BUDGET.perSecond;
    this.#burst = burst ?? DEFAULT_RETRY_BUDGET.burst;
    this.#saved = this.#burst;
  }

  /** A call is made for the first time. */
  called(): void {
    this.#save(this.#ratio);
  }

  /** Takes one retry. @returns whether there was one */
  take(nowMs: number): boolean {
    // A clock that was set back gives nothing.
    const elapsedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#atMs = nowMs;
    this.#save((this.#perSecond * elapsedMs) / 1000);
    if (this.#saved < 1 - ROUNDING) return false;
    this.#saved = Math.max(0, this.#saved - 1);
    return true;
  }

  #save(retries: number): void {
    this.#saved = Math.min(this.#burst, this.#saved + retries);
  }
}
