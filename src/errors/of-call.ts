import {
  CallError,
  CannotSendError,
  ConnectionError,
  type ErrorFacts,
  HearthwireError,
  LimitError,
} from "./hearthwire-error.js";

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
  if (error instanceof ConnectionError) return new ConnectionError(error.code, error.message, facts);
  if (error instanceof CallError) return new CallError(error.code, error.message, { ...facts, issues: error.issues });
  if (error instanceof CannotSendError) return new CannotSendError(error.message, { ...facts, path: error.path });
  if (error instanceof LimitError) {
    return new LimitError(error.message, { ...facts, limit: error.limit, allowed: error.allowed });
  }
  return error.code === "HW_BATCH_STOPPED" ? new HearthwireError(error.code, error.message, facts) : error;
}
