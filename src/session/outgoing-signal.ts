import type { Introduced } from "./introducing-payload.js";
import { type LiveReference, liveReference } from "./live-reference.js";
import { type Ports, sayError } from "./say-error.js";
import { joinSignal, leaveSignal, type SignalMember } from "./signal-members.js";

export interface OutgoingSignalOptions extends Ports {
  readonly id: number;
  readonly signal: AbortSignal;
  readonly over: (signal: OutgoingSignal) => void;
}

/**
 * An AbortSignal of this side that the peer listens to: `fail` says that it was aborted. It holds the signal weakly, for
 * one that nobody can abort any more is collected, and then `end` says never. Sent again while it is open, it keeps its
 * id; its last word waits until all messages that name it have left, or the peer would take the id for a new signal.
 */
export class OutgoingSignal implements Introduced, SignalMember {
  readonly #options: Omit<OutgoingSignalOptions, "signal">;
  readonly #signal: WeakRef<AbortSignal>;
  readonly id: number;
  /** Appearances in payloads. */
  #count = 0;
  /** Those whose message has not left. */
  #unsent = 0;
  /** What it was aborted with; boxed. */
  #abort: readonly [unknown] | undefined;
  #isOver = false;

  constructor({ signal, ...options }: OutgoingSignalOptions) {
    this.#options = options;
    this.#signal = new WeakRef(signal);
    this.id = options.id;
  }

  /** Whether one more payload may name it; what was aborted meanwhile gets a new id. */
  get isOpen(): boolean {
    return !this.#isOver && this.#abort === undefined;
  }

  /** As it stands in the list of what lives. */
  get listed(): LiveReference {
    return liveReference({ direction: "given", kind: "signal", id: this.id, count: this.#count });
  }

  /** Stands in one more payload. */
  appear(): void {
    this.#count++;
    this.#unsent++;
  }

  start(): void {
    this.#unsent--;
    const signal = this.#signal.deref();
    if (signal?.aborted === true) this.#abort ??= [signal.reason];
    else if (signal !== undefined && !this.#isOver) joinSignal(signal, this);
    this.#conclude();
  }

  withdraw(): void {
    this.#count--;
    this.#unsent--;
    if (this.#count === 0) this.abandon();
    else this.#conclude();
  }

  signalAborted(reason: unknown): void {
    this.#abort = [reason];
    this.#conclude();
  }

  /** Nobody is left who could abort it. */
  collected(): void {
    this.#conclude();
  }

  /**
   * The peer does not listen any more. One that was sent again may be in use there: the word may have crossed the later
   * appearance, so it counts for nothing.
   */
  stop(): void {
    if (this.#count === 1) this.#end();
  }

  /** Signals flow without credit. */
  credit(): void {}

  /** Signals have nothing that waits. */
  resume(): void {}

  /** Forgets the signal without a word. */
  abandon(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    const signal = this.#signal.deref();
    if (signal !== undefined) leaveSignal(signal, this);
    this.#options.over(this);
  }

  /** Says the last word, if there is one to say and nothing that names the signal is still to leave. */
  #conclude(): void {
    if (this.#isOver || this.#unsent > 0) return;
    if (this.#abort !== undefined) {
      const before = `["fail",${this.id},`;
      sayError(this.#options, { keys: [`s${this.id}`], before, error: this.#abort[0], isOurs: false });
      this.abandon();
    } else if (this.#signal.deref() === undefined) {
      this.#end();
    }
  }

  #end(): void {
    if (this.#isOver) return;
    this.#options.speech.say({ keys: [`s${this.id}`], before: `["end",${this.id}` });
    this.abandon();
  }
}
