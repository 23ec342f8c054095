import { ConfigError } from "../errors/hearthwire-error.js";

/** What an option must be, when a value is something else. */
export type OptionRule = (value: unknown) => string | undefined;

/** The longest delay that timers take: 2^31-1 ms. */
export const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * Refuses options of a wrong name or type; undefined counts as left out.
 * @param within the option that these stand in
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkByRules(
  options: unknown,
  rules: Readonly<Record<string, OptionRule>>,
  { within }: { readonly within?: string } = {},
): void {
  const prefix = within === undefined ? "" : `${within}.`;
  if (!isObject(options))
    throw new ConfigError("HW_OPTION_INVALID", `"${within ?? "options"}" must be an object, got ${shown(options)}`);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      const known = Object.keys(rules).join(", ");
      throw new ConfigError("HW_OPTION_INVALID", `"${prefix}${name}" is no option here; there are ${known}`);
    }
    const must = value === undefined ? undefined : rules[name]?.(value);
    if (must !== undefined) {
      throw new ConfigError("HW_OPTION_INVALID", `"${prefix}${name}" must be ${must}, got ${shown(value)}`);
    }
  }
}

/** No rule: the value is the program's own. */
export const isAny: OptionRule = () => undefined;
/** A function. */
export const isFunction: OptionRule = (value) => (typeof value === "function" ? undefined : "a function");
/** An array of functions. */
export const isFunctions: OptionRule = (value) =>
  Array.isArray(value) && value.every((one) => typeof one === "function") ? undefined : "an array of functions";
/** True or false. */
export const isBoolean: OptionRule = (value) => (typeof value === "boolean" ? undefined : "true or false");
/** Milliseconds that a timer takes. */
export const isDelay: OptionRule = (value) =>
  isIntegerWithin(value, { least: 0, most: MAX_DELAY_MS }) ? undefined : `an integer 0..${MAX_DELAY_MS} (ms)`;
/** An AbortSignal, of whatever realm. */
export const isSignal: OptionRule = (value) =>
  isObject(value) && "aborted" in value && "addEventListener" in value ? undefined : "an AbortSignal";

/** The levels of a logger. */
export const isLogger: OptionRule = (value) =>
  isObject(value) &&
  ["debug", "info", "warn", "error"].every((level) => typeof Reflect.get(value, level) === "function")
    ? undefined
    : "an object with the methods debug, info, warn and error";
/** A string. */
export const isText: OptionRule = (value) => (typeof value === "string" ? undefined : "a text");

/** An array, of whatever; a string is none, though it has `includes` and can be iterated. */
export function isListOf(what: string): OptionRule {
  return (value) => (Array.isArray(value) ? undefined : `an array of ${what}`);
}

/** A string of bounded length, in UTF-16 units. */
export function isTextUpTo(most: number): OptionRule {
  return (value) =>
    typeof value === "string" && value.length <= most ? undefined : `a text of at most ${most} characters`;
}

/** Whether a value is an integer between two bounds, both included. */
export function isIntegerWithin(
  value: unknown,
  { least, most }: { readonly least: number; readonly most: number },
): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
}

/** Whether a value is an object and no function. */
export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** Numbers and booleans as they are; of everything else the type or length, since it may be a secret. */
function shown(value: unknown): string {
  if (typeof value === "string") return `a text of ${value.length} characters`;
  return typeof value === "number" || typeof value === "boolean" || value === null ? String(value) : typeof value;
}
