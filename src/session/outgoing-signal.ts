import type { Introduced } from "./introducing-payload.js";
import { type Ports, sayError } from "./say-error.js";

export interface OutgoingSignalOptions extends Ports {
  readonly id: number;
  readonly signal: AbortSignal;
  readonly over: (signal: OutgoingSignal) => void;
}

/**
 * An AbortSignal of this side that the peer listens to: `fail` says that it was aborted. It holds the signal weakly, for
 * one that nobody can abort any more is collected, and then `end` says never.
 */
export class OutgoingSignal implements Introduced {
  readonly #options: Omit<OutgoingSignalOptions, "signal">;
  readonly #signal: WeakRef<AbortSignal>;
  readonly id: number;
  #isOver = false;

  constructor({ signal, ...options }: OutgoingSignalOptions) {
    this.#options = options;
    this.#signal = new WeakRef(signal);
    this.id = options.id;
  }

  start(): void {
    const signal = this.#signal.deref();
    if (this.#isOver) return;
    if (signal === undefined) return this.stop();
    if (signal.aborted) this.#aborted(signal.reason);
    else signal.addEventListener("abort", this, { once: true });
  }

  handleEvent(event: Event): void {
    this.#aborted((event.target as AbortSignal).reason);
  }

  withdraw(): void {
    this.abandon();
  }

  /** The peer does not listen any more, or nobody is left who could abort. */
  stop(): void {
    if (this.#isOver) return;
    this.#options.speech.say({ keys: [`s${this.id}`], before: `["end",${this.id}` });
    this.abandon();
  }

  /** Signals flow without credit. */
  credit(): void {}

  /** Signals have nothing that waits. */
  resume(): void {}

  /** Forgets the signal without a word. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#signal.deref()?.removeEventListener("abort", this);
    this.#options.over(this);
  }

  #aborted(reason: unknown): void {
    if (this.#isOver) return;
    const before = `["fail",${this.id},`;
    sayError(this.#options, { keys: [`s${this.id}`], before, error: reason, isOurs: false });
    this.abandon();
  }
}
