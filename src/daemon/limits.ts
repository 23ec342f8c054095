import { ConfigError } from "../errors/hearthwire-error.js";
import { MAX_FRAME_BYTES } from "../wire/constants.js";

/** What one daemon grants its peers. */
export interface Limits {
  /** Largest frame accepted, header and tag included. @default 2_097_152 */
  readonly maxFrameBytes: number;
  /**
   * Live sessions, those without a line too; a further one takes the place of the one that is without a line for longest,
   * its principal's own first, and is refused with `HW_LIMIT` when there is none. @default 1024
   */
  readonly maxSessions: number;
  /** Sessions of one principal that are kept while they are without a line; the oldest goes first. @default 64 */
  readonly maxDetachedPerPrincipal: number;
  /** Calls of one session that run at once; further ones are answered with `HW_LIMIT`. @default 256 */
  readonly maxCallsInFlight: number;
  /** Open streams of one session. @default 64 */
  readonly maxStreams: number;
  /** References that one session holds. @default 4096 */
  readonly maxReferences: number;
  /** Live sessions of one principal; a further one takes the place of one without a line, or is refused with `HW_LIMIT`. @default Infinity */
  readonly maxSessionsPerPrincipal: number;
  /**
   * Calls of one principal that run at once in all of its sessions; further ones are answered with `HW_LIMIT`, and so are
   * gets, sets and looks. @default Infinity
   */
  readonly maxCallsPerPrincipal: number;
  /** Calls that one principal begins per second in all of its sessions, refused ones not counted. @default Infinity */
  readonly callsPerSecondPerPrincipal: number;
  /** How many of these may come at once after a pause; without a rate it bounds nothing. @default the rate */
  readonly callBurstPerPrincipal: number;
}

const BOUNDS: {
  readonly [L in keyof Limits]: { readonly least: number; readonly most: number; readonly default: number };
} = {
  maxFrameBytes: MAX_FRAME_BYTES,
  maxSessions: { least: 1, most: 1_000_000, default: 1024 },
  maxDetachedPerPrincipal: { least: 1, most: 1_000_000, default: 64 },
  maxCallsInFlight: { least: 1, most: 65_536, default: 256 },
  maxStreams: { least: 1, most: 65_536, default: 64 },
  maxReferences: { least: 1, most: 1_000_000, default: 4096 },
  // No limits unless the program says so: a daemon can't know whether a principal is a person or a key for a whole fleet.
  maxSessionsPerPrincipal: { least: 1, most: 1_000_000, default: Infinity },
  maxCallsPerPrincipal: { least: 1, most: 1_000_000, default: Infinity },
  callsPerSecondPerPrincipal: { least: 1, most: 1_000_000, default: Infinity },
  callBurstPerPrincipal: { least: 1, most: 1_000_000, default: Infinity },
};

const names = Object.keys(BOUNDS) as readonly (keyof Limits)[];

/** What stands where the option `limits` says nothing. */
export const DEFAULT_LIMITS: Limits = Object.freeze(
  Object.fromEntries(names.map((name) => [name, BOUNDS[name].default])) as unknown as Limits,
);

/**
 * Checks the option `limits` and fills it up.
 * @throws ConfigError `HW_OPTION_INVALID` for an unknown name and for a value out of range
 */
export function completeLimits(option: Partial<Limits> = {}): Limits {
  const unknown = Object.keys(option).find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined) {
    throw new ConfigError("HW_OPTION_INVALID", `"limits.${unknown}" is no limit; there are ${names.join(", ")}`);
  }
  const limits: { -readonly [L in keyof Limits]: number } = { ...DEFAULT_LIMITS };
  for (const name of names) {
    const value = option[name];
    const { least, most, default: unset } = BOUNDS[name];
    if (value === undefined || (value === Infinity && unset === Infinity)) continue;
    if (!Number.isInteger(value) || value < least || value > most) {
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"limits.${name}" must be an integer ${least}..${most}, got ${String(value)}`,
      );
    }
    limits[name] = value;
  }
  if (limits.callBurstPerPrincipal === Infinity) limits.callBurstPerPrincipal = limits.callsPerSecondPerPrincipal;
  return limits;
}
