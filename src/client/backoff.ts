import type { Clock } from "../session/clock.js";

/** How long to wait between tries. */
export interface BackoffOptions {
  readonly clock: Pick<Clock, "now">;
  /** From 0 up to 1, as `Math.random` gives it. */
  readonly random: () => number;
  /** Longest pause after the first try, in ms; doubled after each further one. */
  readonly minDelayMs: number;
  /** Longest pause of all, in ms. */
  readonly maxDelayMs: number;
}

/**
 * Pauses between tries: exponential with full jitter, `random() * min(maxDelayMs, minDelayMs * 2^n)`, so that clients which
 * lost the same daemon come back one by one.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #tries = 0;
  /** Undefined while there is nothing that a try has brought. */
  #succeededAtMs: number | undefined;
  /** How often in a row what a try had brought was lost sooner than the pause before it may have been long. */
  #shortLives = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** Tries begun since the last one that brought something. */
  get tries(): number {
    return this.#tries;
  }

  /** One for other tries, which goes on with the pauses that this one has come to. */
  successor(): Backoff {
    const successor = new Backoff(this.#options);
    successor.#tries = this.#tries;
    successor.#shortLives = this.#shortLives;
    return successor;
  }

  /** A try begins. */
  begin(): void {
    this.#tries += 1;
  }

  /** A try brought what it was for. */
  succeeded(): void {
    this.#tries = 0;
    this.#succeededAtMs ??= this.#options.clock.now();
  }

  /** The pause after a try that failed, or after the end of what one had brought, in ms. */
  pauseMs(): number {
    this.#noteLoss();
    return Math.round(this.#options.random() * this.#longestMs(Math.max(0, this.#tries - 1)));
  }

  /**
   * The pause after the loss of what a try had brought, in ms: none, unless it was lost at once for the second time in a row.
   * A line that breaks as soon as it stands would else be made again without end.
   */
  pauseAfterLossMs(): number {
    this.#noteLoss();
    return this.#shortLives > 1 ? this.pauseMs() : 0;
  }

  /** A success that doesn't last is one more failure: the pauses grow on. */
  #noteLoss(): void {
    if (this.#succeededAtMs === undefined) return;
    const isShort = Math.abs(this.#options.clock.now() - this.#succeededAtMs) < this.#longestMs(0);
    this.#succeededAtMs = undefined;
    this.#shortLives = isShort ? this.#shortLives + 1 : 0;
  }

  #longestMs(failures: number): number {
    const { minDelayMs, maxDelayMs } = this.#options;
    return Math.min(maxDelayMs, minDelayMs * 2 ** (failures + Math.max(0, this.#shortLives - 2)));
  }
}
