/** What a proxy does to connections at random. */
export const CHAOS_FAULTS = ["reset", "end", "desert", "halfClose", "corrupt", "stall", "split"] as const;

/**
 * - `reset`: both ends get RST; what is under way is lost.
 * - `end`: both ends get FIN in the middle of whatever they send; what is under way is lost.
 * - `desert`: the client gets RST and the daemon hears nothing more, as when a phone changes networks.
 * - `halfClose`: one direction ends by FIN, the other goes on.
 * - `corrupt`: one bit of what comes next is flipped.
 * - `stall`: one direction accepts bytes and hands nothing on for a while.
 * - `split`: what comes next goes byte by byte for a while.
 */
export type ChaosFault = (typeof CHAOS_FAULTS)[number];

/** Which way bytes go: `up` is from the client to the daemon. */
export type ChaosDirection = "up" | "down";

export type ChaosRates = Readonly<Partial<Record<ChaosFault, number>>>;

/** What holds for all bytes; may be changed at any time. */
export interface ChaosConditions {
  /** How long each byte is under way, in ms. @default 0 */
  latencyMs: number;
  /** How much longer at most, at random, in ms; the order stays. @default 0 */
  jitterMs: number;
  /** Of each direction of each connection. @default Infinity */
  bytesPerSecond: number;
  /** Largest piece that is written at once. @default Infinity */
  chunkBytes: number;
}

export interface ChaosOptions {
  /** Port on 127.0.0.1 that connections are passed on to. */
  readonly target: number;
  /** All that is random follows from it. @default 0 */
  readonly seed?: number | undefined;
  readonly conditions?: Partial<ChaosConditions> | undefined;
  /** How often each fault happens in a MiB, in each direction by itself. */
  readonly perMib?: ChaosRates | undefined;
  /** How often each fault happens in a second, to each connection. */
  readonly perSecond?: ChaosRates | undefined;
  /** Of how many bytes of each direction none suffers, as of a handshake; not of what happens by time. @default 0 */
  readonly sparedBytes?: number | undefined;
  /** How long a stall lasts at most, in ms. @default 200 */
  readonly stallMs?: number | undefined;
}
