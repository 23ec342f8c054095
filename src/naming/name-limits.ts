import { isIntegerWithin } from "../client/option-rules.js";
import { ConfigError } from "../errors/hearthwire-error.js";

/** How much a name server holds, each 1..10_000_000. */
export interface NameLimits {
  /** Registrations in all: 100 000 take about 55 MiB (measured). @default 200_000 */
  readonly maxRegistrations: number;
  /** Registrations of one owner. @default 10_000 */
  readonly maxRegistrationsPerOwner: number;
  /** Addresses of one name. @default 1_000 */
  readonly maxReplicas: number;
  /** Open `watch` and `removals` streams of one session. @default 1_000 */
  readonly maxWatchesPerSession: number;
  /** Lookups of one session that wait. @default 1_000 */
  readonly maxWaitsPerSession: number;
  /**
   * Registrations that wait for the lists and watches of one session to read them, where those are slow; one above it ends
   * the list or watch with a retryable error. 1 000 take about 0.1 MiB (measured). @default 250_000
   */
  readonly maxUntoldPerSession: number;
  /** The same of all sessions of one owner. @default 1_000_000 */
  readonly maxUntoldPerOwner: number;
}

/** What stands where limits say nothing. */
export const DEFAULT_NAME_LIMITS: NameLimits = Object.freeze({
  maxRegistrations: 200_000,
  maxRegistrationsPerOwner: 10_000,
  maxReplicas: 1_000,
  maxWatchesPerSession: 1_000,
  maxWaitsPerSession: 1_000,
  maxUntoldPerSession: 250_000,
  maxUntoldPerOwner: 1_000_000,
});

const BOUNDS = { least: 1, most: 10_000_000 };

/** @throws ConfigError `HW_OPTION_INVALID` for a limit that is none, or out of bounds */
export function completeNameLimits(limits: Partial<NameLimits> = {}): NameLimits {
  const known: ReadonlyMap<string, number> = new Map(Object.entries(DEFAULT_NAME_LIMITS));
  for (const [name, value] of Object.entries(limits)) {
    if (!known.has(name)) {
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"limits.${name}" is no limit of names; there are ${[...known.keys()].join(", ")}`,
      );
    }
    if (value === undefined || isIntegerWithin(value, BOUNDS)) continue;
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"limits.${name}" must be an integer ${BOUNDS.least}..${BOUNDS.most}, got ${String(value)}`,
    );
  }
  const given = Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
  return Object.freeze({ ...DEFAULT_NAME_LIMITS, ...given });
}
