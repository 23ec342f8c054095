import { checkByRules, isObject, type OptionRule } from "../client/option-rules.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { Clock } from "../session/clock.js";

/** Which way frames go. */
export type LinkDirection = "toDaemon" | "toClient";

/** Faults of a line by chance. Those of the handshake of its first connection are spared, so that there is a session. */
export interface RandomFaults {
  /** What happens to which frame follows from it, whatever the time. */
  readonly seed: number;
  /**
   * Share of frames, 0..1, with which the line is cut: they and what follows them are lost, and what is under way in the
   * other direction. @default 0
   */
  readonly cut?: number | undefined;
  /** Share of frames, 0..1, from which on nothing arrives in their direction for a while. @default 0 */
  readonly stall?: number | undefined;
  /** How long that lasts at most, in ms. @default 1_000 */
  readonly stallMs?: number | undefined;
  /** Share of frames, 0..1, that arrive with one bit flipped; none of a handshake. @default 0 */
  readonly corrupt?: number | undefined;
  /** Share of frames, 0..1, that arrive twice; none of a handshake. @default 0 */
  readonly duplicate?: number | undefined;
  /** Share of frames, 0..1, that arrive after the one that follows them; none of a handshake. @default 0 */
  readonly reorder?: number | undefined;
}

/** What a line in memory does to frames. */
export interface LinkFaults {
  /** How long each frame, and the close, is under way in each direction, in ms. @default 0 */
  readonly latencyMs?: number | undefined;
  /** How much each direction carries. @default Infinity */
  readonly bytesPerSecond?: number | undefined;
  /** Faults by chance. @default none */
  readonly random?: RandomFaults | undefined;
  /** Measures latency, throughput and stalls. @default the host's clock */
  readonly clock?: Clock | undefined;
}

/** What happens to single frames. */
export const FRAME_FAULTS = ["cut", "stall", "corrupt", "duplicate", "reorder"] as const;
export type FrameFault = (typeof FRAME_FAULTS)[number];

const isDuration: OptionRule = (value) =>
  typeof value === "number" && value >= 0 && value < 2 ** 31 ? undefined : "a number 0..2147483647 (ms)";
const isShare: OptionRule = (value) =>
  typeof value === "number" && value >= 0 && value <= 1 ? undefined : "a share 0..1 of frames";

const RULES: Readonly<Record<keyof LinkFaults, OptionRule>> = {
  latencyMs: isDuration,
  bytesPerSecond: (value) => (typeof value === "number" && value > 0 ? undefined : "a number above 0"),
  random: (value) => (isObject(value) ? undefined : "an object of faults"),
  clock: (value) => (isObject(value) ? undefined : "a clock"),
};

const RANDOM_RULES: Readonly<Record<keyof RandomFaults, OptionRule>> = {
  seed: (value) => (Number.isSafeInteger(value) ? undefined : "an integer"),
  cut: isShare,
  stall: isShare,
  stallMs: isDuration,
  corrupt: isShare,
  duplicate: isShare,
  reorder: isShare,
};

/**
 * Refuses faults of a wrong name, type or range.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkLinkFaults(faults: LinkFaults): void {
  checkByRules(faults, RULES);
  const { random } = faults;
  if (random === undefined) return;
  checkByRules(random, RANDOM_RULES);
  if (random.seed === undefined) throw new ConfigError("HW_OPTION_INVALID", `"seed" must be given with "random"`);
  const sum = FRAME_FAULTS.reduce((shares, fault) => shares + (random[fault] ?? 0), 0);
  if (sum > 1) {
    throw new ConfigError("HW_OPTION_INVALID", `the shares of "random" must be at most 1 together, got ${sum}`);
  }
}
