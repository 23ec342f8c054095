import { ConfigError } from "../errors/hearthwire-error.js";
import { isIntegerWithin } from "../client/option-rules.js";
import { WINDOW_MS } from "../wire/welcome.js";

/** How long the sessions of a daemon last, in ms. */
export interface SessionTimes {
  /**
   * How long a session outlives its line, 0..3_600_000: within it the client goes on over another one and nothing is
   * lost. 0 = the session ends with its line. @default 120_000, over ports and in memory 0
   */
  readonly windowMs: number;
}

const BOUNDS: {
  readonly [T in keyof SessionTimes]: { readonly least: number; readonly most: number; readonly default: number };
} = {
  windowMs: { ...WINDOW_MS, default: 120_000 },
};

const names = Object.keys(BOUNDS) as readonly (keyof SessionTimes)[];

/** What stands where the option `sessions` says nothing. */
export const DEFAULT_SESSION_TIMES: SessionTimes = Object.freeze(
  Object.fromEntries(names.map((name) => [name, BOUNDS[name].default])) as unknown as SessionTimes,
);

/**
 * Checks the option `sessions` and fills it up.
 * @throws ConfigError `HW_OPTION_INVALID` for an unknown name and for a value out of range
 */
export function completeSessionTimes(option: Partial<SessionTimes> = {}): SessionTimes {
  const unknown = Object.keys(option).find((name) => !(names as readonly string[]).includes(name));
  if (unknown !== undefined) {
    const known = names.join(", ");
    throw new ConfigError("HW_OPTION_INVALID", `"sessions.${unknown}" is no time of sessions; there are ${known}`);
  }
  const times: { -readonly [T in keyof SessionTimes]: number } = { ...DEFAULT_SESSION_TIMES };
  for (const name of names) {
    const value = option[name];
    const { least, most } = BOUNDS[name];
    if (value === undefined) continue;
    if (!isIntegerWithin(value, { least, most })) {
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"sessions.${name}" must be an integer ${least}..${most} (ms), got ${String(value)}`,
      );
    }
    times[name] = value;
  }
  return times;
}
