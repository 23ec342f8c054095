import { ProtocolError } from "../errors/hearthwire-error.js";
import { ByteReader } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import {
  AuthMethod,
  BindingType,
  FrameType,
  HEADER_BYTES,
  MAX_AUDIENCE_BYTES,
  MAX_FRAME_BYTES,
  MAX_HELLO_BYTES,
  MAX_TICKET_BYTES,
} from "./constants.js";
import { allocateFrame, bodyOf, readHeader, writeHeader } from "./frame.js";
import { encodeUtf8 } from "./utf8.js";

/** Fixed sizes of the handshake's fields. */
export const NONCE_BYTES = 32;
export const SESSION_ID_BYTES = 16;
export const PROOF_BYTES = 32;
/** Serializers that a HELLO may offer, at most. */
export const MAX_SERIALIZERS = 8;

/** Key ids: letters, digits, `.`, `_`, `-`, 1..64 of them. */
export const KEY_ID = /^[A-Za-z0-9._-]{1,64}$/;

/** The first frame of a channel: who the client is and what it can do (protocol.md section 4). */
export interface Hello {
  readonly authMethod: AuthMethod;
  readonly bindingType: BindingType;
  /** 32 fresh random bytes. */
  readonly nonce: Uint8Array;
  /** 1..8 serializer ids in order of preference; ids that the server doesn't know are passed over. */
  readonly serializers: readonly number[];
  /** Whole frames that the client accepts, 16 KiB..16 MiB. */
  readonly maxFrameBytes: number;
  /** Method 2: the key that the ticket was minted with. */
  readonly keyId: string;
  /** Ticket payload, 1..2048 bytes; empty unless the method is 2. */
  readonly ticket: Uint8Array;
  /** Origin of the dialled URL, up to 512 bytes; empty on ports. */
  readonly audience: string;
  /** 16 bytes; zero when no session is to be resumed. */
  readonly sessionId: Uint8Array;
  /** 32 bytes; zero when no session is to be resumed. */
  readonly proof: Uint8Array;
}

/**
 * A whole HELLO frame without its tag.
 *
 * | size | field |
 * |---|---|
 * | 1 | authentication method: 1 key, 2 ticket, 3 TLS |
 * | 1 | binding type: 0 none, 1 tls-exporter |
 * | 32 | client nonce |
 * | 1 + n | count and serializer ids |
 * | 4 | maxFrameBytes |
 * | 1 + n | length and key id |
 * | 2 + n | length and ticket payload |
 * | 2 + n | length and audience |
 * | 16 | session id |
 * | 32 | proof |
 *
 * The fields are the caller's responsibility; `decodeHello` is where they are checked.
 */
export function encodeHello(hello: Hello): Uint8Array {
  const keyId = encodeUtf8(hello.keyId);
  const audience = encodeUtf8(hello.audience);
  const fixed = 1 + 1 + NONCE_BYTES + 1 + 4 + 1 + 2 + 2 + SESSION_ID_BYTES + PROOF_BYTES;
  const frame = allocateFrame(fixed + hello.serializers.length + keyId.length + hello.ticket.length + audience.length);
  writeHeader(frame, { type: FrameType.HELLO, ack: 0, seq: 0 });
  new ByteWriter(frame, HEADER_BYTES)
    .u8(hello.authMethod)
    .u8(hello.bindingType)
    .bytes(hello.nonce)
    .u8(hello.serializers.length)
    .bytes(Uint8Array.from(hello.serializers))
    .u32(hello.maxFrameBytes)
    .u8(keyId.length)
    .bytes(keyId)
    .u16(hello.ticket.length)
    .bytes(hello.ticket)
    .u16(audience.length)
    .bytes(audience)
    .bytes(hello.sessionId)
    .bytes(hello.proof);
  return frame;
}

/**
 * Reads a HELLO frame, strictly and before its tag can be verified, because the key has to be found first. Nothing may
 * be done with the fields but that. Byte fields are views of the frame.
 * @throws ProtocolError when a field is out of its bounds, bytes are left over, or the frame is above 4096 bytes.
 */
export function decodeHello(frame: Uint8Array): Hello {
  if (frame.length > MAX_HELLO_BYTES) {
    throw new ProtocolError(`HELLO: at most ${MAX_HELLO_BYTES} bytes, got ${frame.length}`);
  }
  if (readHeader(frame).type !== FrameType.HELLO) throw new ProtocolError("HELLO must be the first frame");
  const reader = new ByteReader(bodyOf(frame), "HELLO");
  const hello: Hello = {
    authMethod: authMethod(reader.u8("method")),
    bindingType: bindingType(reader.u8("binding type")),
    nonce: reader.bytes(NONCE_BYTES, "nonce"),
    serializers: [
      ...reader.bytes(within(reader.u8("serializer count"), "serializer count", 1, MAX_SERIALIZERS), "serializers"),
    ],
    maxFrameBytes: within(reader.u32("maxFrameBytes"), "maxFrameBytes", MAX_FRAME_BYTES.least, MAX_FRAME_BYTES.most),
    keyId: keyId(reader.text(reader.u8("key id length"), "key id")),
    ticket: reader.bytes(within(reader.u16("ticket length"), "ticket length", 0, MAX_TICKET_BYTES), "ticket"),
    audience: reader.text(within(reader.u16("audience length"), "audience length", 0, MAX_AUDIENCE_BYTES), "audience"),
    sessionId: reader.bytes(SESSION_ID_BYTES, "session id"),
    proof: reader.bytes(PROOF_BYTES, "proof"),
  };
  reader.end();
  if ((hello.authMethod === AuthMethod.TICKET) !== hello.ticket.length > 0) {
    throw new ProtocolError("HELLO: a ticket stands with method 2 and with no other");
  }
  if (isZero(hello.sessionId) !== isZero(hello.proof)) {
    throw new ProtocolError("HELLO: session id and proof are both zero or both given");
  }
  return hello;
}

/** Whether all bytes are 0; not for secrets, its time depends on the content. */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}

function authMethod(value: number): AuthMethod {
  if (value !== AuthMethod.KEY && value !== AuthMethod.TICKET && value !== AuthMethod.TLS) {
    throw new ProtocolError(`HELLO: method must be 1, 2 or 3, got ${value}`);
  }
  return value;
}

function bindingType(value: number): BindingType {
  if (value !== BindingType.NONE && value !== BindingType.TLS_EXPORTER) {
    throw new ProtocolError(`HELLO: binding type must be 0 or 1, got ${value}`);
  }
  return value;
}

function keyId(value: string): string {
  if (!KEY_ID.test(value)) throw new ProtocolError("HELLO: a key id is 1..64 of A-Z, a-z, 0-9, '.', '_' and '-'");
  return value;
}

function within(value: number, field: string, least: number, most: number): number {
  if (value < least || value > most) throw new ProtocolError(`HELLO: ${field} must be ${least}..${most}, got ${value}`);
  return value;
}
