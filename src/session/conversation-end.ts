import { ConnectionError } from "../errors/hearthwire-error.js";

/** How a conversation ends. */
export interface ConversationEnd {
  /** What everything pending rejects with, or carries as its cause. */
  readonly error: Error;
  /** The highest frame that the peer may have taken. */
  readonly takenSeq: number;
}

/**
 * An end that was asked for here. Its error is made when something turns out to be pending: mostly nothing is, and the
 * stack of an error takes as long as a small call.
 */
export class ClosedHere implements ConversationEnd {
  readonly takenSeq: number;
  readonly #peer: string | undefined;
  #error: Error | undefined;

  constructor(takenSeq: number, peer: string | undefined) {
    this.takenSeq = takenSeq;
    this.#peer = peer;
  }

  get error(): Error {
    const facts = { peer: this.#peer };
    return (this.#error ??= new ConnectionError("HW_CONNECTION_CLOSED", "the connection was closed here", facts));
  }
}
