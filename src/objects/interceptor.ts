import type { Annotations } from "../session/call-handler.js";
import type { Clock } from "../session/clock.js";

/** A call as interceptors see it. A copy with other `args` or `annotations` may be given on. */
export interface InterceptedCall {
  /** `client`: a call that this program makes; `server`: one of the peer's that runs here. */
  readonly side: "client" | "server";
  readonly kind: "call" | "get" | "set";
  /** Id of the object; `""` for what is held by reference only. */
  readonly object: string;
  /** `""` when a function itself is called. */
  readonly member: string;
  /** The arguments; of a `set` the one value; of a `get` none. */
  readonly args: readonly unknown[];
  /** What the caller sends along. */
  readonly annotations: Annotations;
  /** W3C trace context that the caller sends along; of a call made in the course of another it is that one's. */
  readonly traceparent: string | undefined;
  /** URL of the daemon, or the remote address of its client, as far as it is known. */
  readonly peer: string | undefined;
  /**
   * A client of the daemon calls what another client gave: the two of them chose the member's name, and no code of this
   * program knows it.
   */
  readonly isRelayed: boolean;
  /**
   * It may be made again when nobody knows whether it ran. Of a `get` always, of a `set` never; of a method when it was
   * exposed as `idempotent`, which a client knows once it knows the members of the object: not on a result to come.
   */
  readonly isIdempotent: boolean;
  /** What its deadline runs by: the connection's clock, or the daemon's. */
  readonly clock: Clock;
  /** By `clock`, in ms since the epoch; `Infinity` when it has none. */
  readonly deadlineAtMs: number;
  /** Aborted when the caller gave up or the deadline passed; on the server also when the session ended. */
  readonly signal: AbortSignal;
}

/**
 * Stands around calls: sees what is called and what becomes of it. What it returns, or its promise gives, is the call's
 * result; what it throws, its failure.
 *
 * `next` goes on to the next interceptor, and from the last one to the peer or the called member. It may be called not at
 * all, once, or again for a retry, and takes the call or a copy of it: `args`, `annotations` and `traceparent` may differ,
 * on the client `signal` too, all else must not. Its promise rejects with `HW_CANCELLED` once the call is over, and never becomes an
 * unhandled rejection.
 *
 * @example
 * const logging: Interceptor = async (call, next) => {
 *   const startMs = performance.now();
 *   try {
 *     return await next(call);
 *   } finally {
 *     console.log(`${call.object}.${call.member} took ${performance.now() - startMs} ms`);
 *   }
 * };
 */
export type Interceptor = (call: InterceptedCall, next: (call: InterceptedCall) => Promise<unknown>) => unknown;

/** One call on its way through interceptors. */
export interface Passage {
  /** The first is the outermost. */
  readonly interceptors: readonly Interceptor[];
  /** Its outcome is known, or nobody waits for it any more. */
  readonly isOver: boolean;
  /** Makes the call, or runs it. */
  proceed(call: InterceptedCall): Promise<unknown>;
}
