import type { Discardable } from "./inbound-call.js";
import { type LiveReference, liveReference } from "./live-reference.js";
import type { Ports } from "./say-error.js";

export interface IncomingSignalOptions extends Ports {
  readonly id: number;
}

/**
 * An AbortSignal of the peer: aborted here when it is there, and when the session ends, after which nobody could. It is
 * held until then: whether anybody listens can't be known, for what a program adds as a listener keeps no signal alive.
 */
export class IncomingSignal implements Discardable {
  readonly #options: IncomingSignalOptions;
  readonly #controller = new AbortController();
  readonly id: number;
  /** Appearances in payloads, less those that were given up. */
  #count = 0;

  constructor(options: IncomingSignalOptions) {
    this.#options = options;
    this.id = options.id;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** As it stands in the list of what lives. */
  get listed(): LiveReference {
    return liveReference({ direction: "held", kind: "signal", id: this.id, count: this.#count });
  }

  /** Stands in one more payload. */
  appear(): void {
    this.#count++;
  }

  /** Signals have no items: what comes as one is dropped. */
  readonly isStopped = true;

  admit(): void {}

  fail(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** Never will be aborted. */
  finish(): void {}

  /** One of the payloads that brought it is given up. */
  discard(): void {
    if (--this.#count > 0) return;
    this.#options.speech.say({ keys: [`p${this.id}`], before: `["stop",${this.id}` });
  }
}
