import {
  type Context,
  createContextKey,
  propagation,
  ROOT_CONTEXT,
  type TextMapPropagator,
  trace,
} from "@opentelemetry/api";
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from "@opentelemetry/core";
import { describe, expect, test } from "vitest";
import { withOptions } from "../../src/client/proxy-functions.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import type { InterceptedCall } from "../../src/objects/interceptor.js";
import { carried, carrierGetter, carrierOf } from "../../src/telemetry/carrier.js";
import { openTelemetry } from "../../src/telemetry/open-telemetry.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { RecordedSpans } from "./support/recorded-telemetry.js";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const call: InterceptedCall = {
  side: "client",
  kind: "call",
  object: "desk",
  member: "add",
  args: [],
  annotations: { tenant: "a" },
  traceparent: undefined,
  peer: undefined,
  isRelayed: false,
  isIdempotent: false,
  clock: fakeClock(),
  deadlineAtMs: Infinity,
  signal: new AbortController().signal,
};
const within = trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: "00f067aa0ba902b7", traceFlags: 1 });

function injecting(entries: Readonly<Record<string, string>>): TextMapPropagator {
  return {
    inject: (_, carrier, setter) =>
      Object.entries(entries).forEach(([name, value]) => setter.set(carrier, name, value)),
    extract: (context: Context) => context,
    fields: () => Object.keys(entries),
  };
}

describe("carried", () => {
  test("sets the trace context, and leaves the call alone where there is none", () => {
    expect(carried(call, within)).toMatchObject({
      traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01`,
      annotations: { tenant: "a" },
    });
    expect(carried(call, ROOT_CONTEXT)).toBe(call);
    const none = createContextKey("none");
    expect(carried(call, ROOT_CONTEXT.setValue(none, 1), injecting({}))).toBe(call);
  });

  test("adds to annotations what the propagator says, but never over the program's own", () => {
    const propagator = injecting({ traceparent: "00-x", tracestate: "v=1", tenant: "b" });
    const { annotations, traceparent } = carried(call, within, propagator);
    expect(annotations).toEqual({ tenant: "a", tracestate: "v=1" });
    expect(traceparent).toBe(`00-${TRACE_ID}-00f067aa0ba902b7-01`);
  });

  test("leaves out what would not fit, so that no call fails for it", () => {
    const { annotations } = carried(call, within, injecting({ baggage: "b".repeat(4096), tracestate: "v=1" }));
    expect(annotations).toEqual({ tenant: "a", tracestate: "v=1" });
    const many = Object.fromEntries(Array.from({ length: 15 }, (_, index) => [`x${index}`, "1"]));
    expect(carried({ ...call, annotations: many }, within, injecting({ one: "1", more: "2" })).annotations).toEqual({
      ...many,
      one: "1",
    });
    const full = "b".repeat(4096 - "tenant".length - "a".length - "baggage".length);
    expect(carried(call, within, injecting({ baggage: full })).annotations).toHaveProperty("baggage");
    expect(carried(call, within, injecting({ baggage: `${full}b` })).annotations).toBe(call.annotations);
  });
});

test("a carrier has the peer's annotations by name, and the trace context of the call alone", () => {
  const annotations = JSON.parse('{"__proto__":"p","traceparent":"00-forged","tracestate":"v=1"}') as Record<
    string,
    string
  >;
  const carrier = carrierOf({ ...call, annotations });
  expect(carrierGetter.get(carrier, "traceparent")).toBeUndefined();
  expect(carrierGetter.get(carrier, "constructor")).toBeUndefined();
  expect(carrierGetter.keys(carrier)).toEqual(["__proto__", "tracestate"]);
  expect(carrierGetter.get(carrierOf({ ...call, traceparent: "00-1" }), "traceparent")).toBe("00-1");
});

class Desk {
  tenant(): string | undefined {
    return propagation.getBaggage(seen ?? ROOT_CONTEXT)?.getEntry("tenant")?.value;
  }
  annotations(): Readonly<Record<string, string>> {
    return callContext().annotations;
  }
}
expose(Desk, ["tenant", "annotations"]);
let seen: Context | undefined;

describe("tracestate and baggage", () => {
  const w3c = new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] });
  const setUp = (propagator?: TextMapPropagator) => {
    const spans = new RecordedSpans();
    const { tracerProvider } = spans;
    return linkedPeers(
      { desk: new Desk() },
      {
        client: { interceptors: [openTelemetry({ tracerProvider, propagator })] },
        daemon: { interceptors: [openTelemetry({ tracerProvider, propagator })] },
      },
    );
  };
  const state = `00-${TRACE_ID}-b7ad6b7169203331-01`;

  test("stay here unless they are asked for", async () => {
    await using peers = await setUp();
    expect(await withOptions(peers.object("desk"), { traceparent: state }).annotations()).toEqual({});
  });

  test("go as annotations when they are", async () => {
    const withState: TextMapPropagator = {
      inject: (context, carrier, setter) =>
        w3c.inject(
          propagation.setBaggage(context, propagation.createBaggage({ tenant: { value: "acme" } })),
          carrier,
          setter,
        ),
      extract: (context, carrier, getter) => (seen = w3c.extract(context, carrier, getter)),
      fields: () => w3c.fields(),
    };
    await using peers = await setUp(withState);
    expect(await peers.object("desk").annotations()).toEqual({ baggage: "tenant=acme" });
    expect(await peers.object("desk").tenant()).toBe("acme");
  });
});
