import type { CallPredecessor } from "../session/outbound-call.js";
import { type CallRequest, type PendingCall, prepareCall } from "./pending-call.js";
import type { StandIn } from "./stand-in.js";

/**
 * Makes calls that run one after another, all of them sent at once: each starts once the one before has settled.
 * @param order 2: only if that succeeded; none runs after one that failed, which is how the rest fails too
 */
export function makeSequence(
  on: StandIn,
  { requests, order }: { readonly requests: readonly CallRequest[]; readonly order: 1 | 2 },
): readonly PendingCall[] {
  const calls: PendingCall[] = [];
  let after: CallPredecessor | undefined;
  for (const request of requests) {
    const call = prepareCall(on, { ...request, after });
    // Failures are seen in the result of the whole.
    call.observe();
    calls.push(call);
    after = { call, order };
  }
  return calls;
}

/** The results of a sequence as far as it succeeded, and what it failed with, if it did. */
export async function resultsOf(
  calls: readonly PendingCall[],
): Promise<{ readonly results: readonly unknown[]; readonly failure?: { readonly error: unknown } }> {
  const results: unknown[] = [];
  try {
    for (const call of calls) results.push(await call.promise());
  } catch (error) {
    return { results, failure: { error } };
  }
  return { results };
}
