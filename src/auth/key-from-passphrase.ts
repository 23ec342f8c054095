import { scryptAsync } from "@noble/hashes/scrypt.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { encodeUtf8 } from "../wire/utf8.js";
import { Key, type KeyOptions, requireGivenId } from "./key.js";
import { KEY_BYTES } from "./key-schedule.js";

/** What the key of a passphrase is called and what it allows. */
export interface PassphraseOptions extends Omit<KeyOptions, "use" | "requireTls"> {
  readonly id: string;
  /**
   * Sets equal passphrases of several programs apart, so that guesses have to be made for each: 8 bytes or more, the same
   * on both sides, no secret. @default made of the id
   */
  readonly salt?: Uint8Array | string | undefined;
}

/** Shorter ones are guessed; twelve characters of four random words or of a password manager are not. */
export const MIN_PASSPHRASE_LENGTH = 12;

/** RFC 7914: 128 MiB of memory for each guess. */
const COST = { N: 2 ** 17, r: 8, p: 1, dkLen: KEY_BYTES, asyncTick: 10 } as const;

const MIN_SALT_BYTES = 8;
const DEFAULT_SALT = "hearthwire/1 passphrase ";

/**
 * A key to connect with, made of a passphrase that people can remember: scrypt (RFC 7914) with N = 2^17, r = 8, p = 1 over
 * the passphrase in Unicode normalization form NFKC. The same passphrase, id and salt give the same key everywhere.
 *
 * It takes about 0.7 s of one core (measured, Node 20) and 128 MiB, here and for each guess of an attacker. Meanwhile timers
 * and input are served: it works for 10 ms at a time. Make it once and keep the key; a daemon's ring holds the finished
 * key, so a handshake costs no more than with any other.
 *
 * Whoever records one handshake can try passphrases without asking anybody. Such a key is therefore refused beyond loopback
 * by client and daemon unless the line is TLS (`requireTls`), also when plaintext is allowed. A daemon that stores the 32
 * bytes instead of the passphrase has to say so: `Key.from(bytes, { id, requireTls: true })`. Prefer `Key.generate()`
 * wherever no person has to type the secret.
 *
 * @param passphrase 12 characters or more
 * @throws ConfigError (rejects) `HW_KEY_INVALID` when the passphrase is too short or the id is none, `HW_OPTION_INVALID` on
 *   another option
 *
 * @example
 * const key = await keyFromPassphrase("correct horse battery staple", { id: "alice" });
 */
export async function keyFromPassphrase(passphrase: string, options: PassphraseOptions): Promise<Key> {
  requireGivenId(options, 'keyFromPassphrase(passphrase, { id: "alice" })');
  const { salt, ...keyOptions } = options;
  const name = Object.keys(options).find((option) => option === "use" || option === "requireTls");
  if (name !== undefined) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"${name}" is no option here: the key of a passphrase is of the use "connect" and has "requireTls"`,
    );
  }
  const text = normalized(passphrase);
  const saltBytes = salt === undefined ? encodeUtf8(DEFAULT_SALT + options.id) : checkSalt(salt);
  // Refuses wrong options before the work is done.
  Key.generate(keyOptions);
  const bytes = await scryptAsync(encodeUtf8(text), saltBytes, COST);
  return Key.from(bytes, { ...keyOptions, requireTls: true });
}

function normalized(passphrase: unknown): string {
  const text = typeof passphrase === "string" ? passphrase.normalize("NFKC") : undefined;
  // Halves of surrogate pairs all become the same bytes.
  if (text !== undefined && [...text].length >= MIN_PASSPHRASE_LENGTH && !/\p{Surrogate}/u.test(text)) return text;
  const got = text === undefined ? `a value of type ${typeof passphrase}` : `${[...text].length}`;
  throw new ConfigError(
    "HW_KEY_INVALID",
    `"passphrase" must be well-formed text of at least ${MIN_PASSPHRASE_LENGTH} characters, got ${got}; take four random words or more`,
  );
}

function checkSalt(salt: unknown): Uint8Array {
  const bytes = typeof salt === "string" ? encodeUtf8(salt) : salt;
  if (bytes instanceof Uint8Array && bytes.length >= MIN_SALT_BYTES) return Uint8Array.from(bytes);
  const got = bytes instanceof Uint8Array ? `${bytes.length}` : `a value of type ${typeof salt}`;
  throw new ConfigError("HW_OPTION_INVALID", `"salt" must be at least ${MIN_SALT_BYTES} bytes, got ${got}`);
}
