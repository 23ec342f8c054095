import type { Discardable } from "./inbound-call.js";
import type { Ports } from "./say-error.js";

export interface IncomingSignalOptions extends Ports {
  readonly id: number;
}

/** An AbortSignal of the peer: aborted here when it is there, and when the session ends, after which nobody could. */
export class IncomingSignal implements Discardable {
  readonly #options: IncomingSignalOptions;
  readonly #controller = new AbortController();
  readonly id: number;
  #hasSaidStop = false;

  constructor(options: IncomingSignalOptions) {
    this.#options = options;
    this.id = options.id;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Signals have no items: what comes as one is dropped. */
  readonly isStopped = true;

  admit(): void {}

  fail(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Never will be aborted. */
  finish(): void {}

  discard(): void {
    if (this.#hasSaidStop) return;
    this.#hasSaidStop = true;
    this.#options.speech.say({ keys: [`p${this.id}`], before: `["stop",${this.id}` });
  }
}
