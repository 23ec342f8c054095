const STATISTICS = "src/session/session-statistics.ts";
const FLOW = "src/session/frame-flow.ts";
const TALLY = "src/daemon/daemon-statistics.ts";
const LINE = "src/client/line-tally.ts";
const OTEL = "src/telemetry/open-telemetry.ts";
const SPAN = "src/telemetry/call-span.ts";
const CARRIER = "src/telemetry/carrier.ts";
const ERROR_TYPE = "src/telemetry/error-type.ts";
const DURATIONS = "src/telemetry/call-durations.ts";
const ATTRIBUTES = "src/telemetry/call-attributes.ts";
const STREAM = "src/telemetry/observed-stream.ts";
const TRACE = "src/telemetry/trace-context.ts";
const PROMETHEUS = "src/telemetry/prometheus-metrics.ts";
const WATCHED = "src/telemetry/watched-statistics.ts";
const METHODS = "src/telemetry/known-methods.ts";
const daemon = ["test/daemon/daemon-statistics.test.ts"];
const client = ["test/client/line-tally.test.ts"];
const sums = ["test/session/session-statistics.test.ts"];
const sent = ["test/client/interceptors-sent-along.test.ts"];
const spans = ["test/telemetry/open-telemetry.test.ts"];
const nested = ["test/telemetry/open-telemetry.shared.test.ts"];
const carriers = ["test/telemetry/carrier.test.ts"];
const traces = ["test/telemetry/trace-context.test.ts"];
const prometheus = ["test/telemetry/prometheus-metrics.test.ts"];
const methods = ["test/telemetry/known-methods.test.ts"];
const types = ["test/telemetry/error-type.test.ts"];
const latencies = ["test/node/call-latencies.test.ts"];

