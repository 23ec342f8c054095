import { isIP } from "node:net";
import { Key } from "../auth/key.js";
import { KeyRing } from "../auth/key-ring.js";
import {
  checkByRules,
  isAny,
  isBoolean,
  isDelay,
  isListOf,
  isObject,
  isText,
  type OptionRule,
} from "../client/option-rules.js";
import { CORE_RULES } from "../daemon/core-option-rules.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { CloseOnSignal } from "./close-on-signal.js";
import { checkAttachedTls, checkTlsOptions } from "./check-tls-options.js";
import { isNamesOption } from "./names-options.js";
import type { AttachTarget, DaemonOptions, ListenTarget, ListenUnixTarget, ServeOptions } from "./serve-options.js";

/** Types alone; what the values must be is checked where they are read. */
const SERVE_RULES: Readonly<
  Record<keyof DaemonOptions | keyof ListenTarget | keyof ListenUnixTarget | keyof AttachTarget, OptionRule>
> = {
  keys: (value) =>
    value instanceof Key || value instanceof KeyRing
      ? undefined
      : "a KeyRing or a Key that this copy of the package made: Key.from(bytes, { id }), or await keyFile(path)",
  host: isText,
  port: isAny,
  path: isText,
  socketPath: isText,
  server: isAny,
  tls: (value) => (isObject(value) ? undefined : "an object of TLS options"),
  origins: isListOf("origins"),
  publicUrl: (value) =>
    typeof value === "string" || value instanceof URL || Array.isArray(value)
      ? undefined
      : "a URL, or an array of URLs",
  trustProxy: (value) =>
    typeof value === "boolean" || (Array.isArray(value) && value.every((entry) => isIP(String(entry)) !== 0))
      ? undefined
      : "true or false, or an array of IP addresses",
  closeOnSignal: (value) =>
    value === false || isObject(value) ? undefined : "false, or an object of the signals and the grace",
  allowPlaintext: isBoolean,
  names: isNamesOption,
  ...CORE_RULES,
};

/**
 * Refuses options of a wrong name or type: a misspelt `authorize`, or an `allowPlaintext` of "false", must not be passed
 * over.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkServeOptions(options: ServeOptions): void {
  checkByRules(options, SERVE_RULES);
  if (options.closeOnSignal !== undefined && options.closeOnSignal !== false) checkCloseOnSignal(options.closeOnSignal);
  if (options.server !== undefined) checkAttachedTls(options.tls ?? {});
  else if (options.tls !== undefined) checkTlsOptions(options.tls);
  if (options.socketPath === undefined) return;
  for (const name of ["host", "port", "server", "tls"] as const) {
    if (options[name] !== undefined)
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"socketPath" can't stand beside "${name}": ${name === "tls" ? "nobody else can read it, and it has no TLS" : "a daemon listens in one place"}`,
      );
  }
}

function checkCloseOnSignal(option: CloseOnSignal): void {
  const isSignals = isListOf('"SIGTERM" and "SIGINT"');
  checkByRules(option, { signals: isSignals, graceMs: isDelay }, { within: "closeOnSignal" });
  const { signals = [] } = option;
  for (const [index, signal] of signals.entries()) {
    if (signal !== "SIGTERM" && signal !== "SIGINT")
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"closeOnSignal.signals[${index}]" must be "SIGTERM" or "SIGINT", got ${shownSignal(signal)}`,
      );
  }
}

/** A signal's name is no secret; what else may stand there could be one. */
function shownSignal(signal: unknown): string {
  return typeof signal === "string" && /^SIG[A-Z0-9]{1,12}$/.test(signal) ? `"${signal}"` : `a ${typeof signal}`;
}
