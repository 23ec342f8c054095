/// <reference lib="esnext.disposable" preserve="true" />

export { openTelemetry, type OpenTelemetryOptions } from "./telemetry/open-telemetry.js";
