import { describe, expect, test } from "vitest";
import { spanContextOf, traceparentOf } from "../../src/telemetry/trace-context.js";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";

describe("spanContextOf", () => {
  test("reads what W3C writes", () => {
    expect(spanContextOf(`00-${TRACE_ID}-${SPAN_ID}-01`, true)).toEqual({
      traceId: TRACE_ID,
      spanId: SPAN_ID,
      traceFlags: 1,
      isRemote: true,
    });
    expect(spanContextOf(`00-${TRACE_ID}-${SPAN_ID}-fe`, false)).toMatchObject({ traceFlags: 0, isRemote: false });
  });

  test("reads a later version, which may have more parts", () => {
    expect(spanContextOf(`cc-${TRACE_ID}-${SPAN_ID}-01-what-comes`, true)).toMatchObject({ traceId: TRACE_ID });
    expect(spanContextOf(`cc-${TRACE_ID}-${SPAN_ID}-01`, true)).toMatchObject({ spanId: SPAN_ID });
  });

  test.each([
    ["nothing", undefined],
    ["the forbidden version", `ff-${TRACE_ID}-${SPAN_ID}-01`],
    ["more parts than version 00 has", `00-${TRACE_ID}-${SPAN_ID}-01-more`],
    ["capitals", `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`],
    ["a trace of zeros", `00-${"0".repeat(32)}-${SPAN_ID}-01`],
    ["a span of zeros", `00-${TRACE_ID}-${"0".repeat(16)}-01`],
    ["a short span", `00-${TRACE_ID}-${SPAN_ID.slice(1)}-01`],
    ["no flags", `00-${TRACE_ID}-${SPAN_ID}`],
    ["a line break after it", `00-${TRACE_ID}-${SPAN_ID}-01\n`],
  ])("takes %s for no context", (_, traceparent) => {
    expect(spanContextOf(traceparent, true)).toBeUndefined();
  });
});

describe("traceparentOf", () => {
  test("writes what spanContextOf reads", () => {
    for (const traceFlags of [0, 1]) {
      const context = { traceId: TRACE_ID, spanId: SPAN_ID, traceFlags, isRemote: true };
      expect(spanContextOf(traceparentOf(context), true)).toEqual(context);
    }
  });

  test("writes nothing of a context that isn't valid", () => {
    expect(traceparentOf(undefined)).toBeUndefined();
    expect(traceparentOf({ traceId: "0".repeat(32), spanId: SPAN_ID, traceFlags: 1 })).toBeUndefined();
  });
});
