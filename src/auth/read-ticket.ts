import { ConfigError, ProtocolError } from "../errors/hearthwire-error.js";
import { decodeBase64Url } from "./base64url.js";
import type { Key } from "./key.js";
import { KEY_BYTES } from "./key-bytes.js";
import { isKey } from "./known-keys.js";
import { decodeTicketPayload, type TicketPayload } from "./ticket-payload.js";

/** A browser's short-lived credential, made by the app's server; plain JSON. Whoever has it is its subject. */
export interface Ticket {
  /** What it says, in base64url; goes over the wire. */
  readonly payload: string;
  /** Its 32 secret bytes in base64url; never goes over the wire. */
  readonly key: string;
  readonly expiresAtMs: number;
}

/** A ticket whose secret the host keeps to itself (`sealTicket`): it can be connected with, and not be read. */
export interface SealedTicket extends Omit<Ticket, "key"> {
  readonly key: Key;
}

/** What a ticket says, and the bytes that say it. */
export interface ReadTicket {
  readonly payload: TicketPayload;
  readonly payloadBytes: Uint8Array;
}

/**
 * What a ticket says.
 * @throws ConfigError `HW_OPTION_INVALID` when it isn't what `mintTicket` made.
 */
export function readTicketPayload(ticket: Pick<Ticket, "payload">): ReadTicket {
  const payloadBytes = decodeField(ticket, "payload");
  try {
    return { payload: decodeTicketPayload(payloadBytes), payloadBytes };
  } catch (error) {
    if (error instanceof ProtocolError) throw notATicket("payload");
    throw error;
  }
}

/**
 * The 32 secret bytes of a ticket.
 * @throws ConfigError `HW_OPTION_INVALID` when it isn't what `mintTicket` made.
 */
export function ticketSecret(ticket: unknown): Uint8Array {
  const key = decodeField(ticket, "key");
  if (key.length !== KEY_BYTES) throw notATicket("key");
  return key;
}

function decodeField(ticket: unknown, field: "payload" | "key"): Uint8Array {
  const text = (ticket as Partial<Ticket> | null | undefined)?.[field];
  const bytes = typeof text === "string" ? decodeBase64Url(text) : undefined;
  if (bytes === undefined) throw notATicket(field);
  return bytes;
}

function notATicket(field: string): ConfigError {
  return new ConfigError(
    "HW_OPTION_INVALID",
    `"ticket" must be the JSON that mintTicket() makes, { payload, key, expiresAtMs }; its ${field} is something else`,
  );
}

/**
 * Refuses what is no ticket.
 * @throws ConfigError `HW_OPTION_INVALID` when it isn't what `mintTicket` or `sealTicket` made.
 */
export function checkTicket(ticket: Ticket | SealedTicket): void {
  readTicketPayload(ticket);
  if (!isKey(ticket.key)) ticketSecret(ticket);
}
