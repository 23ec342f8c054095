/** How far the clocks of two machines may differ, in ms. */
export const CLOCK_SKEW_MS = 60_000;

/** When a credential is accepted; what is left out doesn't bound it. */
export interface Validity {
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
}

/** Whether now is within it, give or take a minute, or another skew in ms. */
export function isWithinValidity(validity: Validity, nowMs: number, skewMs = CLOCK_SKEW_MS): boolean {
  const { notBefore, notAfter } = validity;
  if (notBefore !== undefined && notBefore.getTime() > nowMs + skewMs) return false;
  return notAfter === undefined || notAfter.getTime() >= nowMs - skewMs;
}
