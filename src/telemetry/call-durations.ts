import { type Histogram, type Meter, type MeterProvider, ROOT_CONTEXT, type Span, trace } from "@opentelemetry/api";
import type { InterceptedCall } from "../objects/interceptor.js";
import { failureAttributes, fullMethodName, RPC_METHOD, RPC_SYSTEM_NAME, SCOPE, SYSTEM } from "./call-attributes.js";
import { boundedErrorType } from "./error-type.js";
import type { KnownMethods } from "./known-methods.js";

/** What the semantic conventions ask for, in seconds. */
const BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** How a call ended. */
export interface MeasuredCall {
  readonly durationMs: number;
  /** What it failed with, boxed. */
  readonly failure: readonly [unknown] | undefined;
  readonly span: Span;
}

/** The histograms of durations, `rpc.client.call.duration` and `rpc.server.call.duration`. */
export class CallDurations {
  readonly #methods: KnownMethods;
  readonly #current: () => MeterProvider;
  #provider: MeterProvider | undefined;
  #made: Histogram | undefined;
  #served: Histogram | undefined;

  /** @param current asked for each call: a program may register its SDK after the first of them */
  constructor(methods: KnownMethods, current: () => MeterProvider) {
    this.#methods = methods;
    this.#current = current;
  }

  record(call: InterceptedCall, { durationMs, failure, span }: MeasuredCall): void {
    const attributes = {
      [RPC_SYSTEM_NAME]: SYSTEM,
      [RPC_METHOD]: fullMethodName(this.#methods.of(call, failure)),
      ...(failure === undefined ? {} : failureAttributes(failure[0], boundedErrorType)),
    };
    // With its span, for exemplars.
    this.#histogramOf(call.side)?.record(durationMs / 1000, attributes, trace.setSpan(ROOT_CONTEXT, span));
  }

  #histogramOf(side: InterceptedCall["side"]): Histogram | undefined {
    const provider = this.#current();
    if (provider !== this.#provider) {
      this.#provider = provider;
      const meter = provider.getMeter(...SCOPE);
      this.#made = durations(meter, "client", "an outgoing");
      this.#served = durations(meter, "server", "an incoming");
    }
    return side === "client" ? this.#made : this.#served;
  }
}

function durations(meter: Meter, side: InterceptedCall["side"], which: string): Histogram {
  return meter.createHistogram(`rpc.${side}.call.duration`, {
    description: `Measures the duration of ${which} Remote Procedure Call (RPC).`,
    unit: "s",
    advice: { explicitBucketBoundaries: BOUNDARIES },
  });
}