/** @type {readonly import("./run.mjs").Mutant[]} */
export const mutants = [
  // Counters.
  { rule: "statistics", file: STATISTICS, from: "other > one", to: "other < one", tests: sums },
  {
    rule: "statistics",
    file: STATISTICS,
    from: "  referencesHeld: 0,\n  unacknowledgedBytes: 0,\n  roundTripMs: undefined,\n} as const",
    to: "  unacknowledgedBytes: 0,\n  roundTripMs: undefined,\n} as const",
    tests: sums,
  },
  {
    rule: "statistics",
    file: "src/session/conversation.ts",
    from: "    this.counters.callsMade++;\n",
    to: "",
    tests: daemon,
  },
  {
    rule: "statistics",
    file: "src/session/pending-calls.ts",
    from: 'if (outcome === "failed") this.#options.counters',
    to: 'if (outcome === "succeeded") this.#options.counters',
    tests: daemon,
  },
  {
    rule: "statistics",
    file: "src/session/inbound-calls.ts",
    from: "    this.#options.counters.callsServed++;\n",
    to: "",
    tests: daemon,
  },
  {
    rule: "statistics",
    file: "src/session/inbound-calls.ts",
    from: 'if (outcome === "failed") this.#options.counters',
    to: 'if (outcome === "succeeded") this.#options.counters',
    tests: daemon,
  },
  {
    rule: "statistics",
    file: "src/session/streams.ts",
    from: "    this.#options.counters.streamItemsReceived++;\n",
    to: "",
    tests: daemon,
  },
  {
    rule: "statistics",
    file: "src/session/outgoing-stream.ts",
    from: "    this.#options.counters.streamItemsSent++;\n",
    to: "",
    tests: daemon,
  },
  { rule: "statistics", file: FLOW, from: "    this.#counters.bytesSent += frame.length;\n", to: "", tests: daemon },
  {
    rule: "statistics",
    file: FLOW,
    from: "    this.#counters.bytesReceived += frame.length;\n",
    to: "",
    tests: daemon,
  },
  {
    rule: "statistics",
    file: FLOW,
    from: "    else this.#counters.framesResent++;\n",
    to: "",
    tests: ["test/session/full-statistics.test.ts"],
  },
  {
    rule: "statistics",
    file: FLOW,
    from: "    else this.#counters.framesResent++;\n",
    to: "    this.#counters.framesResent++;\n",
    tests: daemon,
  },
  {
    rule: "statistics",
    file: "src/session/pings.ts",
    from: "count !== this.#count || this.#sentAtMs === undefined",
    to: "this.#sentAtMs === undefined",
    tests: ["test/session/full-statistics.test.ts"],
  },
  {
    rule: "statistics",
    file: "src/session/pings.ts",
    from: "    this.#sentAtMs = undefined;\n",
    to: "",
    tests: ["test/session/full-statistics.test.ts"],
  },
  { rule: "statistics", file: TALLY, from: 'reason.code === "HW_SESSION_LOST"', to: "true", tests: daemon },
  {
    rule: "statistics",
    file: TALLY,
    from: "      this.#past = sumOfStatistics([this.#past, pastStatistics(statistics)]);\n",
    to: "",
    tests: daemon,
  },
  { rule: "statistics", file: TALLY, from: "pastStatistics(statistics)", to: "statistics", tests: daemon },
  {
    rule: "statistics",
    file: LINE,
    from: "      this.#past = sumOfStatistics([this.#past, pastStatistics(session.fullStatistics)]);\n",
    to: "",
    tests: client,
  },
  { rule: "statistics", file: LINE, from: "isConnected && state.resumed", to: "false", tests: client },
  { rule: "statistics", file: LINE, from: '&& "reason" in state && state.reason !== undefined', to: "", tests: client },

  // What interceptors see and may change.
  {
    rule: "interceptors",
    file: "src/client/call-passage.ts",
    from: "      traceparent: call.traceparent,\n",
    to: "",
    tests: nested,
  },
  {
    rule: "interceptors",
    file: "src/objects/intercept-invocation.ts",
    from: " && traceparent === this.#seen.traceparent",
    to: "",
    tests: sent,
  },
  {
    rule: "interceptors",
    file: "src/objects/intercept-invocation.ts",
    from: "const isRelayed = relay !== undefined;",
    to: "const isRelayed = false;",
    tests: sent,
  },
  {
    rule: "interceptors",
    file: "src/daemon/relayed-objects.ts",
    from: "{ ...held.view, isRelayed: true }",
    to: "held.view",
    tests: sent,
  },

  // Spans.
  {
    rule: "spans",
    file: OTEL,
    from: "const within = trace.setSpan(parent, span.span);\n    const run",
    to: "const within = parent;\n    const run",
    tests: spans,
  },
  {
    rule: "spans",
    file: OTEL,
    from: "isInherited && trace.getSpanContext(active) !== undefined",
    to: "trace.getSpanContext(active) !== undefined",
    tests: spans,
  },
  {
    rule: "spans",
    file: OTEL,
    from: "(isInherited && trace.getSpanContext(active) !== undefined)",
    to: "isInherited",
    tests: nested,
  },
  {
    rule: "spans",
    file: OTEL,
    from: '    signal.addEventListener("abort", givenUp, { once: true });\n',
    to: "",
    tests: spans,
  },
  {
    rule: "spans",
    file: OTEL,
    from: "hasStream && !(reason instanceof HearthwireError) ? undefined : [reason]",
    to: "[reason]",
    tests: spans,
  },
  {
    rule: "spans",
    file: OTEL,
    from: "hasStream && !(reason instanceof HearthwireError) ? undefined : [reason]",
    to: "hasStream ? undefined : [reason]",
    tests: spans,
  },
  { rule: "spans", file: OTEL, from: "next(carried(call, within)));", to: "next(call));", tests: nested },
  { rule: "spans", file: SPAN, from: 'this.#call.side === "server" && error', to: "error", tests: spans },
  {
    rule: "spans",
    file: SPAN,
    from: "    return stream ?? this.ended(result);",
    to: "    this.end();\n    return stream ?? result;",
    tests: spans,
  },
  { rule: "spans", file: STREAM, from: "      if (step.done === true) this.#end();\n", to: "", tests: spans },
  {
    rule: "spans",
    file: STREAM,
    from: "    // Not later: a producer that waits for something else answers when that has come.\n    this.#end();\n",
    to: "",
    tests: spans,
  },
  {
    rule: "spans",
    file: STREAM,
    from: "          observer.ended();\n          controller.close();",
    to: "          controller.close();",
    tests: spans,
  },
  {
    rule: "spans",
    file: STREAM,
    from: "        observer.ended();\n        await reader.cancel(reason);",
    to: "        await reader.cancel(reason);",
    tests: spans,
  },
  {
    rule: "spans",
    file: ATTRIBUTES,
    from: '"ws:": 80, "wss:": 443',
    to: '"ws:": 443, "wss:": 80',
    tests: ["test/telemetry/call-attributes.test.ts"],
  },
  {
    rule: "spans",
    file: ATTRIBUTES,
    from: "  if (!call.isRelayed) return",
    to: "  if (true) return",
    tests: ["test/telemetry/call-attributes.test.ts"],
  },
  { rule: "spans", file: TRACE, from: 'version === "ff" || ', to: "", tests: traces },
  { rule: "spans", file: TRACE, from: '|| (version === "00" && rest !== undefined)', to: "", tests: traces },
  {
    rule: "spans",
    file: TRACE,
    from: "return isSpanContextValid(context) ? context : undefined;",
    to: "return context;",
    tests: traces,
  },
  { rule: "spans", file: CARRIER, from: "Object.hasOwn(annotations, name) || ", to: "", tests: carriers },
  { rule: "spans", file: CARRIER, from: "count === LIMITS.annotations || ", to: "", tests: carriers },
  {
    rule: "spans",
    file: CARRIER,
    from: "length + size > LIMITS.annotationsLength",
    to: "length + size >= LIMITS.annotationsLength",
    tests: carriers,
  },
  {
    rule: "spans",
    file: CARRIER,
    from: '  carrier.delete("traceparent");\n  if (traceparent',
    to: "  if (traceparent",
    tests: carriers,
  },

  // Labels that a peer may not make.
  {
    rule: "labels",
    file: METHODS,
    from: "  if (isRelayed) return OTHER_METHOD;\n",
    to: "",
    tests: [...methods, ...prometheus],
  },
  { rule: "labels", file: METHODS, from: "this.#known.size >= this.#max || ", to: "", tests: methods },
  {
    rule: "labels",
    file: METHODS,
    from: " || isMissing(failure)) return",
    to: ") return",
    tests: [...methods, ...prometheus],
  },
  { rule: "labels", file: ERROR_TYPE, from: " && isErrorCode(error.code)", to: "", tests: types },
  { rule: "labels", file: ERROR_TYPE, from: "(?!HW_)", to: "", tests: types },
  { rule: "labels", file: ERROR_TYPE, from: "{0,63}$/", to: "{0,64}$/", tests: types },
  { rule: "labels", file: ERROR_TYPE, from: "LANGUAGE_ERRORS.has(error.name)", to: "true", tests: types },
  {
    rule: "labels",
    file: DURATIONS,
    from: "(failure[0], boundedErrorType)",
    to: "(failure[0], (error) => (error as Error).name)",
    tests: spans,
  },

  // Prometheus and latencies.
  { rule: "prometheus", file: PROMETHEUS, from: "          this.reset();\n", to: "", tests: prometheus },
  {
    rule: "prometheus",
    file: PROMETHEUS,
    from: "          if (value === undefined) this.remove();\n          else this.set(value);",
    to: "          this.set(value ?? 0);",
    tests: prometheus,
  },
  {
    rule: "prometheus",
    file: PROMETHEUS,
    from: 'method !== "GET" && method !== "HEAD"',
    to: "false",
    tests: prometheus,
  },
  {
    rule: "prometheus",
    file: PROMETHEUS,
    from: "}, durationMs / 1000);",
    to: "}, durationMs * 1000);",
    tests: prometheus,
  },
  {
    rule: "prometheus",
    file: WATCHED,
    from: "    if (!this.#watched.delete(target)) return;\n",
    to: "    this.#watched.delete(target);\n",
    tests: prometheus,
  },
  {
    rule: "prometheus",
    file: WATCHED,
    from: "    this.#past = sumOf([this.#past, last]);\n",
    to: "",
    tests: prometheus,
  },
  {
    rule: "prometheus",
    file: WATCHED,
    from: "      queueMicrotask(() => (this.#snapshot = undefined));\n",
    to: "",
    tests: prometheus,
  },
  {
    rule: "latencies",
    file: "src/node/call-latencies.ts",
    from: "durationMs * 1000",
    to: "durationMs",
    tests: latencies,
  },
  {
    rule: "latencies",
    file: "src/node/call-latencies.ts",
    from: "      if (hasFailed) latency.failed += 1;\n",
    to: "",
    tests: latencies,
  },
];
