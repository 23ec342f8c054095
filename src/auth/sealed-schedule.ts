import { encodeUtf8 } from "../wire/utf8.js";
import {
  derivationInfo,
  EXTRACT_SALT,
  type HandshakeKeys,
  type HandshakeSchedule,
  KEY_BYTES,
  type KeyLabel,
} from "./key-schedule.js";
import { Mac } from "./mac.js";

/**
 * What the host derives from a key that it keeps to itself: the same bytes as a `KeySchedule` of that key. What is derived
 * for one handshake is in memory, as with any key, and good for that handshake alone.
 */
export class SealedSchedule implements HandshakeSchedule {
  readonly #subtle: SubtleCrypto;
  readonly #key: CryptoKey;
  readonly helloMac: Mac;

  private constructor(subtle: SubtleCrypto, sealed: { readonly key: CryptoKey; readonly helloMac: Mac }) {
    this.#subtle = subtle;
    this.#key = sealed.key;
    this.helloMac = sealed.helloMac;
  }

  /** @param key an HKDF key with the usage `deriveBits` */
  static async of(subtle: SubtleCrypto, key: CryptoKey): Promise<SealedSchedule> {
    return new SealedSchedule(subtle, { key, helloMac: new Mac(await derive(subtle, key, { label: "hello" })) });
  }

  /** 32 bytes for one purpose. */
  derive(label: KeyLabel, context?: Uint8Array): Promise<Uint8Array> {
    return derive(this.#subtle, this.#key, { label, context });
  }

  async handshakeKeys(transcript: Uint8Array): Promise<HandshakeKeys> {
    const labels = ["c2s", "s2c", "resume"] as const;
    const [clientToServer, serverToClient, resumeKey] = await Promise.all(
      labels.map((label) => this.derive(label, transcript)),
    );
    return {
      clientToServer: new Mac(clientToServer!),
      serverToClient: new Mac(serverToClient!),
      resumeKey: resumeKey!,
    };
  }
}

async function derive(
  subtle: SubtleCrypto,
  key: CryptoKey,
  { label, context = new Uint8Array(0) }: { readonly label: KeyLabel; readonly context?: Uint8Array | undefined },
): Promise<Uint8Array> {
  // Copied, since a BufferSource is of a buffer that is not shared.
  const [salt, info] = [encodeUtf8(EXTRACT_SALT), derivationInfo(label, context)].map((bytes) =>
    Uint8Array.from(bytes),
  );
  const parameters = { name: "HKDF", hash: "SHA-256", salt: salt!, info: info! };
  return new Uint8Array(await subtle.deriveBits(parameters, key, KEY_BYTES * 8));
}
