/** How far the clocks of two machines may differ, in ms. */
export const CLOCK_SKEW_MS = 60_000;

/** When a credential is accepted; what is left out doesn't bound it. */
export interface Validity {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

/** Whether now is within it, give or take a minute. */
export function isWithinValidity(validity: Validity, nowMs: number): boolean {
  const { notBefore, notAfter } = validity;
  if (notBefore !== undefined && notBefore.getTime() > nowMs + CLOCK_SKEW_MS) return false;
  return notAfter === undefined || notAfter.getTime() >= nowMs - CLOCK_SKEW_MS;
}
