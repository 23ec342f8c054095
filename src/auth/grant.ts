import type { Key } from "./key.js";
import type { Scope } from "./scope.js";
import type { TicketPayload } from "./ticket-payload.js";

/** What a credential allows, and until when. */
export interface Grant {
  /** Of the key that proved the peer, or of the ticket's root; of a certificate, one that no key can have. */
  readonly keyId: string;
  /** Of that key; derived when it is read. Undefined where no key but a certificate proved the peer. */
  readonly keyFingerprint: string | undefined;
  /** The earlier one of the key's `notAfter` and the ticket's end, in ms since the epoch; undefined: no end. */
  readonly expiresAtMs: number | undefined;
  /** The ticket, when the credential is one: what it can be denied by. */
  readonly ticket?: DeniableTicket | undefined;
  /** Whether the key's objects **and** the ticket's scope have it. */
  allows(object: string, member: string): boolean;
  /** Whether both have any member of an object, or would if it were there. */
  allowsSome(object: string): boolean;
}

/** What a ticket is denied by. */
export type DeniableTicket = Pick<TicketPayload, "id" | "subject" | "issuedAtMs">;

/** A ticket as it bounds what its root allows. */
export interface TicketBounds {
  readonly scope: Scope;
  readonly payload: TicketPayload;
}

/** What a key allows, and within that the ticket minted with it. */
export function grantOf(key: Key, ticket: TicketBounds | undefined): Grant {
  return new KeyGrant(key, ticket);
}

class KeyGrant implements Grant {
  readonly keyId: string;
  readonly expiresAtMs: number | undefined;
  readonly ticket: DeniableTicket | undefined;
  readonly #key: Key;
  readonly #objects: ReadonlySet<string> | undefined;
  readonly #scope: Scope | undefined;

  constructor(key: Key, ticket: TicketBounds | undefined) {
    const ends = [key.notAfter?.getTime(), ticket?.payload.expiresAtMs].filter((end) => end !== undefined);
    this.keyId = key.id;
    this.expiresAtMs = ends.length === 0 ? undefined : Math.min(...ends);
    this.ticket = ticket === undefined ? undefined : deniable(ticket.payload);
    this.#key = key;
    this.#objects = key.objects === undefined ? undefined : new Set(key.objects);
    this.#scope = ticket?.scope;
  }

  get keyFingerprint(): string {
    return this.#key.fingerprint;
  }

  allows(object: string, member: string): boolean {
    return (this.#objects?.has(object) ?? true) && (this.#scope?.allows(object, member) ?? true);
  }

  allowsSome(object: string): boolean {
    return (this.#objects?.has(object) ?? true) && (this.#scope?.allowsSome(object) ?? true);
  }
}

/** The id is copied: the payload's are bytes of a frame, which a session shall not keep. */
function deniable({ id, subject, issuedAtMs }: TicketPayload): DeniableTicket {
  return { id: id.slice(), subject, issuedAtMs };
}
