import {
  CallError,
  ConnectionError,
  DeadlineError,
  type ErrorFacts,
  HearthwireError,
  LimitError,
} from "../errors/hearthwire-error.js";
import type { PayloadError } from "../serializers/payload.js";
import type { SessionLimits } from "./limits.js";

/** `warehouse.store`, or what can be said of a call on something without a name. */
export function nameOfCall({ object, member }: { object: string | undefined; member: string }): string {
  const what = member === "" ? "a function" : `"${member}"`;
  return object === undefined || object === "" ? `${what}, called by reference,` : `"${object}.${member}"`;
}

/** A call that took longer than its deadline. */
export function deadlineError(
  facts: ErrorFacts & { member: string; timeoutMs: number; remedy?: string },
): DeadlineError {
  const { object, member, timeoutMs, remedy } = facts;
  const name = nameOfCall({ object, member });
  const message = `${name} took longer than its deadline of ${timeoutMs} ms${remedy === undefined ? "" : `; ${remedy}`}`;
  return new DeadlineError(message, facts);
}

/** What to do about it. @param isInherited the deadline is that of the call of a peer in whose course it was made */
export function deadlineRemedy(isInherited: boolean): string {
  return isInherited ? "all that was left to the call that it was made in" : 'raise "timeoutMs", 0 = none';
}

/** A call, or a stream, was given up with the call of a peer in whose course it was made; the reason is its cause. */
export function abandonedError(what: string, facts: ErrorFacts): CallError {
  return new CallError("HW_CANCELLED", `${what} was cancelled, since the call that it was made in was given up`, facts);
}

/** A call was to start only after another had succeeded. */
export function stopped(member: string, facts: ErrorFacts): HearthwireError {
  const message = `"${member}" did not run, since the call before it failed`;
  return new HearthwireError("HW_BATCH_STOPPED", message, { ...facts, member, delivery: "not-sent" });
}

/** The error of a call that the end of its session leaves without an answer: the reason as that of one call. */
export function endedError(reason: Error, facts: ErrorFacts): ConnectionError {
  const { message } = reason;
  if (!(reason instanceof ConnectionError))
    return new ConnectionError("HW_CONNECTION_CLOSED", message, { cause: reason, ...facts });
  return new ConnectionError(reason.code, message, { ...("cause" in reason && { cause: reason.cause }), ...facts });
}

/** A call that its caller made although it had been told to make no more; it never ran. */
export function drainingError(): ConnectionError {
  const message = "the daemon is shutting down and takes no new calls; make it again on another connection";
  return new ConnectionError("HW_REFUSED", message, { retryable: true });
}

/** Facts of what the peer sent besides answers: the call that a program loses by it has run. */
export const RAN: ErrorFacts = Object.freeze({ delivery: "ran" });

/**
 * What a payload that the gate refused is answered with: the limit or reference that it failed on, or that it is bad.
 * @param facts of the call that loses its answer by it; without them the error is this side's refusal of a call
 */
export function badPayload(error: PayloadError, facts?: ErrorFacts): HearthwireError {
  const { cause } = error;
  if (cause instanceof LimitError) {
    if (facts === undefined) return cause;
    return new LimitError(cause.message, { ...facts, cause, limit: cause.limit, allowed: cause.allowed });
  }
  if (cause instanceof CallError) {
    return facts === undefined ? cause : new CallError(cause.code, cause.message, { ...facts, cause });
  }
  return new CallError("HW_BAD_PAYLOAD", `the payload was refused: ${error.message}`, { cause: error, ...facts });
}

/** A session has as much as it may. @param what is counted, and what may make room */
export function sessionFull(
  limit: keyof SessionLimits,
  { allowed, what, facts = {} }: { allowed: number; what: string; facts?: ErrorFacts },
): LimitError {
  const message = `"${limit}" allows a session ${allowed} ${what}`;
  return new LimitError(message, { ...facts, limit, allowed, retryable: true });
}

/** A call or argument names a reference that its holder has released. */
export function referenceGone(id: number): CallError {
  const message = `reference ${id} was released, or never given; its owner doesn't hold the object for this peer any more`;
  return new CallError("HW_REFERENCE_GONE", message);
}

/** What names the target of a call. */
export const CALLED_ON = "what this is called on";

/** A reference is used after the end of its session. @param what names it */
export function sessionOver(what: string, facts?: ErrorFacts): CallError {
  const message = `the session in which ${what} was given is over; take it anew from a named object`;
  return new CallError("HW_REFERENCE_GONE", message, { ...facts, delivery: "not-sent" });
}

/** A stream that is the result of a call, or stands in it, was passed on unread: only its caller can read it. */
export function streamPassedOn(
  { member, value }: { readonly member: string; readonly value: unknown },
  { stream, ...facts }: ErrorFacts & { readonly stream: object },
): CallError {
  const of = member === "" ? "a function" : `"${member}"`;
  const is = stream === value ? "is" : "holds";
  const message = `the result of ${of} ${is} a stream, which its caller reads; await it first, then pass it on`;
  return new CallError("HW_NOT_REMOTE", message, facts);
}

/** A call was made on a result that is a value, or the caller's own object. @param result of which member, and what it is */
export function notRemote(result: { readonly member: string; readonly value: unknown }, facts?: ErrorFacts): CallError {
  const { member, value } = result;
  const of = member === "" ? "a function" : `"${member}"`;
  const is = value === null || value === undefined ? String(value) : "a value";
  const message = `the result of ${of} is ${is} and no remote object, so it has no members to use; await it first`;
  return new CallError("HW_NOT_REMOTE", message, facts);
}
