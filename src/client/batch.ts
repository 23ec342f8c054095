import { BatchError, ConfigError, type ErrorFacts, HearthwireError } from "../errors/hearthwire-error.js";
import { recordCalls } from "./call-recorder.js";
import { makeSequence, resultsOf } from "./call-sequence.js";
import { checkBatchOptions } from "./check-options.js";
import type { CallRequest } from "./pending-call.js";
import { heldStandIn, withSettings } from "./proxy-functions.js";
import type { BatchOptions, BatchOutcomes, BatchRecorder, BatchResults, RecordedCall } from "./recorded-call.js";
import type { RemoteBrand } from "./remote.js";
import { objectName, type StandIn } from "./stand-in.js";

/**
 * Makes several calls on one object at once, in one message where they fit. They run in order: each starts when the one
 * before has settled; of a one-way member that is when it has started. The callback writes the calls down and returns
 * them all, in their order: it is not async, and uses no result of theirs. Methods alone can be recorded.
 *
 * The deadline, `timeoutMs`, and the signal are for the batch as a whole: calls that have run by then have run.
 *
 * @param options.onError `"stop"`: the first failure ends the batch, and the calls after it don't run. `"continue"`: all
 *   run, and each result says what became of its call, as those of `Promise.allSettled` do. @default "stop"
 * @returns the results in order
 * @throws BatchError `HW_BATCH_STOPPED` when a call failed; the signal's reason when that is why
 * @throws ConfigError `HW_OPTION_INVALID` when the callback does anything else than record
 * @example
 * ```ts
 * const [stored, total] = await batch(warehouse, (o) => [o.store("candle", 3), o.count()]);
 * ```
 */
export function batch<T, const C extends readonly RecordedCall<unknown>[]>(
  remote: RemoteBrand<T>,
  record: (object: BatchRecorder<T>) => C,
  options?: BatchOptions & { onError?: "stop" | undefined },
): Promise<BatchResults<C>>;
export function batch<T, const C extends readonly RecordedCall<unknown>[]>(
  remote: RemoteBrand<T>,
  record: (object: BatchRecorder<T>) => C,
  options: BatchOptions & { onError: "continue" },
): Promise<BatchOutcomes<C>>;
export async function batch(
  remote: RemoteBrand,
  record: (object: never) => readonly unknown[],
  options: BatchOptions & { onError?: "stop" | "continue" | undefined } = {},
): Promise<readonly unknown[]> {
  checkBatchOptions(options);
  if (typeof record !== "function") throw invalid(`"record" must be a function, got ${typeof record}`);
  const { onError = "stop", ...settings } = options;
  const on: StandIn = withSettings(heldStandIn(remote), settings);
  if (on.view.isOneway === true) throw invalid('"remote" is a view of oneway, whose calls have no results to wait for');
  const requests = recordCalls(record, on.shape);
  if (onError === "continue") {
    return Promise.allSettled(makeSequence(on, { requests, order: 1 }).map((call) => call.promise()));
  }
  const { results, failure } = await resultsOf(makeSequence(on, { requests, order: 2 }));
  if (failure === undefined) return results;
  throw isAbort(on, failure.error) ? failure.error : batchError(on, { requests, results, cause: failure.error });
}

function isAbort({ view: { signal } }: StandIn, error: unknown): boolean {
  return signal?.aborted === true && error === signal.reason;
}

function batchError(
  on: StandIn,
  {
    requests,
    results,
    cause,
  }: { readonly requests: readonly CallRequest[]; readonly results: readonly unknown[]; readonly cause: unknown },
): BatchError {
  const index = results.length;
  const member = requests[index]?.member ?? "";
  const why = cause instanceof Error ? cause.message : "it threw a value that is no error";
  const message = `call ${index + 1} of ${requests.length} of the batch, "${member}", failed: ${why}`;
  return new BatchError(message, {
    ...factsOf(cause, { index, isIdempotent: requests.every(({ member }) => on.shape?.get(member)?.[2] === 1) }),
    object: objectName(on.callTarget),
    member,
    index,
    completed: results,
  });
}

/** Once a call of the batch has run, so has the batch; and when nobody knows of one, the later ones may have run too. */
function factsOf(
  cause: unknown,
  { index, isIdempotent }: { readonly index: number; readonly isIdempotent: boolean },
): ErrorFacts {
  if (!(cause instanceof HearthwireError)) return { cause, delivery: "ran" };
  const { peer, elapsedMs } = cause;
  if (index > 0) return { cause, delivery: "ran", peer, elapsedMs };
  const { delivery } = cause;
  const retryable = cause.retryable && (delivery !== "unknown" || isIdempotent);
  return { cause, delivery, retryable, peer, elapsedMs };
}

function invalid(message: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", message);
}
