/** How a line connects again. */
export interface ReconnectOptions {
  /** Longest pause after the first try that failed, in ms; doubled after each further one. @default 250 */
  minDelayMs?: number | undefined;
  /** Longest pause between two tries, in ms. @default 30_000 */
  maxDelayMs?: number | undefined;
  /** How long after the connection was lost it is closed for good, in ms. @default Infinity */
  giveUpAfterMs?: number | undefined;
}

/** The same, all of it said. */
export type ReconnectTimes = { readonly [K in keyof ReconnectOptions]-?: number };

/** What stands where `reconnect` says nothing. */
export const DEFAULT_RECONNECT: ReconnectTimes = Object.freeze({
  minDelayMs: 250,
  maxDelayMs: 30_000,
  giveUpAfterMs: Infinity,
});

/** Options with what they leave out. */
export function reconnectTimes({ minDelayMs, maxDelayMs, giveUpAfterMs }: ReconnectOptions = {}): ReconnectTimes {
  return {
    minDelayMs: minDelayMs ?? DEFAULT_RECONNECT.minDelayMs,
    maxDelayMs: maxDelayMs ?? DEFAULT_RECONNECT.maxDelayMs,
    giveUpAfterMs: giveUpAfterMs ?? DEFAULT_RECONNECT.giveUpAfterMs,
  };
}
