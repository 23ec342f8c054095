/// <reference lib="esnext.disposable" preserve="true" />

export { prometheusMetrics, type PrometheusMetrics, type PrometheusOptions } from "./telemetry/prometheus-metrics.js";
export type { Watchable } from "./telemetry/watched-statistics.js";
