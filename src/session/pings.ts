import type { Clock } from "./clock.js";

export interface PingsOptions {
  readonly clock: Clock;
  /** Pings may be sent. */
  readonly isOpen: () => boolean;
  readonly say: (count: number) => void;
}

/** The pings of one side, which are numbered, and how long their answers take. */
export class Pings {
  readonly #options: PingsOptions;
  #count = 0;
  /** When the last one was sent, until it is answered. */
  #sentAtMs: number | undefined;
  #roundTripMs: number | undefined;

  constructor(options: PingsOptions) {
    this.#options = options;
  }

  get statistics(): { readonly pingsSent: number; readonly roundTripMs: number | undefined } {
    return { pingsSent: this.#count, roundTripMs: this.#roundTripMs };
  }

  /** Sends one, if that may be. */
  ping(): void {
    const { clock, isOpen, say } = this.#options;
    if (!isOpen()) return;
    this.#sentAtMs = clock.now();
    say(++this.#count);
  }

  /** Takes a pong; only the first that answers the last ping tells anything. */
  answered(count: number): void {
    if (count !== this.#count || this.#sentAtMs === undefined) return;
    this.#roundTripMs = Math.max(0, this.#options.clock.now() - this.#sentAtMs);
    this.#sentAtMs = undefined;
  }
}
