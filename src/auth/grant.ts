import type { Key } from "./key.js";
import type { Scope } from "./scope.js";

/** What a credential allows, and until when. */
export interface Grant {
  /** Of the key that proved the peer, or of the ticket's root. */
  readonly keyId: string;
  /** Of that key; derived when it is read. Undefined where no key but a certificate proved the peer. */
  readonly keyFingerprint: string | undefined;
  /** The earlier one of the key's `notAfter` and the ticket's end, in ms since the epoch; undefined: no end. */
  readonly expiresAtMs: number | undefined;
  /** Whether the key's objects **and** the ticket's scope have it. */
  allows(object: string, member: string): boolean;
}

/** The part of a ticket that bounds what its root allows. */
export interface TicketBounds {
  readonly scope: Scope;
  readonly expiresAtMs: number;
}

/** What a key allows, and within that the ticket minted with it. */
export function grantOf(key: Key, ticket: TicketBounds | undefined): Grant {
  const objects = key.objects === undefined ? undefined : new Set(key.objects);
  const ends = [key.notAfter?.getTime(), ticket?.expiresAtMs].filter((end) => end !== undefined);
  return {
    keyId: key.id,
    get keyFingerprint() {
      return key.fingerprint;
    },
    expiresAtMs: ends.length === 0 ? undefined : Math.min(...ends),
    allows: (object, member) => (objects?.has(object) ?? true) && (ticket?.scope.allows(object, member) ?? true),
  };
}
