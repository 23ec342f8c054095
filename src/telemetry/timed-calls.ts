import type { InterceptedCall, Interceptor } from "../objects/interceptor.js";
import type { KnownMethods, MethodName } from "./known-methods.js";

/** A call that has its outcome. */
export interface TimedCall extends MethodName {
  readonly side: InterceptedCall["side"];
  /** From the first interceptor to the outcome, in ms; of a call that returns a stream to the moment when the stream is there. */
  readonly durationMs: number;
  readonly hasFailed: boolean;
}

/** An interceptor that tells how long calls took, those that failed too. */
export function timedCalls(methods: KnownMethods, told: (call: TimedCall) => void): Interceptor {
  return async (call, next) => {
    const startMs = performance.now();
    let failure: readonly [unknown] | undefined;
    try {
      return await next(call);
    } catch (error) {
      failure = [error];
      throw error;
    } finally {
      const durationMs = performance.now() - startMs;
      told({ side: call.side, ...methods.of(call, failure), durationMs, hasFailed: failure !== undefined });
    }
  };
}
