import { ConfigError } from "../errors/hearthwire-error.js";

/** How long running calls may take when a daemon closes, in ms. */
export const DEFAULT_GRACE_MS = 5_000;

/** How a daemon closes. */
export interface CloseOptions {
  /** How long running calls and streams may go on, in ms, 0..2_147_483_647. @default 5_000 */
  readonly graceMs?: number | undefined;
}

/** @throws ConfigError `HW_OPTION_INVALID` */
export function graceOf({ graceMs = DEFAULT_GRACE_MS }: CloseOptions): number {
  if (graceMs >= 0 && graceMs < 2 ** 31) return graceMs;
  throw new ConfigError("HW_OPTION_INVALID", `"graceMs" must be 0..2147483647, got ${String(graceMs)}`);
}
