import {
  type Context,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
  trace,
} from "@opentelemetry/api";
import type { InterceptedCall } from "../objects/interceptor.js";
import { CALL_OPTION_LIMITS as LIMITS } from "../wire/options-shape.js";
import { traceparentOf } from "./trace-context.js";

/** What propagators write to and read from: names are the peer's, so no object. */
export type Carrier = Map<string, string>;

export const carrierGetter: TextMapGetter<Carrier> = {
  get: (carrier, name) => carrier.get(name),
  keys: (carrier) => [...carrier.keys()],
};

const carrierSetter: TextMapSetter<Carrier> = { set: (carrier, name, value) => void carrier.set(name, value) };

/** What came along with a call. */
export function carrierOf({ annotations, traceparent }: InterceptedCall): Carrier {
  const carrier: Carrier = new Map(Object.entries(annotations));
  carrier.delete("traceparent");
  if (traceparent !== undefined) carrier.set("traceparent", traceparent);
  return carrier;
}

/** The call with the context that goes along with it; the call itself when there is nothing to tell. */
export function carried(call: InterceptedCall, context: Context, propagator?: TextMapPropagator): InterceptedCall {
  const traceparent = traceparentOf(trace.getSpanContext(context)) ?? call.traceparent;
  const annotations = propagator === undefined ? call.annotations : annotated(call, context, propagator);
  if (traceparent === call.traceparent && annotations === call.annotations) return call;
  return { ...call, traceparent, annotations };
}

/** What doesn't fit is left out: a call must not fail for what watches it. */
function annotated(
  { annotations }: InterceptedCall,
  context: Context,
  propagator: TextMapPropagator,
): InterceptedCall["annotations"] {
  const carrier: Carrier = new Map();
  propagator.inject(context, carrier, carrierSetter);
  carrier.delete("traceparent");
  let count = 0;
  let length = 0;
  for (const [name, value] of Object.entries(annotations)) {
    count += 1;
    length += name.length + value.length;
  }
  const added: [string, string][] = [];
  for (const [name, value] of carrier) {
    // The program's own word stands.
    if (Object.hasOwn(annotations, name) || typeof value !== "string") continue;
    const size = name.length + value.length;
    if (count === LIMITS.annotations || length + size > LIMITS.annotationsLength) continue;
    count += 1;
    length += size;
    added.push([name, value]);
  }
  return added.length === 0 ? annotations : { ...annotations, ...Object.fromEntries(added) };
}
