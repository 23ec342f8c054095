import { ProtocolError } from "../errors/hearthwire-error.js";
import { isRecord } from "./options-shape.js";

/** Limits of an error record; lengths are UTF-16 units. */
export const ERROR_LIMITS = {
  name: 128,
  message: 8192,
  code: 128,
  stack: 16_384,
  /** Nesting by `cause` and by `errors`. */
  depth: 8,
  /** Entries of one `errors`. */
  errors: 32,
} as const;

/**
 * Checks an error record: `{name, message, code?, wire?, stack?, cause?, errors?, data?}` or `{thrown}`, no other key.
 * `wire` stands only on hearthwire's own refusals, whose codes start with `HW_`.
 * @param message name of the message that it stands in, for the error.
 * @throws ProtocolError otherwise.
 */
export function checkError(record: unknown, message: string): void {
  const rule = brokenRule(record, 0);
  if (rule !== undefined) throw new ProtocolError(`${message}: ${rule}`);
}

function brokenRule(record: unknown, depth: number): string | undefined {
  if (depth > ERROR_LIMITS.depth) return `an error nests at most ${ERROR_LIMITS.depth} deep`;
  if (!isRecord(record)) return "an error must be an object";
  if (Object.hasOwn(record, "thrown")) {
    return Object.keys(record).length === 1 ? undefined : '"thrown" must stand alone';
  }
  if (!Object.hasOwn(record, "name") || !Object.hasOwn(record, "message")) return "an error has name and message";
  for (const key of Object.keys(record)) {
    const rule = brokenField(record, key, depth);
    if (rule !== undefined) return rule;
  }
  return undefined;
}

function brokenField(record: Readonly<Record<string, unknown>>, key: string, depth: number): string | undefined {
  const value = record[key];
  switch (key) {
    case "name":
    case "message":
    case "code":
    case "stack":
      if (typeof value === "string" && value.length <= ERROR_LIMITS[key]) return undefined;
      return `an error's ${key} is a string of up to ${ERROR_LIMITS[key]} characters`;
    case "wire":
      if (value === 1 && typeof record["code"] === "string" && record["code"].startsWith("HW_")) return undefined;
      return '"wire" must be 1 and stand with a code that starts with HW_';
    case "cause":
      return brokenRule(value, depth + 1);
    case "errors":
      return brokenErrors(value, depth + 1);
    case "data":
      return undefined;
    default:
      return "an error has a field that it can't have";
  }
}

function brokenErrors(errors: unknown, depth: number): string | undefined {
  if (!Array.isArray(errors) || errors.length > ERROR_LIMITS.errors) {
    return `"errors" must be an array of up to ${ERROR_LIMITS.errors}`;
  }
  for (const error of errors) {
    const rule = brokenRule(error, depth);
    if (rule !== undefined) return rule;
  }
  return undefined;
}
