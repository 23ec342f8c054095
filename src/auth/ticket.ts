import { ConfigError } from "../errors/hearthwire-error.js";
import { audienceOf, parseDaemonUrl } from "../wire/address.js";
import { MAX_AUDIENCE_BYTES, MAX_TICKET_BYTES } from "../wire/constants.js";
import { encodeBase64Url } from "./base64url.js";
import { Key } from "./key.js";
import type { KeyRing } from "./key-ring.js";
import { randomBytes } from "./random-bytes.js";
import { formatScope, type ScopeOptions } from "./scope.js";
import { checkSubject } from "./subject.js";
import type { Ticket } from "./read-ticket.js";
import { encodeTicketPayload, TICKET_ID_BYTES } from "./ticket-payload.js";

export { type OpenedTicket, openTicket } from "./open-ticket.js";
export { readTicketPayload, type SealedTicket, type Ticket, ticketSecret } from "./read-ticket.js";

/** Lifetimes of tickets in ms. */
export const TICKET_LIFETIME_MS = { most: 3_600_000, default: 600_000 } as const;

/** Whom a ticket is for, and what it is good for. */
export interface TicketOptions {
  /** Who the holder is: an opaque id, because on plain `ws` it can be read. 1..255 bytes of UTF-8. */
  subject: string;
  /**
   * URL of the one daemon that may accept it, its path ignored; an array must hold exactly one. For several daemons mint
   * one ticket each.
   * @default any daemon that has the key
   */
  audience?: string | readonly string[] | undefined;
  /** 1 ms..1 h. @default 600_000 */
  lifetimeMs?: number | undefined;
  /** What it allows, within what its key allows. @default all */
  scope?: ScopeOptions | undefined;
}

const TICKET_OPTIONS: readonly string[] = [
  "subject",
  "audience",
  "lifetimeMs",
  "scope",
] satisfies (keyof TicketOptions)[];

/**
 * Mints a ticket; needs the key and nothing else, so any server that has it can.
 * @param keys a key of the use `mint`, or a ring, whose first valid one is taken.
 * @throws ConfigError `HW_KEY_INVALID` without such a key, `HW_OPTION_INVALID` or `HW_ADDRESS_INVALID` on a wrong option.
 * @example
 * const root = Key.generate({ use: "mint" });
 * const ticket = mintTicket(root, { subject: "user-17", scope: { objects: ["cart"] } });
 */
export function mintTicket(keys: Key | KeyRing, options: TicketOptions): Ticket {
  return mintTicketAt(Date.now(), { ...options, keys });
}

/** As {@link mintTicket}, for callers with a clock of their own. */
export function mintTicketAt(nowMs: number, options: TicketOptions & { readonly keys: Key | KeyRing }): Ticket {
  const { keys, ...named } = options;
  // A misspelt scope would be one that allows all.
  const unknown = Object.keys(named).find((name) => !TICKET_OPTIONS.includes(name));
  if (unknown !== undefined) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"${unknown}" is no option of a ticket; there are ${TICKET_OPTIONS.join(", ")}`,
    );
  }
  const key = mintingKey(keys, nowMs);
  const expiresAtMs = nowMs + checkLifetime(options.lifetimeMs ?? TICKET_LIFETIME_MS.default);
  const payload = encodeTicketPayload({
    keyId: key.id,
    issuedAtMs: nowMs,
    expiresAtMs,
    id: randomBytes(TICKET_ID_BYTES),
    subject: checkSubject(options.subject),
    audience: ticketAudience(options.audience),
    scope: formatScope(options.scope),
  });
  if (payload.length > MAX_TICKET_BYTES) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"scope" makes the ticket ${payload.length} bytes, the limit is ${MAX_TICKET_BYTES}: name whole objects, or limit the key by "objects"`,
    );
  }
  return { payload: encodeBase64Url(payload), key: encodeBase64Url(key.derive("ticket", payload)), expiresAtMs };
}

function mintingKey(keys: Key | KeyRing, nowMs: number): Key {
  if (keys instanceof Key) {
    if (keys.use === "mint") return keys;
    throw new ConfigError(
      "HW_KEY_INVALID",
      `"key" must be one of the use "mint", got "${keys.id}", whose use is "connect"`,
    );
  }
  const key = keys.choose("mint", nowMs);
  if (key !== undefined) return key;
  throw new ConfigError(
    "HW_KEY_INVALID",
    '"keys" has no valid key that mints tickets; add Key.generate({ use: "mint" }) to the ring of the daemon and of its minters',
  );
}

function checkLifetime(lifetimeMs: number): number {
  if (!Number.isInteger(lifetimeMs) || lifetimeMs < 1 || lifetimeMs > TICKET_LIFETIME_MS.most) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"lifetimeMs" must be an integer 1..${TICKET_LIFETIME_MS.most}, got ${String(lifetimeMs)}`,
    );
  }
  return lifetimeMs;
}

function ticketAudience(audience: string | readonly string[] | undefined): string {
  if (audience === undefined) return "";
  const urls = typeof audience === "string" ? [audience] : audience;
  if (urls.length !== 1) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"audience" must name one daemon, got ${urls.length}: mint one ticket for each, or leave it out`,
    );
  }
  const origin = audienceOf(parseDaemonUrl(urls[0]!));
  if (origin.length > MAX_AUDIENCE_BYTES) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"audience" has at most ${MAX_AUDIENCE_BYTES} bytes, got ${origin.length}`,
    );
  }
  return origin;
}
