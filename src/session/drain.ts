import type { Clock, Timer } from "./clock.js";

export interface DrainOptions {
  readonly clock: Clock;
  /** The peer knows that it may make no new calls, and nothing of it runs. */
  readonly isIdle: () => boolean;
}

/** The wait for the end of what runs, once the peer was told to make no new calls. */
export class Drain {
  readonly #options: DrainOptions;
  #endsAtMs = Infinity;
  #timer: Timer | undefined;
  #resolveDone!: () => void;
  /** Resolves when nothing runs any more, or the grace is over. */
  readonly done: Promise<void>;

  constructor(options: DrainOptions) {
    this.#options = options;
    this.done = new Promise((resolve) => (this.#resolveDone = resolve));
  }

  /** Waits for so long at most, 0 = not at all; of several graces the one that is over first counts. */
  endWithin(graceMs: number): void {
    if (graceMs === 0) return this.stop();
    const { clock } = this.#options;
    const endsAtMs = clock.now() + graceMs;
    if (endsAtMs < this.#endsAtMs) {
      this.#endsAtMs = endsAtMs;
      this.#timer?.cancel();
      this.#timer = clock.after(graceMs, () => this.stop());
    }
    this.look();
  }

  /** Something that ran may be over. */
  look(): void {
    if (this.#options.isIdle()) this.stop();
  }

  /** There is nothing to wait for any more. */
  stop(): void {
    this.#timer?.cancel();
    this.#resolveDone();
  }
}
