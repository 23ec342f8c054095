import type { Credential } from "../auth/client-handshake.js";
import { readTicketPayload } from "../auth/read-ticket.js";
import { AuthMethod } from "../wire/constants.js";

/** A credential is renewed at 80 % of its life, or this long before its end, whichever is earlier. */
const LEAD_MS = 30_000;
const LEAD_SHARE = 0.2;

/** Least time between two renewals, and between two tries. */
const LEAST_MS = 1_000;

/** From when and until when a credential is good, in ms since the epoch. */
export interface CredentialLife {
  readonly beginsAtMs: number;
  readonly endsAtMs: number;
}

/** The life of a credential that ends; undefined for one that doesn't. */
export function lifeOf(credential: Credential, nowMs: number): CredentialLife | undefined {
  if (credential.method === AuthMethod.TICKET) {
    const { issuedAtMs, expiresAtMs } = readTicketPayload(credential.ticket).payload;
    return { beginsAtMs: issuedAtMs, endsAtMs: expiresAtMs };
  }
  if (credential.method === AuthMethod.TLS) return undefined;
  const { notBefore, notAfter } = credential.key;
  return notAfter && { beginsAtMs: notBefore?.getTime() ?? nowMs, endsAtMs: notAfter.getTime() };
}

/**
 * How long a credential that has just been used is good for until it should be renewed. The clock of whoever issued it
 * may be ahead, when its life counts from now, or behind: then there is a least time, lest one renewal followed the other.
 */
export function renewalDelayMs({ beginsAtMs, endsAtMs }: CredentialLife, nowMs: number): number {
  const lifetimeMs = endsAtMs - beginsAtMs;
  const leadMs = Math.min(lifetimeMs / 2, Math.max(lifetimeMs * LEAD_SHARE, LEAD_MS));
  const remainingMs = Math.min(lifetimeMs, endsAtMs - nowMs);
  return Math.max(remainingMs - leadMs, Math.min(LEAD_MS, lifetimeMs / 4), LEAST_MS);
}

/** How long to wait after so many tries in a row that brought nothing: doubled each time, within what is left. */
export function retryDelayMs(tries: number, remainingMs: number): number {
  return Math.min(LEAST_MS * 2 ** (tries - 1), Math.max(LEAD_MS, remainingMs / 4));
}
