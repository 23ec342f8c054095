import type { ConnectionError, ErrorFacts } from "../errors/hearthwire-error.js";
import { endedError } from "./call-errors.js";
import { OutboundCall } from "./outbound-call.js";
import type { PendingCall } from "./pending-call.js";

/** Takes a call that was made and never sent; returns whether it did. */
export type UnsentListener = (call: OutboundCall) => boolean;

/**
 * Offers a call that waits, as it was made and with the rest of its deadline; not one that needs something of this
 * session. Returns whether it was taken: it is somebody else's then.
 */
export function giveBack(
  pending: PendingCall,
  { unsent, nowMs }: { readonly unsent: UnsentListener; readonly nowMs: number },
): boolean {
  const { call, madeAtMs } = pending;
  const { entry, settings } = call;
  if (needsSession(pending)) return false;
  Object.assign(call, { entry: undefined, settings: { ...settings, waitedMs: nowMs - madeAtMs } });
  if (unsent(call)) return true;
  Object.assign(call, { entry, settings });
  return false;
}

/** The error of a call that the end of its session leaves without an answer. */
export function endedCall(
  pending: PendingCall,
  { reason, facts }: { readonly reason: Error; readonly facts: ErrorFacts },
): ConnectionError {
  return endedError(reason, needsSession(pending) ? { ...facts, retryable: false } : facts);
}

/** Whether a call can't be made in another session, since it is on or with something of this one. */
function needsSession({ call, argumentCalls }: PendingCall): boolean {
  return !isPortable(call) || argumentCalls?.every((needed) => isNowhere(needed.call)) === false;
}

/** Whether what a call is made on, and what it follows, is no matter of one session. */
export function isPortable({ target, settings: { after } }: OutboundCall): boolean {
  const isNamed = target instanceof OutboundCall ? isNowhere(target) : typeof target === "string";
  return isNamed && (after === undefined || isNowhere(after.call));
}

/** No session has it: it was given back, or never came to one. */
function isNowhere({ entry }: OutboundCall): boolean {
  return entry === undefined;
}
