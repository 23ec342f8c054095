import {
  CallError,
  CannotSendError,
  ConnectionError,
  DeadlineError,
  type ErrorFacts,
  HearthwireError,
  LimitError,
} from "./hearthwire-error.js";
import type { Delivery } from "./error-code.js";
import { furthest } from "./retryable.js";

/** Which call an error is of, and for how long that had been going on. */
export interface CallFacts {
  /** Object id; `""` for what is held by reference, or is the result of another call. */
  readonly object: string;
  /** `""` for a function itself. */
  readonly member: string;
  readonly peer: string | undefined;
  readonly elapsedMs: number;
}

/**
 * An error as that of one call: what it does not say yet is taken from the facts. It is a copy where something was
 * missing, since one refusal may be told to many calls. Errors that are not ours, or not of a call, stay themselves.
 */
export function ofCall(error: unknown, call: CallFacts): unknown {
  if (!(error instanceof HearthwireError)) return error;
  const { object, member, peer, elapsedMs, delivery, retryable } = error;
  if (object !== undefined && member !== undefined && peer !== undefined && elapsedMs !== undefined) return error;
  const facts: ErrorFacts = {
    object: object ?? call.object,
    member: member ?? call.member,
    peer: peer ?? call.peer,
    elapsedMs: elapsedMs ?? call.elapsedMs,
    delivery: delivery ?? "not-sent",
    retryable,
    ...("cause" in error && { cause: error.cause }),
  };
  return copyOf(error, facts);
}

/**
 * An error as that of a call which was never made: the connection that should have made it was closed, or never opened.
 * A closed one says nothing against making the call again; why none could be opened may.
 */
export function neverMade(error: unknown, call: CallFacts): unknown {
  if (!(error instanceof ConnectionError) || error.member !== undefined) return ofCall(error, call);
  const { code, message, peer, retryable } = error;
  const wasOpen = code === "HW_CONNECTION_CLOSED" || code === "HW_SESSION_LOST";
  return new ConnectionError(code, message, {
    ...call,
    peer: peer ?? call.peer,
    delivery: "not-sent",
    retryable: retryable || wasOpen,
    ...("cause" in error && { cause: error.cause }),
  });
}

/** An error of a call of which it is known besides that it got so far: an earlier try may have run. */
export function atLeast(error: HearthwireError, delivery: Delivery): HearthwireError {
  if (furthest(error.delivery ?? "not-sent", delivery) === error.delivery) return error;
  const { object, member, peer, elapsedMs, retryable } = error;
  const cause = "cause" in error && { cause: error.cause };
  return copyOf(error, { object, member, peer, elapsedMs, retryable, delivery, ...cause });
}

/** The same error with other facts; one of a class that calls don't fail with stays itself. */
function copyOf(error: HearthwireError, facts: ErrorFacts): HearthwireError {
  const { message } = error;
  if (error instanceof ConnectionError) return new ConnectionError(error.code, message, facts);
  if (error instanceof CallError) return new CallError(error.code, message, { ...facts, issues: error.issues });
  if (error instanceof CannotSendError) return new CannotSendError(message, { ...facts, path: error.path });
  if (error instanceof DeadlineError) return new DeadlineError(message, { ...facts, timeoutMs: error.timeoutMs });
  if (error instanceof LimitError) {
    return new LimitError(message, { ...facts, limit: error.limit, allowed: error.allowed });
  }
  return error.code === "HW_BATCH_STOPPED" ? new HearthwireError(error.code, message, facts) : error;
}
