import { InvalidArgumentError } from "commander";

const UNITS_MS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1_000],
  ["m", 60_000],
  ["h", 3_600_000],
  ["d", 86_400_000],
]);

/** Beyond any key or lease, and within what `Date` holds. */
const MOST_MS = 36_500 * 86_400_000;

/**
 * The parser of options that are a duration, such as `90s`, `10m`, `2h` or `30d`.
 * @returns milliseconds, at least 1
 * @throws InvalidArgumentError of commander
 */
export function parseDuration(text: string): number {
  const durationMs = durationOf(text);
  if (durationMs !== undefined) return durationMs;
  throw new InvalidArgumentError("it must be a number with its unit, ms, s, m, h or d, such as 90s, 10m or 30d.");
}

/**
 * The parser of options that are a moment, in whole seconds: a duration from now on, or a time in UTC such as `2026-12-31T23:00:00Z`.
 * @throws InvalidArgumentError of commander
 */
export function parseMoment(text: string): Date {
  const durationMs = durationOf(text);
  if (durationMs !== undefined) return new Date(Math.ceil((Date.now() + durationMs) / 1_000) * 1_000);
  const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? new Date(text) : undefined;
  // The 30th of February would be taken for the 2nd of March.
  if (time !== undefined && !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === text.slice(0, 19))
    return time;
  throw new InvalidArgumentError("it must be a duration such as 30d, or a time in UTC such as 2026-12-31T23:00:00Z.");
}

function durationOf(text: string): number | undefined {
  const [, digits = "", unit = ""] = /^([1-9]\d{0,9})(ms|s|m|h|d)$/.exec(text) ?? [];
  const durationMs = Number(digits) * (UNITS_MS.get(unit) ?? 0);
  return durationMs >= 1 && durationMs <= MOST_MS ? durationMs : undefined;
}
