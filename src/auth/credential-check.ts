import { ProtocolError } from "../errors/hearthwire-error.js";
import { AuthMethod, BindingType } from "../wire/constants.js";
import type { Hello } from "../wire/hello.js";
import {
  CERTIFICATE_KEY_ID,
  type CertificateCredential,
  grantOfCertificate,
  principalOfCertificate,
} from "./certificate-credential.js";
import { type Grant, grantOf, type TicketBounds } from "./grant.js";
import { HandshakeRefusal } from "./handshake-refusal.js";
import type { Key } from "./key.js";
import { type Principal, principalOfKey, principalOfTicket } from "./principal.js";
import { Scope } from "./scope.js";
import { TICKET_LIFETIME_MS } from "./ticket.js";
import type { TicketDenyList } from "./ticket-deny-list.js";
import { decodeTicketPayload } from "./ticket-payload.js";
import { CLOCK_SKEW_MS, isWithinValidity } from "./validity.js";

/** What the daemon holds against a HELLO. */
export interface CredentialRules {
  readonly audiences: readonly string[];
  readonly channelBinding?: Uint8Array | undefined;
  /** Others can read along: neither TLS nor this machine alone. @default false */
  readonly isExposed?: boolean | undefined;
  readonly deniedTickets?: TicketDenyList | undefined;
  readonly nowMs: () => number;
}

type TicketRules = Pick<CredentialRules, "deniedTickets"> & { readonly nowMs: number };

/**
 * Decides whether the credential of a HELLO, whose tag was verified, is accepted here and now: audience, method, channel
 * binding, line, validity of the key, ticket (protocol.md sections 3 and 4).
 * @throws HandshakeRefusal otherwise.
 */
export function checkCredential(
  hello: Hello,
  key: Key,
  rules: CredentialRules,
): { readonly principal: Principal; readonly grant: Grant } {
  const nowMs = rules.nowMs();
  checkAudience(hello, rules);
  checkMethod(hello, key);
  checkBinding(hello, key, rules);
  checkLine(key, rules);
  if (!isWithinValidity(key, nowMs)) {
    throw new HandshakeRefusal(
      "key-validity",
      `the key "${key.id}" isn't valid now; see its "notBefore" and "notAfter", and the clocks of both machines`,
    );
  }
  if (hello.authMethod !== AuthMethod.TICKET) return { principal: principalOfKey(key), grant: grantOf(key, undefined) };
  const bounds = checkTicket(hello, { nowMs, deniedTickets: rules.deniedTickets });
  return { principal: principalOfTicket(key, bounds.payload.subject), grant: grantOf(key, bounds) };
}

/**
 * Decides the same of a HELLO of method 3, whose tag was verified: audience, binding, whether certificates are a credential
 * here at all, and this one's end (protocol.md section 4).
 * @throws HandshakeRefusal otherwise.
 */
export function checkCertificate(
  hello: Hello,
  certificate: CertificateCredential,
  rules: CredentialRules,
): { readonly principal: Principal; readonly grant: Grant } {
  checkAudience(hello, rules);
  if (hello.keyId !== CERTIFICATE_KEY_ID) {
    throw new HandshakeRefusal(
      "method",
      `the peer names the key "${hello.keyId}" and proves itself by its certificate`,
    );
  }
  checkBinding(hello, undefined, rules);
  if (!isWithinValidity({ notAfter: new Date(certificate.expiresAtMs) }, rules.nowMs())) {
    throw new HandshakeRefusal(
      "key-validity",
      `the certificate of "${certificate.subject}" has expired; compare the clocks of both machines`,
    );
  }
  return { principal: principalOfCertificate(certificate.subject), grant: grantOfCertificate(certificate) };
}

function checkAudience(hello: Hello, { audiences }: CredentialRules): void {
  if (audiences.includes(hello.audience)) return;
  throw new HandshakeRefusal(
    "audience",
    `the peer dialled ${JSON.stringify(hello.audience)}, this daemon is reached as ${audiences.join(", ")}; name the URL that peers dial in "publicUrl"`,
  );
}

function checkMethod(hello: Hello, key: Key): void {
  const use = hello.authMethod === AuthMethod.KEY ? "connect" : "mint";
  if (key.use !== use) {
    throw new HandshakeRefusal("method", `the key "${key.id}" has the "use" ${key.use}, the peer used it to ${use}`);
  }
}

function checkBinding(hello: Hello, key: Key | undefined, { channelBinding }: CredentialRules): void {
  if (hello.bindingType === BindingType.TLS_EXPORTER && channelBinding === undefined) {
    throw new HandshakeRefusal(
      "binding",
      'the peer binds its handshake to TLS and this daemon sees none: a proxy ends TLS in between; end it here by "tls", or connect without channel binding',
    );
  }
  if (hello.bindingType === BindingType.NONE && key?.requireChannelBinding === true) {
    throw new HandshakeRefusal(
      "binding",
      `the key "${key.id}" has "requireChannelBinding" and the peer binds its handshake to no TLS connection`,
    );
  }
}

function checkLine(key: Key, { isExposed = false }: CredentialRules): void {
  if (!isExposed || !key.requireTls) return;
  throw new HandshakeRefusal(
    "plaintext",
    `the key "${key.id}" has "requireTls", as every key of a passphrase, and this line can be read by others; serve with "tls"`,
  );
}

function checkTicket(hello: Hello, { nowMs, deniedTickets }: TicketRules): TicketBounds {
  const { payload, scope } = readTicket(hello.ticket);
  const lifetimeMs = payload.expiresAtMs - payload.issuedAtMs;
  if (payload.keyId !== hello.keyId) throw refusedTicket("it names another key than HELLO does");
  if (payload.audience !== "" && payload.audience !== hello.audience) {
    throw refusedTicket(
      `it is for ${JSON.stringify(payload.audience)}; mint it with the "audience" that is dialled, or without`,
    );
  }
  if (payload.issuedAtMs > nowMs + CLOCK_SKEW_MS)
    throw refusedTicket("it was issued in the future; compare the clocks of minter and daemon");
  if (payload.expiresAtMs < nowMs - CLOCK_SKEW_MS)
    throw refusedTicket('it has expired; the client fetches a new one when "ticket" is a function');
  if (lifetimeMs > TICKET_LIFETIME_MS.most) {
    throw refusedTicket(
      `it lives ${lifetimeMs} ms, the limit is ${TICKET_LIFETIME_MS.most}; mint it with a shorter "lifetimeMs"`,
    );
  }
  const denial = deniedTickets?.denialOf(payload);
  if (denial !== undefined) throw refusedTicket(denial);
  return { payload, scope };
}

function readTicket(bytes: Uint8Array): TicketBounds {
  try {
    const payload = decodeTicketPayload(bytes);
    return { payload, scope: Scope.parse(payload.scope) };
  } catch (cause) {
    if (!(cause instanceof ProtocolError)) throw cause;
    throw new HandshakeRefusal("ticket", cause.message, { cause });
  }
}

function refusedTicket(why: string): HandshakeRefusal {
  return new HandshakeRefusal("ticket", `ticket: ${why}`);
}
