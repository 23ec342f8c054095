import { isSpanContextValid, type SpanContext, TraceFlags } from "@opentelemetry/api";

/** `version-traceId-spanId-flags`; later versions may add parts (W3C Trace Context section 3.2.2). */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** The context that a `traceparent` tells; undefined for none and for a broken one. */
export function spanContextOf(traceparent: string | undefined, isRemote: boolean): SpanContext | undefined {
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(traceparent ?? "") ?? [];
  if (version === undefined || traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  // Version ff is forbidden, and 00 has these four parts alone.
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  const context = { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & TraceFlags.SAMPLED, isRemote };
  return isSpanContextValid(context) ? context : undefined;
}

/** The `traceparent` that tells a context; undefined for one that isn't valid. */
export function traceparentOf(context: SpanContext | undefined): string | undefined {
  if (context === undefined || !isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags } = context;
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED).toString(16).padStart(2, "0")}`;
}
