import type { Delivery } from "./error-code.js";

/**
 * Whether a call that got no answer may be made again as it is: when it never ran, or is idempotent and nobody knows. The
 * one place that decides it for calls that their connection, session, deadline or cancellation ended.
 */
export function isRetryable(delivery: Delivery, isIdempotent: boolean): boolean {
  return delivery === "not-sent" || (delivery === "unknown" && isIdempotent);
}

const ORDER: readonly Delivery[] = ["not-sent", "unknown", "ran"];

/** How far a call got that was tried twice. */
export function furthest(one: Delivery, other: Delivery): Delivery {
  return ORDER.indexOf(one) > ORDER.indexOf(other) ? one : other;
}
