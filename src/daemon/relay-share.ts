import { LimitError } from "../errors/hearthwire-error.js";
import type { IncomingStream } from "../session/incoming-stream.js";
import { DEFAULT_SESSION_LIMITS } from "../session/limits.js";
import type { OutboundCall } from "../session/outbound-call.js";
import { isUnanswered } from "../session/pending-call.js";

/** A quarter of what the session of an owner has room for, so that no client keeps all others from it. */
const MAX_CALLS = DEFAULT_SESSION_LIMITS.ownCallsInFlight / 4;
const MAX_STREAMS = DEFAULT_SESSION_LIMITS.ownStreams / 4;

/** What one client uses of the session of another by calls that the daemon passes on. */
export class RelayShare {
  /** Calls whose caller waits. */
  #calls = 0;
  /** Calls that were given up and that the owner has still to answer: they take their place until it does. */
  readonly #givenUp = new Set<OutboundCall>();
  /** Streams in either direction, with those that have ended since they were counted last. */
  readonly #streams = new Set<IncomingStream>();
  /** Calls under way that will return a stream. */
  #streamCalls = 0;

  /**
   * Counts a call in. Whatever becomes of it, `leave` must be told.
   * @param streams those among its arguments
   * @throws LimitError `HW_LIMIT` when there is no room for it
   */
  enter(streams: readonly IncomingStream[], returnsStream: boolean): void {
    if (this.#calls + this.#givenUp.size >= MAX_CALLS) this.#forgetAnswered();
    if (this.#calls + this.#givenUp.size >= MAX_CALLS) {
      throw full("relayedCalls", { allowed: MAX_CALLS, what: "calls at once", remedy: "await some first" });
    }
    if (!this.#hasRoomFor(streams.length + (returnsStream ? 1 : 0))) throw fullOfStreams();
    this.#calls++;
    if (returnsStream) this.#streamCalls++;
    for (const stream of streams) this.#streams.add(stream);
  }

  leave(call: OutboundCall, returnsStream: boolean): void {
    this.#calls--;
    if (returnsStream) this.#streamCalls--;
    if (isUnanswered(call)) this.#givenUp.add(call);
  }

  /** Counts the streams of a result in. @throws LimitError `HW_LIMIT` when there is no room; they are ended then */
  take(streams: readonly IncomingStream[]): void {
    if (this.#hasRoomFor(streams.length)) {
      for (const stream of streams) this.#streams.add(stream);
    } else {
      for (const stream of streams) stream.stop();
      throw fullOfStreams();
    }
  }

  #hasRoomFor(count: number): boolean {
    if (count === 0) return true;
    for (const stream of this.#streams) if (stream.isOver) this.#streams.delete(stream);
    return this.#streams.size + this.#streamCalls + count <= MAX_STREAMS;
  }

  #forgetAnswered(): void {
    for (const call of this.#givenUp) if (!isUnanswered(call)) this.#givenUp.delete(call);
  }
}

function fullOfStreams(): LimitError {
  return full("relayedStreams", { allowed: MAX_STREAMS, what: "open streams", remedy: "end some first" });
}

function full(limit: string, { allowed, what, remedy }: { allowed: number; what: string; remedy: string }): LimitError {
  const message = `"${limit}" allows one client ${allowed} ${what} with the objects of another; ${remedy}`;
  return new LimitError(message, { limit, allowed, retryable: true });
}
