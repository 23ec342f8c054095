import { extract } from "@noble/hashes/hkdf.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { ByteWriter } from "../wire/byte-writer.js";
import { encodeUtf8 } from "../wire/utf8.js";
import { KEY_BYTES } from "./key-bytes.js";
import { Mac } from "./mac.js";

export { KEY_BYTES } from "./key-bytes.js";

/** What a key may be derived for: a closed list (protocol.md section 3). */
export type KeyLabel = "hello" | "c2s" | "s2c" | "resume" | "ticket" | "fingerprint" | "discovery";

/** The salt of every derivation. */
export const EXTRACT_SALT = "hearthwire/1 extract";
const INFO_PREFIX = "hearthwire/1 ";
const TRANSCRIPT_PREFIX = "hearthwire/1 transcript";
const NOTHING = new Uint8Array(0);

/** The keys of one handshake, each for one direction or purpose. */
export interface HandshakeKeys {
  /** Signs what the client sends. */
  readonly clientToServer: Mac;
  /** Signs what the server sends. */
  readonly serverToClient: Mac;
  /** Proves in a later HELLO that the session is one's own. */
  readonly resumeKey: Uint8Array;
}

/** What a side of a handshake derives from its credential; a promise where the host alone can read the credential. */
export interface HandshakeSchedule {
  /** Signs and verifies HELLO. */
  readonly helloMac: Mac;
  /** @param transcript of the handshake, as `transcriptHash` gives it. */
  handshakeKeys(transcript: Uint8Array): HandshakeKeys | Promise<HandshakeKeys>;
}

/**
 * What is derived from a long-term key or a ticket key: HKDF-SHA-256 (RFC 5869) with the salt `hearthwire/1 extract` and
 * the info `hearthwire/1 ` label 00 context. The extract step and the key that signs HELLO are made on first use, or by
 * `prepare`, and kept; the key itself is never an HMAC key of a frame.
 */
export class KeySchedule implements HandshakeSchedule {
  readonly #ikm: Uint8Array;
  /** Keyed with what the extract step gives. */
  #expander: Mac | undefined;
  #helloMac: Mac | undefined;

  /** @param ikm 32 bytes, which the schedule owns from now on. */
  constructor(ikm: Uint8Array) {
    this.#ikm = ikm;
  }

  /** 32 bytes for one purpose. */
  derive(label: KeyLabel, context: Uint8Array = NOTHING): Uint8Array {
    this.#expander ??= new Mac(extract(sha256, this.#ikm, encodeUtf8(EXTRACT_SALT)));
    const info = derivationInfo(label, context);
    // The expand step makes no more than one block: the tag of the info and its number, 1.
    const block = new Uint8Array(info.length + 1 + KEY_BYTES);
    block.set(info);
    block[info.length] = 1;
    this.#expander.sign(block);
    return block.slice(-KEY_BYTES);
  }

  get helloMac(): Mac {
    return (this.#helloMac ??= new Mac(this.derive("hello")));
  }

  /** Makes at once what is kept, so that the first HELLO takes no longer than any other. */
  prepare(): this {
    void this.helloMac;
    return this;
  }

  /** Of the same key, with nothing kept yet. */
  fresh(): KeySchedule {
    return new KeySchedule(this.#ikm);
  }

  handshakeKeys(transcript: Uint8Array): HandshakeKeys {
    return {
      clientToServer: new Mac(this.derive("c2s", transcript)),
      serverToClient: new Mac(this.derive("s2c", transcript)),
      resumeKey: this.derive("resume", transcript),
    };
  }
}

/** What sets the keys of one long-term key apart: `hearthwire/1 ` label 00 context. */
export function derivationInfo(label: KeyLabel, context: Uint8Array): Uint8Array {
  const name = encodeUtf8(INFO_PREFIX + label);
  const info = new Uint8Array(name.length + 1 + context.length);
  new ByteWriter(info).bytes(name).u8(0).bytes(context);
  return info;
}

/** One derived key: `HKDF(ikm, "hearthwire/1 extract", "hearthwire/1 " label 00 context, 32 bytes)`. */
export function deriveKey(ikm: Uint8Array, label: KeyLabel, context: Uint8Array = NOTHING): Uint8Array {
  return new KeySchedule(ikm).derive(label, context);
}

/**
 * What both sides agree to have said: SHA-256 of `hearthwire/1 transcript`, HELLO with its tag, WELCOME without, and the
 * channel binding, each with its length before it. A changed byte of any of them gives other keys.
 */
export function transcriptHash(hello: Uint8Array, welcomeWithoutTag: Uint8Array, binding: Uint8Array): Uint8Array {
  const prefix = encodeUtf8(TRANSCRIPT_PREFIX);
  const transcript = new Uint8Array(
    prefix.length + 4 + hello.length + 4 + welcomeWithoutTag.length + 2 + binding.length,
  );
  new ByteWriter(transcript)
    .bytes(prefix)
    .u32(hello.length)
    .bytes(hello)
    .u32(welcomeWithoutTag.length)
    .bytes(welcomeWithoutTag)
    .u16(binding.length)
    .bytes(binding);
  return sha256(transcript);
}
