import { isKey } from "../auth/known-keys.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { checkValueOptions } from "../serializers/value-options.js";
import { MAX_FRAME_BYTES } from "../wire/constants.js";
import { CALL_OPTION_LIMITS as LIMITS } from "../wire/options-shape.js";
import type { CallOptions } from "./call-options.js";
import type { ConnectOptions } from "./connect-options.js";
import type { BatchOptions } from "./recorded-call.js";
import {
  checkByRules,
  isAny,
  isBoolean,
  isDelay,
  isFunction,
  isFunctions,
  isIntegerWithin,
  isListOf,
  isLogger,
  isObject,
  isSignal,
  isTextUpTo,
  MAX_DELAY_MS,
  type OptionRule,
} from "./option-rules.js";
import { type ReconnectOptions, reconnectTimes } from "./reconnect-times.js";

type OptionRules = Readonly<Record<string, OptionRule>>;

const CONNECT_RULES: Readonly<Record<keyof ConnectOptions, OptionRule>> = {
  key: (value) =>
    isKey(value) || typeof value === "function"
      ? undefined
      : "a Key or a function that gives one (of a KeyRing, give ring.primary)",
  ticket: (value) =>
    isObject(value) || typeof value === "function" ? undefined : "a Ticket or a function that gives one",
  handshake: isAny,
  onHandshake: isFunction,
  connectTimeoutMs: isDelay,
  timeoutMs: isDelay,
  signal: isSignal,
  reconnect: (value) => (value === false || isObject(value) ? undefined : "false, or an object of times"),
  isolated: isBoolean,
  allowPlaintext: isBoolean,
  lingerMs: isDelay,
  serializers: (value) =>
    Array.isArray(value) && value.length >= 1 && value.length <= 8 ? undefined : "an array of 1..8 serializers",
  types: isListOf("what valueType() gives"),
  logger: isLogger,
  interceptors: isFunctions,
  traceReferences: isBoolean,
  platformHmac: isBoolean,
  names: (value) => (isObject(value) ? undefined : "what nameResolver() gives"),
  // Who resolves names looks at it.
  pick: isAny,
  maxFrameBytes: (value) =>
    isIntegerWithin(value, MAX_FRAME_BYTES)
      ? undefined
      : `an integer ${MAX_FRAME_BYTES.least}..${MAX_FRAME_BYTES.most}`,
};

/** Without any pause a daemon that is down would be dialled without end. */
const isPause: OptionRule = (value) =>
  isIntegerWithin(value, { least: 1, most: MAX_DELAY_MS }) ? undefined : `an integer 1..${MAX_DELAY_MS} (ms)`;

const RECONNECT_RULES: Readonly<Record<keyof ReconnectOptions, OptionRule>> = {
  minDelayMs: isPause,
  maxDelayMs: isPause,
  giveUpAfterMs: (value) => (value === Infinity ? undefined : isPause(value)?.concat(", or Infinity: never")),
};

const BATCH_CALL_RULES: Readonly<Record<keyof BatchOptions, OptionRule>> = {
  timeoutMs: isDelay,
  signal: isSignal,
  annotations: areAnnotations,
  correlationId: isTextUpTo(LIMITS.correlationId),
  traceparent: isTextUpTo(LIMITS.traceparent),
};

const CALL_RULES: Readonly<Record<keyof CallOptions, OptionRule>> = { ...BATCH_CALL_RULES, onAnswer: isFunction };

const BATCH_RULES: Readonly<Record<keyof BatchOptions | "onError", OptionRule>> = {
  ...BATCH_CALL_RULES,
  onError: (value) => (value === "stop" || value === "continue" ? undefined : '"stop" or "continue"'),
};

/** The rules of all options of a host, those included that only it has. */
export function connectRules(hostRules: OptionRules | undefined): OptionRules {
  return { ...CONNECT_RULES, ...hostRules };
}

/** @throws ConfigError `HW_OPTION_INVALID` */
export function checkConnectOptions(options: ConnectOptions, rules: OptionRules = CONNECT_RULES): void {
  checkByRules(options, rules);
  if (options.key !== undefined && options.ticket !== undefined) {
    throw new ConfigError("HW_OPTION_INVALID", '"key" and "ticket" exclude each other: give one');
  }
  if (options.reconnect !== undefined && options.reconnect !== false) checkReconnect(options.reconnect);
  checkValueOptions(options);
}

function checkReconnect(options: ReconnectOptions): void {
  checkByRules(options, RECONNECT_RULES, { within: "reconnect" });
  const { minDelayMs, maxDelayMs } = reconnectTimes(options);
  if (minDelayMs <= maxDelayMs) return;
  throw new ConfigError(
    "HW_OPTION_INVALID",
    `"reconnect.minDelayMs" must be at most "maxDelayMs", which is ${maxDelayMs} ms, got ${minDelayMs}`,
  );
}

/** @throws ConfigError `HW_OPTION_INVALID` */
export function checkCallOptions(options: CallOptions): void {
  checkByRules(options, CALL_RULES);
}

/** @throws ConfigError `HW_OPTION_INVALID` */
export function checkBatchOptions(options: BatchOptions & { onError?: unknown }): void {
  checkByRules(options, BATCH_RULES);
}

function areAnnotations(value: unknown): string | undefined {
  const must = `an object of at most ${LIMITS.annotations} texts`;
  if (!isObject(value)) return must;
  const entries: readonly (readonly [string, unknown])[] = Object.entries(value);
  if (entries.length > LIMITS.annotations) return `${must} (there are ${entries.length})`;
  const other = entries.find(([, text]) => typeof text !== "string");
  return other === undefined ? undefined : `${must} (${JSON.stringify(other[0])} is of type ${typeof other[1]})`;
}
