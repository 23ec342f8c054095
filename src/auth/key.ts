import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { decodeBase64Url } from "./base64url.js";
import { checkEntrySubject, checkKeyId, checkKeyOptions, type KeyOptions, type KeyUse } from "./key-options.js";
import { type HandshakeSchedule, KEY_BYTES, KeySchedule, type KeyLabel } from "./key-schedule.js";
import { keepSchedule } from "./kept-schedules.js";
import { randomBytes } from "./random-bytes.js";

export type { KeyOptions, KeyUse } from "./key-options.js";

/** The schedule behind a key; for the handshakes and tickets, which keep it to themselves. @throws as `Key.export` */
export let scheduleOf: (key: Key) => KeySchedule;

/** A key whose bytes nobody has: the host derives with it. */
export let sealedKey: (sealed: SealedBytes, options: KeyOptions) => Key;

/** What stands in for the bytes of a key that only the host can read. */
export interface SealedBytes {
  readonly schedule: HandshakeSchedule;
  readonly fingerprint: string;
}

/**
 * 32 secret bytes and their name. The bytes leave it by `export()` only: never by inspection, JSON, string conversion,
 * structured clone or an error.
 * @example
 * const key = Key.generate({ id: "alice" });
 * const same = Key.from(key.export(), { id: "alice" });
 * same.fingerprint === key.fingerprint; // true
 */
export class Key {
  readonly #bytes: Uint8Array | undefined;
  readonly #schedule: HandshakeSchedule;
  readonly #sealedFingerprint: string | undefined;
  readonly id: string;
  readonly subject: string;
  readonly use: KeyUse;
  readonly requireChannelBinding: boolean;
  readonly requireTls: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly objects?: readonly string[];

  static {
    scheduleOf = (key) => key.#readable(key.#schedule as KeySchedule);
    sealedKey = (sealed, options) => new Key(sealed, options);
  }

  private constructor(secret: Uint8Array | SealedBytes, options: KeyOptions) {
    if (secret instanceof Uint8Array) {
      this.#bytes = secret;
      this.#schedule = new KeySchedule(secret);
    } else {
      this.#schedule = secret.schedule;
      this.#sealedFingerprint = secret.fingerprint;
    }
    keepSchedule(this, this.#schedule);
    const checked = checkKeyOptions(options);
    this.id = checkKeyId(checked.id ?? `key-${this.fingerprint}`);
    this.subject = checkEntrySubject(checked.subject ?? this.id);
    this.use = checked.use ?? "connect";
    this.requireChannelBinding = checked.requireChannelBinding ?? false;
    this.requireTls = checked.requireTls ?? false;
    if (checked.notBefore !== undefined) this.notBefore = new Date(checked.notBefore);
    if (checked.notAfter !== undefined) this.notAfter = new Date(checked.notAfter);
    if (checked.objects !== undefined) this.objects = Object.freeze([...checked.objects]);
  }

  /**
   * A new key from the host's randomness.
   * @throws ConfigError as {@link Key.from}; `HW_CRYPTO_UNAVAILABLE` when the host has no randomness.
   */
  static generate(options: KeyOptions = {}): Key {
    return new Key(randomBytes(KEY_BYTES), options);
  }

  /**
   * A key from its 32 bytes, which are copied, or from their text: 64 hex digits or 43 characters of base64url without
   * padding.
   * @throws ConfigError `HW_KEY_INVALID` when they are anything else or all zero, or when the id is none;
   * `HW_OPTION_INVALID` on another option.
   */
  static from(bytes: Uint8Array | string, options: KeyOptions & { id: string }): Key {
    requireGivenId(options, 'Key.from(bytes, { id: "alice" })');
    const copy = typeof bytes === "string" ? decodeKeyText(bytes) : copyKeyBytes(bytes);
    if (copy.every((byte) => byte === 0)) {
      throw new ConfigError("HW_KEY_INVALID", '"bytes" of a key must be random, got 32 zero bytes; use Key.generate()');
    }
    return new Key(copy, options);
  }

  /** 8 hex digits that name the bytes without telling them, for logs. */
  get fingerprint(): string {
    return this.#sealedFingerprint ?? fingerprintOf(this.derive("fingerprint"));
  }

  /**
   * A copy of the 32 bytes, for whoever has to store the key.
   * @throws ConfigError `HW_KEY_INVALID` when the host keeps them to itself (`keyFromCryptoKey`).
   */
  export(): Uint8Array {
    return this.#readable(this.#bytes as Uint8Array).slice();
  }

  /** A key for one purpose, from which nothing else can be told. @throws ConfigError as `export` */
  derive(label: KeyLabel, context?: Uint8Array): Uint8Array {
    return scheduleOf(this).derive(label, context);
  }

  #readable<T>(secret: T): T {
    if (this.#bytes !== undefined) return secret;
    throw new ConfigError(
      "HW_KEY_INVALID",
      `the key "${this.id}" can't be read, only connected with: its bytes are in a CryptoKey, which keeps them to itself`,
    );
  }
}

/** The name of a key's bytes, of what is derived for it. */
export function fingerprintOf(derived: Uint8Array): string {
  return bytesToHex(derived.subarray(0, 4));
}

/**
 * Refuses a key's options without an id; a default would differ from the id that the other side gave the same bytes.
 * @throws ConfigError `HW_KEY_INVALID`
 */
export function requireGivenId(options: KeyOptions | undefined, call: string): void {
  if (options?.id !== undefined) return;
  throw new ConfigError(
    "HW_KEY_INVALID",
    `"id" of a key must be given with what it is made of, the same on both sides: ${call}`,
  );
}

function decodeKeyText(text: string): Uint8Array {
  const bytes = /^[0-9a-fA-F]{64}$/.test(text) ? hexToBytes(text) : decodeBase64Url(text);
  if (bytes?.length !== KEY_BYTES) {
    throw new ConfigError(
      "HW_KEY_INVALID",
      `"bytes" of a key must be 64 hex digits or 43 characters of base64url, got another text of ${text.length} characters`,
    );
  }
  return bytes;
}

function copyKeyBytes(bytes: unknown): Uint8Array {
  if (!(bytes instanceof Uint8Array) || bytes.length !== KEY_BYTES) {
    const got = bytes instanceof Uint8Array ? `${bytes.length} bytes` : `a value of type ${typeof bytes}`;
    throw new ConfigError("HW_KEY_INVALID", `"bytes" of a key must be a Uint8Array of exactly 32 bytes, got ${got}`);
  }
  // Not slice(): a Buffer's shares its memory.
  return Uint8Array.from(bytes);
}
