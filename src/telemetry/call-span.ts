import { type Span, SpanStatusCode } from "@opentelemetry/api";
import { HearthwireError, RemoteError } from "../errors/hearthwire-error.js";
import type { InterceptedCall } from "../objects/interceptor.js";
import type { CallDurations } from "./call-durations.js";
import { failureAttributes } from "./call-attributes.js";
import { errorType } from "./error-type.js";
import type { StreamObserver } from "./observed-stream.js";

/** The span of one call, which ends once; its duration goes into the histogram then. */
export class CallSpan {
  readonly span: Span;
  readonly #call: InterceptedCall;
  readonly #durations: CallDurations;
  readonly #startMs = performance.now();
  #isEnded = false;
  #whenEnded: (() => void) | undefined;

  constructor(span: Span, call: InterceptedCall, durations: CallDurations) {
    this.span = span;
    this.#call = call;
    this.#durations = durations;
  }

  /** At most one task. */
  whenEnded(task: () => void): void {
    this.#whenEnded = task;
  }

  /** Lasts until the stream is over that a call resulted in; of anything else it ends now. @returns what stands for the result */
  lasting(
    result: unknown,
    observed: (value: unknown, observer: StreamObserver) => object | undefined,
    run: StreamObserver["run"],
  ): unknown {
    const stream = observed(result, { run, ended: (failure) => this.end(failure) });
    return stream ?? this.ended(result);
  }

  /** Ends now. @returns the result */
  ended(result: unknown): unknown {
    this.end();
    return result;
  }

  /** @param failure what the call failed with, boxed */
  end(failure?: readonly [unknown]): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const { span } = this;
    if (failure !== undefined) this.#fail(failure[0]);
    span.end();
    this.#durations.record(this.#call, { durationMs: performance.now() - this.#startMs, failure, span });
    this.#whenEnded?.();
  }

  #fail(error: unknown): void {
    const { span } = this;
    span.setAttributes(failureAttributes(error, errorType));
    if (error instanceof HearthwireError && error.delivery !== undefined) {
      span.setAttribute("hearthwire.delivery", error.delivery);
    }
    span.setStatus({ code: SpanStatusCode.ERROR, message: error instanceof Error ? error.message : "" });
    // Where it was thrown, and nowhere else.
    const isThrownHere = this.#call.side === "server" && error instanceof Error && !(error instanceof RemoteError);
    if (isThrownHere) span.recordException(error);
  }
}
