import { ProtocolError } from "../errors/hearthwire-error.js";
import { parseAddress } from "./address.js";
import { ByteReader } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import { TAG_BYTES } from "./constants.js";
import { KEY_ID } from "./hello.js";
import { encodeUtf8 } from "./utf8.js";

/** The question of a client that looks for name servers on its network, before its tag is made or after it was checked. */
export interface DiscoveryQuestion {
  /** The key that signs the question and is to sign the answers. */
  readonly keyId: string;
  readonly askedAtMs: number;
  /** 16 random bytes, which the answers repeat. */
  readonly nonce: Uint8Array;
}

/** The answer of one name server: where it may be dialled, and nothing more. */
export interface DiscoveryAnswer {
  readonly keyId: string;
  readonly answeredAtMs: number;
  /** Of the question. */
  readonly nonce: Uint8Array;
  /** What people call the server: 1..63 of `[A-Za-z0-9._-]`. */
  readonly name: string;
  /** Of the object that is the name server, such as `wss://192.168.1.5:7765/names`. */
  readonly address: string;
}

/** Size of each question, padded to it: no answer is longer, so that nobody gets more bytes sent than they send. */
export const DISCOVERY_QUESTION_BYTES = 448;
/** Size of the random bytes of a question. */
export const DISCOVERY_NONCE_BYTES = 16;
/** Longest address in an answer, in bytes. */
export const MAX_DISCOVERY_ADDRESS_BYTES = 256;
/** What a server may be called. */
export const DISCOVERY_NAME = /^[A-Za-z0-9._-]{1,63}$/;

const VERSION = 1;

/**
 * The bytes of a question, with room for its tag (protocol.md section 10).
 *
 * | size | field |
 * |---|---|
 * | 1 | version, 1 |
 * | 1 + n | length and key id |
 * | 8 | asked, ms since the epoch |
 * | 16 | nonce |
 * | rest | zeros |
 * | 32 | tag |
 */
export function encodeDiscoveryQuestion(question: DiscoveryQuestion): Uint8Array {
  const keyId = encodeUtf8(question.keyId);
  const bytes = new Uint8Array(DISCOVERY_QUESTION_BYTES);
  new ByteWriter(bytes)
    .u8(VERSION)
    .u8(keyId.length)
    .bytes(keyId)
    .u64(question.askedAtMs)
    .bytes(question.nonce.subarray(0, DISCOVERY_NONCE_BYTES));
  return bytes;
}

/** Reads a question, whose tag says whether to believe it. @throws ProtocolError */
export function decodeDiscoveryQuestion(bytes: Uint8Array): DiscoveryQuestion {
  if (bytes.length !== DISCOVERY_QUESTION_BYTES) {
    throw new ProtocolError(`discovery question: ${DISCOVERY_QUESTION_BYTES} bytes, got ${bytes.length}`);
  }
  const reader = new ByteReader(bytes, "discovery question");
  const keyId = readHead(reader, "discovery question");
  return { keyId, askedAtMs: reader.u64("asked"), nonce: reader.bytes(DISCOVERY_NONCE_BYTES, "nonce") };
}

/**
 * The bytes of an answer, with room for its tag.
 *
 * | size | field |
 * |---|---|
 * | 1 | version, 1 |
 * | 1 + n | length and key id |
 * | 8 | answered, ms since the epoch |
 * | 16 | nonce of the question |
 * | 1 + n | length and name |
 * | 2 + n | length and address |
 * | 32 | tag |
 */
export function encodeDiscoveryAnswer(answer: DiscoveryAnswer): Uint8Array {
  const [keyId, name, address] = [answer.keyId, answer.name, answer.address].map(encodeUtf8) as [
    Uint8Array,
    Uint8Array,
    Uint8Array,
  ];
  const fixed = 1 + 1 + 8 + DISCOVERY_NONCE_BYTES + 1 + 2 + TAG_BYTES;
  const bytes = new Uint8Array(fixed + keyId.length + name.length + address.length);
  new ByteWriter(bytes)
    .u8(VERSION)
    .u8(keyId.length)
    .bytes(keyId)
    .u64(answer.answeredAtMs)
    .bytes(answer.nonce)
    .u8(name.length)
    .bytes(name)
    .u16(address.length)
    .bytes(address);
  return bytes;
}

/**
 * Reads an answer, once its tag was checked.
 * @throws ProtocolError when a field is out of its bounds, or bytes are left over before the tag
 */
export function decodeDiscoveryAnswer(bytes: Uint8Array): DiscoveryAnswer {
  if (bytes.length > DISCOVERY_QUESTION_BYTES) {
    throw new ProtocolError(`discovery answer: at most ${DISCOVERY_QUESTION_BYTES} bytes, got ${bytes.length}`);
  }
  const reader = new ByteReader(bytes, "discovery answer");
  const answer: DiscoveryAnswer = {
    keyId: readHead(reader, "discovery answer"),
    answeredAtMs: reader.u64("answered"),
    nonce: reader.bytes(DISCOVERY_NONCE_BYTES, "nonce"),
    name: reader.text(reader.u8("name length"), "name"),
    address: reader.text(reader.u16("address length"), "address"),
  };
  reader.bytes(TAG_BYTES, "tag");
  reader.end();
  if (!DISCOVERY_NAME.test(answer.name)) {
    throw new ProtocolError("discovery answer: a name is 1..63 of A-Z, a-z, 0-9, '.', '_' and '-'");
  }
  requireObjectAddress(answer.address);
  return answer;
}

function readHead(reader: ByteReader, what: string): string {
  const version = reader.u8("version");
  if (version !== VERSION) throw new ProtocolError(`${what}: version must be ${VERSION}, got ${version}`);
  const keyId = reader.text(reader.u8("key id length"), "key id");
  if (!KEY_ID.test(keyId)) {
    throw new ProtocolError(`${what}: a key id is 1..64 of A-Z, a-z, 0-9, '.', '_' and '-'`);
  }
  return keyId;
}

function requireObjectAddress(address: string): void {
  let objectId: string | undefined;
  try {
    objectId = /^wss?:/.test(address) ? parseAddress(address).objectId : undefined;
  } catch {
    // Its message repeats what a peer sent.
  }
  if (objectId === undefined)
    throw new ProtocolError("discovery answer: the address must be that of an object, by ws: or wss:");
}
