import {
  type Context,
  context as contexts,
  type MeterProvider,
  metrics,
  ROOT_CONTEXT,
  SpanKind,
  type TextMapPropagator,
  trace,
  type TracerProvider,
} from "@opentelemetry/api";
import { checkByRules, isIntegerWithin, isObject, type OptionRule } from "../client/option-rules.js";
import { HearthwireError } from "../errors/hearthwire-error.js";
import { currentContext } from "../objects/call-context.js";
import type { InterceptedCall, Interceptor } from "../objects/interceptor.js";
import { callAttributes, SCOPE } from "./call-attributes.js";
import { CallDurations } from "./call-durations.js";
import { CallSpan } from "./call-span.js";
import { DEFAULT_MAX_METHODS, KnownMethods } from "./known-methods.js";
import { observedStream } from "./observed-stream.js";
import { carried, carrierGetter, carrierOf } from "./carrier.js";
import { spanContextOf } from "./trace-context.js";

/** Options of `openTelemetry`; each left out means what the program registered with `@opentelemetry/api`, or nothing at all. */
export interface OpenTelemetryOptions {
  /** Makes the spans. @default the global one */
  readonly tracerProvider?: TracerProvider | undefined;
  /** Makes the histograms of durations. @default the global one */
  readonly meterProvider?: MeterProvider | undefined;
  /**
   * Says what goes along with calls besides `traceparent`, such as `tracestate` and `baggage`: it goes as annotations of
   * the call, so that the daemon's code sees it, and is left out where it would not fit. What comes from a peer is the
   * peer's word: give none where you would not believe it. @default none, `traceparent` alone
   */
  readonly propagator?: TextMapPropagator | undefined;
  /** How many methods metrics tell apart; the rest counts as `_OTHER`. 1..100_000 @default 500 */
  readonly maxMethods?: number | undefined;
}

const isProvider =
  (method: string): OptionRule =>
  (value) =>
    isObject(value) && typeof Reflect.get(value, method) === "function" ? undefined : `an object with ${method}()`;

const RULES: Readonly<Record<keyof OpenTelemetryOptions, OptionRule>> = {
  tracerProvider: isProvider("getTracer"),
  meterProvider: isProvider("getMeter"),
  propagator: isProvider("inject"),
  maxMethods: (value) => (isIntegerWithin(value, { least: 1, most: 100_000 }) ? undefined : "an integer 1..100000"),
};

/**
 * Spans and duration metrics of calls, by the semantic conventions for RPC (1.45). One interceptor for clients and daemons:
 * a call that is made has a span of kind `CLIENT`, one that runs here a span of kind `SERVER`; the first is the parent of
 * the second, over callbacks and calls within calls too. A span lasts until the answer, and where that is a stream until
 * the stream is over. Without an SDK it passes on the trace context that it finds, and does nothing else.
 *
 * In browsers no context follows an `await` by itself: there a call made in the course of another has that one as its
 * parent until the first `await`.
 *
 * @throws ConfigError `HW_OPTION_INVALID`
 * @example
 * const interceptors = [openTelemetry()];
 * await using daemon = await serve({ shop: new Shop() }, { interceptors });
 * using shop = await connect<Shop>(daemon.url("shop"), { interceptors });
 */
export function openTelemetry(options: OpenTelemetryOptions = {}): Interceptor {
  checkByRules(options, RULES);
  const telemetry = new CallTelemetry(options);
  return (call, next) => (call.side === "client" ? telemetry.made(call, next) : telemetry.served(call, next));
}

type Next = Parameters<Interceptor>[1];

class CallTelemetry {
  readonly #options: OpenTelemetryOptions;
  readonly #durations: CallDurations;

  constructor(options: OpenTelemetryOptions) {
    this.#options = options;
    this.#durations = new CallDurations(
      new KnownMethods(options.maxMethods ?? DEFAULT_MAX_METHODS),
      () => options.meterProvider ?? metrics.getMeterProvider(),
    );
  }

  /** A call that this program makes. */
  async made(call: InterceptedCall, next: Next): Promise<unknown> {
    const parent = this.#parentOfMade(call);
    const span = this.#begin(call, { kind: SpanKind.CLIENT, parent });
    const within = trace.setSpan(parent, span.span);
    try {
      const result = await contexts.with(within, () => next(carried(call, within, this.#options.propagator)));
      // Of another client's stream the daemon keeps count by the stream itself.
      return call.isRelayed ? span.ended(result) : span.lasting(result, observedStream, (step) => step());
    } catch (error) {
      span.end([error]);
      throw error;
    }
  }

  /** A call of the peer's that runs here. */
  async served(call: InterceptedCall, next: Next): Promise<unknown> {
    const parent = this.#parentOfServed(call);
    const span = this.#begin(call, { kind: SpanKind.SERVER, parent });
    const within = trace.setSpan(parent, span.span);
    const run = <T>(step: () => T): T => contexts.with(within, step);
    let hasStream = false;
    const { signal } = call;
    // Called code need not listen to the signal: its caller has been answered.
    const givenUp = (): void => {
      const reason: unknown = signal.reason;
      // A reader that has had enough of a stream has not failed.
      span.end(hasStream && !(reason instanceof HearthwireError) ? undefined : [reason]);
    };
    signal.addEventListener("abort", givenUp, { once: true });
    span.whenEnded(() => signal.removeEventListener("abort", givenUp));
    try {
      const result = await run(() => next(carried(call, within)));
      hasStream = true;
      return span.lasting(result, observedStream, run);
    } catch (error) {
      span.end([error]);
      throw error;
    }
  }

  #begin(call: InterceptedCall, { kind, parent }: { readonly kind: SpanKind; readonly parent: Context }): CallSpan {
    const { name, attributes } = callAttributes(call);
    const tracer = (this.#options.tracerProvider ?? trace).getTracer(...SCOPE);
    return new CallSpan(tracer.startSpan(name, { kind, attributes }, parent), call, this.#durations);
  }

  /**
   * The span that is active where the call is made; a `traceparent` that was set for this very call goes before it, and
   * one of the call that is running here stands in where no context is kept.
   */
  #parentOfMade({ traceparent }: InterceptedCall): Context {
    const active = contexts.active();
    const isInherited = traceparent === currentContext()?.traceparent;
    if (traceparent === undefined || (isInherited && trace.getSpanContext(active) !== undefined)) return active;
    const told = spanContextOf(traceparent, !isInherited);
    return told === undefined ? active : trace.setSpanContext(active, told);
  }

  /** What the caller tells, and nothing of what happened to be active where its message was read. */
  #parentOfServed(call: InterceptedCall): Context {
    const { propagator } = this.#options;
    const told = spanContextOf(call.traceparent, true);
    const parent = told === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, told);
    return propagator === undefined ? parent : propagator.extract(parent, carrierOf(call), carrierGetter);
  }
}
