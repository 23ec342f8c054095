import type { Key } from "./key.js";

/** Who a peer is, as its credential proved. */
export interface Principal {
  readonly kind: "key" | "ticket" | "certificate";
  /** Unique: `key:<subject of the key>`, `ticket:<subject of the root>/<subject of the ticket>`, `certificate:<name>`. */
  readonly id: string;
  /** The key's subject, the ticket's, or the name that the certificate maps to. */
  readonly subject: string;
}

/** The principal of whoever holds a key. */
export function principalOfKey(key: Key): Principal {
  return Object.freeze({ kind: "key", id: `key:${key.subject}`, subject: key.subject });
}

/** The principal of whoever holds a ticket. A root's subject has no `/`, so that no two ids read alike. */
export function principalOfTicket(root: Key, subject: string): Principal {
  return Object.freeze({ kind: "ticket", id: `ticket:${root.subject}/${subject}`, subject });
}
