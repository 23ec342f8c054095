import { bytesToHex, hexToBytes } from "@noble/hashes/utils.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { KEY_ID } from "../wire/hello.js";
import { isObjectId, OBJECT_ID_RULE } from "../wire/object-id.js";
import { decodeBase64Url } from "./base64url.js";
import { KEY_BYTES, KeySchedule, type KeyLabel } from "./key-schedule.js";
import { randomBytes } from "./random-bytes.js";
import { checkSubject } from "./subject.js";

/** What a key is called and what it allows. */
export interface KeyOptions {
  /** Its name on the wire: `[A-Za-z0-9._-]`, 1..64 characters. @default `key-` and the fingerprint, for generated keys */
  id?: string;
  /** Whose key it is, without `/`; rotating to a key of the same subject keeps sessions. @default the id */
  subject?: string;
  /** Accepted from then on (60 s of skew). */
  notBefore?: Date;
  /** Accepted until then (60 s of skew). */
  notAfter?: Date;
  /** Object ids that its holder, and the tickets minted with it, may use. @default all */
  objects?: readonly string[];
  /** Accepted only over TLS that both ends see alike. @default false */
  requireChannelBinding?: boolean;
  /** `connect`: proves a peer. `mint`: makes tickets and proves nobody itself. @default "connect" */
  use?: KeyUse;
}

/** What a key is good for: the other use is refused. */
export type KeyUse = "connect" | "mint";

/** The schedule behind a key; for the handshakes and tickets, which keep it to themselves. */
export let scheduleOf: (key: Key) => KeySchedule;

/**
 * 32 secret bytes and their name. The bytes leave it by `export()` only: never by inspection, JSON, string conversion,
 * structured clone or an error.
 * @example
 * const key = Key.generate({ id: "alice" });
 * const same = Key.from(key.export(), { id: "alice" });
 * same.fingerprint === key.fingerprint; // true
 */
export class Key {
  readonly #bytes: Uint8Array;
  readonly #schedule: KeySchedule;
  readonly id: string;
  readonly subject: string;
  readonly use: KeyUse;
  readonly requireChannelBinding: boolean;
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly objects?: readonly string[];

  static {
    scheduleOf = (key) => key.#schedule;
  }

  private constructor(bytes: Uint8Array, options: KeyOptions) {
    this.#bytes = bytes;
    this.#schedule = new KeySchedule(bytes);
    this.id = checkKeyId(options.id ?? `key-${this.fingerprint}`);
    this.subject = checkEntrySubject(options.subject ?? this.id);
    this.use = checkUse(options.use ?? "connect");
    this.requireChannelBinding = options.requireChannelBinding ?? false;
    if (options.notBefore !== undefined) this.notBefore = copyDate(options.notBefore, "notBefore");
    if (options.notAfter !== undefined) this.notAfter = copyDate(options.notAfter, "notAfter");
    if (options.objects !== undefined) this.objects = copyObjects(options.objects);
  }

  /** A new key from the host's randomness. @throws ConfigError as {@link Key.from}. */
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
    // A default would differ from the id that the other side gave the same bytes.
    if (((options ?? {}) as KeyOptions).id === undefined) {
      throw new ConfigError(
        "HW_KEY_INVALID",
        '"id" of a key must be given with its bytes, the same on both sides: Key.from(bytes, { id: "alice" })',
      );
    }
    const copy = typeof bytes === "string" ? decodeKeyText(bytes) : copyKeyBytes(bytes);
    if (copy.every((byte) => byte === 0)) {
      throw new ConfigError("HW_KEY_INVALID", '"bytes" of a key must be random, got 32 zero bytes; use Key.generate()');
    }
    return new Key(copy, options);
  }

  /** 8 hex digits that name the bytes without telling them. */
  get fingerprint(): string {
    return bytesToHex(this.#schedule.derive("fingerprint").subarray(0, 4));
  }

  /** A copy of the 32 bytes, for whoever has to store the key. */
  export(): Uint8Array {
    return this.#bytes.slice();
  }

  /** A key for one purpose, from which nothing else can be told. */
  derive(label: KeyLabel, context?: Uint8Array): Uint8Array {
    return this.#schedule.derive(label, context);
  }
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

function checkKeyId(id: unknown): string {
  if (typeof id !== "string" || !KEY_ID.test(id)) {
    const got = typeof id === "string" ? `${id.length} characters` : `a value of type ${typeof id}`;
    throw new ConfigError(
      "HW_KEY_INVALID",
      `"id" of a key must be 1..64 of A-Z, a-z, 0-9, ".", "_" and "-", got ${got}`,
    );
  }
  return id;
}

function checkEntrySubject(subject: string): string {
  if (checkSubject(subject).includes("/")) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      '"subject" of a key must not contain "/", which divides it from that of a ticket',
    );
  }
  return subject;
}

function checkUse(use: unknown): KeyUse {
  if (use !== "connect" && use !== "mint") {
    throw new ConfigError("HW_OPTION_INVALID", `"use" of a key must be "connect" or "mint", got ${String(use)}`);
  }
  return use;
}

function copyDate(date: Date, option: string): Date {
  if (!(date instanceof Date) || Number.isNaN(date.getTime())) {
    throw new ConfigError("HW_OPTION_INVALID", `"${option}" of a key must be a valid Date`);
  }
  return new Date(date);
}

function copyObjects(objects: readonly string[]): readonly string[] {
  for (const id of objects) {
    if (typeof id !== "string" || !isObjectId(id)) {
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"objects" of a key must hold object ids, ${OBJECT_ID_RULE}, got ${JSON.stringify(id)}`,
      );
    }
  }
  return Object.freeze([...objects]);
}
