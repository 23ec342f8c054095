import { ProtocolError } from "../errors/hearthwire-error.js";
import { ByteReader } from "../wire/byte-reader.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { MAX_AUDIENCE_BYTES, MAX_TICKET_BYTES } from "../wire/constants.js";
import { KEY_ID } from "../wire/hello.js";
import { encodeUtf8 } from "../wire/utf8.js";
import { isSubject } from "./subject.js";

const TICKET_VERSION = 1;
/** Size of the random id by which a ticket can be denied. */
export const TICKET_ID_BYTES = 16;

/** What a ticket says, and what its key is derived from: a changed byte is another key, so it needs no signature. */
export interface TicketPayload {
  /** The key that it was minted with. */
  readonly keyId: string;
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** 16 random bytes, by which it can be denied. */
  readonly id: Uint8Array;
  readonly subject: string;
  /** Origin of the one daemon that may accept it; empty: any that has the key. */
  readonly audience: string;
  /** Lines of `object` or `object/member`, or `*`. */
  readonly scope: string;
}

/**
 * The bytes of a ticket (protocol.md section 3).
 *
 * | size | field |
 * |---|---|
 * | 1 | version, 1 |
 * | 1 + n | length and key id |
 * | 8 | issued, ms since the epoch |
 * | 8 | expires, ms since the epoch |
 * | 16 | id |
 * | 1 + n | length and subject |
 * | 2 + n | length and audience |
 * | 2 + n | length and scope |
 */
export function encodeTicketPayload(payload: TicketPayload): Uint8Array {
  const [keyId, subject, audience, scope] = [payload.keyId, payload.subject, payload.audience, payload.scope].map(
    encodeUtf8,
  ) as [Uint8Array, Uint8Array, Uint8Array, Uint8Array];
  const fixed = 1 + 1 + 8 + 8 + TICKET_ID_BYTES + 1 + 2 + 2;
  const bytes = new Uint8Array(fixed + keyId.length + subject.length + audience.length + scope.length);
  new ByteWriter(bytes)
    .u8(TICKET_VERSION)
    .u8(keyId.length)
    .bytes(keyId)
    .u64(payload.issuedAtMs)
    .u64(payload.expiresAtMs)
    .bytes(payload.id)
    .u8(subject.length)
    .bytes(subject)
    .u16(audience.length)
    .bytes(audience)
    .u16(scope.length)
    .bytes(scope);
  return bytes;
}

/**
 * Reads the bytes of a ticket; whether it is valid now, and its scope, are left to whoever accepts it.
 * @throws ProtocolError when a field is out of its bounds or bytes are left over.
 */
export function decodeTicketPayload(bytes: Uint8Array): TicketPayload {
  if (bytes.length > MAX_TICKET_BYTES) {
    throw new ProtocolError(`ticket: at most ${MAX_TICKET_BYTES} bytes, got ${bytes.length}`);
  }
  const reader = new ByteReader(bytes, "ticket");
  const version = reader.u8("version");
  if (version !== TICKET_VERSION) throw new ProtocolError(`ticket: version must be ${TICKET_VERSION}, got ${version}`);
  const payload: TicketPayload = {
    keyId: reader.text(reader.u8("key id length"), "key id"),
    issuedAtMs: reader.u64("issued"),
    expiresAtMs: reader.u64("expires"),
    id: reader.bytes(TICKET_ID_BYTES, "id"),
    subject: reader.text(reader.u8("subject length"), "subject"),
    audience: reader.text(reader.u16("audience length"), "audience"),
    scope: reader.text(reader.u16("scope length"), "scope"),
  };
  reader.end();
  if (!KEY_ID.test(payload.keyId))
    throw new ProtocolError("ticket: a key id is 1..64 of A-Z, a-z, 0-9, '.', '_' and '-'");
  if (!isSubject(payload.subject))
    throw new ProtocolError("ticket: a subject is not empty and has no control characters");
  if (encodeUtf8(payload.audience).length > MAX_AUDIENCE_BYTES) {
    throw new ProtocolError(`ticket: an audience has at most ${MAX_AUDIENCE_BYTES} bytes`);
  }
  if (payload.expiresAtMs < payload.issuedAtMs) throw new ProtocolError("ticket: it expires before it was issued");
  return payload;
}
