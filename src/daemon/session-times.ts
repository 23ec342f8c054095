import { ConfigError } from "../errors/hearthwire-error.js";
import { isIntegerWithin } from "../client/option-rules.js";
import { HEARTBEAT_MS, WINDOW_MS } from "../wire/welcome.js";

/** How long the sessions of a daemon last, in ms. */
export interface SessionTimes {
  /**
   * How long a session outlives its line, 0..3_600_000: within it the client goes on over another one and nothing is
   * lost. 0 = the session ends with its line. @default 120_000, over ports and in memory 0
   */
  readonly windowMs: number;
  /**
   * How often a quiet line is looked at, 1_000..300_000: a line whose other end is gone without a word is given up, on
   * both ends, within two and a half of it. @default 20_000
   */
  readonly heartbeatMs: number;
  /**
   * When a session is ended that nobody uses, 0 or 1_000..2_147_483_647: no call runs, no stream is open, neither side
   * holds a reference, and nothing but upkeep came for so long, or up to half as long again. The client's connection is
   * closed by it. @default 0, never
   */
  readonly idleTimeoutMs: number;
  /**
   * When a line is closed, however busy, so that its session goes on over another: through the load balancer, under the
   * certificate and the credential of that time. 0 or 1_000..2_147_483_647; up to a tenth earlier, so that not all come
   * at once. Nothing is lost, but with clients that don't reconnect. @default 0, never
   */
  readonly maxConnectionAgeMs: number;
}

interface Bounds {
  readonly least: number;
  readonly most: number;
  readonly default: number;
  /** 0 is below the least, and means that there is no such time. */
  readonly mayBeNone?: boolean;
}

const OPTIONAL: Bounds = { least: 1_000, most: 2 ** 31 - 1, default: 0, mayBeNone: true };

const BOUNDS: {
  readonly [T in keyof SessionTimes]: Bounds;
} = {
  windowMs: { ...WINDOW_MS, default: 120_000 },
  heartbeatMs: { ...HEARTBEAT_MS, default: 20_000 },
  idleTimeoutMs: OPTIONAL,
  maxConnectionAgeMs: OPTIONAL,
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
    const { least, most, mayBeNone = false } = BOUNDS[name];
    if (value === undefined) continue;
    if (!isIntegerWithin(value, { least, most }) && !(mayBeNone && value === 0)) {
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"sessions.${name}" must be an integer ${least}..${most} (ms)${mayBeNone ? ", or 0 for none" : ""}, got ${String(value)}`,
      );
    }
    times[name] = value;
  }
  if (times.maxConnectionAgeMs > 0 && times.windowMs === 0) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      '"sessions.maxConnectionAgeMs" needs sessions that outlive their lines: with "sessions.windowMs" 0 they would end',
    );
  }
  return times;
}
