import { ProtocolError } from "../errors/hearthwire-error.js";
import type { AnswerOptionsRecord, CallOptionsRecord } from "./message.js";

/** Limits of what travels in a call's options; lengths are UTF-16 units, names and values of annotations together. */
export const CALL_OPTION_LIMITS = {
  deadlineMs: 2 ** 31 - 1,
  correlationId: 128,
  traceparent: 64,
  annotations: 16,
  annotationsLength: 4096,
} as const;

/**
 * Checks the options of a call, get or set: known keys, their types and limits.
 * @param message its name, for the error.
 * @throws ProtocolError otherwise.
 */
export function checkCallOptions(options: unknown, message: string): CallOptionsRecord {
  if (!isRecord(options)) throw new ProtocolError(`${message}: options must be an object`);
  for (const key of Object.keys(options)) {
    if (!isCallOption(key, options[key])) throw invalidOption(key, message);
  }
  return options as CallOptionsRecord;
}

/**
 * Checks the options of an answer, which are annotations only.
 * @throws ProtocolError otherwise.
 */
export function checkAnswerOptions(options: unknown, message: string): AnswerOptionsRecord {
  if (!isRecord(options)) throw new ProtocolError(`${message}: options must be an object`);
  for (const key of Object.keys(options)) {
    if (key !== "a" || !areAnnotations(options[key])) throw invalidOption(key === "a" ? key : "", message);
  }
  return options as AnswerOptionsRecord;
}

/** Whether a parsed JSON value is an object: no array, not null. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const RULES: Readonly<Record<string, string>> = {
  d: `"d" must be an integer 1..${CALL_OPTION_LIMITS.deadlineMs}`,
  c: `"c" must be a string of up to ${CALL_OPTION_LIMITS.correlationId} characters`,
  t: `"t" must be a string of up to ${CALL_OPTION_LIMITS.traceparent} characters`,
  a: `"a" must hold up to ${CALL_OPTION_LIMITS.annotations} strings, ${CALL_OPTION_LIMITS.annotationsLength} characters in all`,
  w: '"w" must be 1',
  o: '"o" must be 1 or 2',
};

function invalidOption(key: string, message: string): ProtocolError {
  return new ProtocolError(`${message}: ${Object.hasOwn(RULES, key) ? RULES[key] : "an option that it doesn't have"}`);
}

function isCallOption(key: string, value: unknown): boolean {
  switch (key) {
    case "d":
      return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= CALL_OPTION_LIMITS.deadlineMs;
    case "c":
      return typeof value === "string" && value.length <= CALL_OPTION_LIMITS.correlationId;
    case "t":
      return typeof value === "string" && value.length <= CALL_OPTION_LIMITS.traceparent;
    case "a":
      return areAnnotations(value);
    case "w":
      return value === 1;
    case "o":
      return value === 1 || value === 2;
    default:
      return false;
  }
}

function areAnnotations(value: unknown): boolean {
  if (!isRecord(value)) return false;
  let count = 0;
  let length = 0;
  for (const name of Object.keys(value)) {
    const annotation = value[name];
    if (typeof annotation !== "string") return false;
    count++;
    length += name.length + annotation.length;
  }
  return count <= CALL_OPTION_LIMITS.annotations && length <= CALL_OPTION_LIMITS.annotationsLength;
}
