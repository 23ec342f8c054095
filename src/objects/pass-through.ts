import { CallError, ConfigError } from "../errors/hearthwire-error.js";
import { nameOfCall } from "../session/call-errors.js";
import type { InterceptedCall, Passage } from "./interceptor.js";

/** What decides who is called, and so what was authorized and checked; and what is known of the call. */
const FIXED = ["side", "kind", "object", "member", "isIdempotent", "clock", "deadlineAtMs"] as const;

/**
 * A call as the first interceptor sees it.
 * @param source has the signal, which is asked for when it is wanted; a copy by `...` asks too
 */
export function interceptedCall(
  facts: Omit<InterceptedCall, "signal">,
  source: { readonly signal: AbortSignal },
): InterceptedCall {
  const { side, kind, object, member, args, annotations, traceparent, peer, isRelayed } = facts;
  const { isIdempotent, clock, deadlineAtMs } = facts;
  return {
    side,
    kind,
    object,
    member,
    args,
    annotations,
    traceparent,
    peer,
    isRelayed,
    isIdempotent,
    clock,
    deadlineAtMs,
    get signal() {
      return source.signal;
    },
  };
}

/** Runs the interceptors, each around the next; the first starts before this returns. Whatever they throw rejects. */
export function passThrough(passage: Passage, call: InterceptedCall): Promise<unknown> {
  return step(passage, call, 0);
}

function step(passage: Passage, call: InterceptedCall, index: number): Promise<unknown> {
  const interceptor = passage.interceptors[index];
  if (interceptor === undefined) return passage.proceed(call);
  const next = (given: InterceptedCall): Promise<unknown> => {
    const outcome = proceed(passage, { call, given, index });
    // An interceptor may have no use for it any more.
    outcome.catch(ignore);
    return outcome;
  };
  try {
    return Promise.resolve(interceptor(call, next));
  } catch (error) {
    return Promise.reject(error);
  }
}

function proceed(
  passage: Passage,
  { call, given, index }: { call: InterceptedCall; given: InterceptedCall; index: number },
): Promise<unknown> {
  try {
    if (passage.isOver) throw overError(call);
    if (given !== call) checkCopy(call, given);
    return step(passage, given, index + 1);
  } catch (error) {
    return Promise.reject(error);
  }
}

/** @throws ConfigError `HW_OPTION_INVALID` when it is another call */
function checkCopy(call: InterceptedCall, given: unknown): void {
  if (typeof given !== "object" || given === null) {
    throw invalid(`"call" given to next must be the intercepted call or a copy of it, got ${typeof given}`);
  }
  const copy = given as Partial<InterceptedCall>;
  for (const name of FIXED) {
    if (copy[name] !== call[name]) {
      throw invalid(
        `"${name}" of ${nameOf(call)} can't be changed by an interceptor; "args", "annotations" and "traceparent" can`,
      );
    }
  }
  if (!Array.isArray(copy.args)) throw invalid(`"args" given to next must be an array, got ${typeof copy.args}`);
  if (typeof copy.annotations !== "object" || copy.annotations === null) {
    throw invalid(`"annotations" given to next must be an object of texts, got ${typeof copy.annotations}`);
  }
  if (copy.traceparent !== undefined && typeof copy.traceparent !== "string") {
    throw invalid(`"traceparent" given to next must be a text, got ${typeof copy.traceparent}`);
  }
}

/** What `next` rejects with when it comes too late. */
export function overError(call: InterceptedCall): CallError {
  const { object, member } = call;
  return new CallError("HW_CANCELLED", `next was called after ${nameOf(call)} was over; nothing was done`, {
    delivery: "not-sent",
    object,
    member,
  });
}

function nameOf({ object, member }: InterceptedCall): string {
  return nameOfCall({ object: object === "" ? undefined : object, member });
}

function invalid(message: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", message);
}

function ignore(): void {
  // Whoever awaits it gets the error.
}
