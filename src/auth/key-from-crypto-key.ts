import { ConfigError } from "../errors/hearthwire-error.js";
import { fingerprintOf, Key, type KeyOptions, requireGivenId, sealedKey } from "./key.js";
import { SealedSchedule } from "./sealed-schedule.js";
import { openTicket, type SealedTicket, type Ticket, ticketSecret } from "./ticket.js";

/** What a key that the host keeps is called and what it allows; it proves a client and mints nothing. */
export interface CryptoKeyOptions extends Omit<KeyOptions, "use"> {
  readonly id: string;
}

/**
 * A key to connect with whose bytes no code of the page can read: WebCrypto keeps them, and derives what handshakes need.
 * An attacker who runs script in the page can use it while the page is open, and not take it away. `export()` throws, and a
 * daemon's ring refuses it.
 *
 * A `CryptoKey` can be kept in IndexedDB, never in localStorage, since it is no text.
 *
 * @param cryptoKey an HKDF key that can't be extracted, with the usage `deriveBits`: see `importCryptoKey`
 * @throws ConfigError (rejects) `HW_KEY_INVALID` when the key is another or the id is none, `HW_OPTION_INVALID` on another
 *   option, `HW_CRYPTO_UNAVAILABLE` where `crypto.subtle` is missing: pages have it over https and on loopback alone
 *
 * @example
 * const key = await keyFromCryptoKey(await importCryptoKey(bytes), { id: "alice" });
 * const warehouse = await connect<Warehouse>("/rpc/warehouse", { key });
 */
export async function keyFromCryptoKey(cryptoKey: CryptoKey, options: CryptoKeyOptions): Promise<Key> {
  const subtle = subtleCrypto();
  requireGivenId(options, 'keyFromCryptoKey(cryptoKey, { id: "alice" })');
  requireHkdfKey(cryptoKey);
  if ("use" in options) {
    throw new ConfigError("HW_OPTION_INVALID", '"use" is no option here: a key that can\'t be read mints no tickets');
  }
  const schedule = await SealedSchedule.of(subtle, cryptoKey);
  return sealedKey({ schedule, fingerprint: fingerprintOf(await schedule.derive("fingerprint")) }, options);
}

/**
 * Gives 32 key bytes to WebCrypto for good: an HKDF key that can't be extracted. The bytes are copied; overwrite yours.
 *
 * @param bytes as `Key.from` takes them
 * @throws ConfigError (rejects) `HW_KEY_INVALID` as `Key.from`, `HW_CRYPTO_UNAVAILABLE` where `crypto.subtle` is missing
 */
export async function importCryptoKey(bytes: Uint8Array | string): Promise<CryptoKey> {
  const subtle = subtleCrypto();
  const raw = Uint8Array.from(Key.from(bytes, { id: "import" }).export());
  try {
    return await subtle.importKey("raw", raw, "HKDF", false, ["deriveBits"]);
  } finally {
    raw.fill(0);
  }
}

/**
 * Gives the secret of a ticket to WebCrypto for good; the result connects as the ticket does.
 *
 * @throws ConfigError (rejects) `HW_OPTION_INVALID` when it is no ticket, `HW_CRYPTO_UNAVAILABLE` where `crypto.subtle` is
 *   missing
 *
 * @example
 * const tickets = fetchTicket("/rpc/ticket");
 * const ticket = async (request: { fresh: boolean }) => sealTicket(await tickets(request));
 * const warehouse = await connect<Warehouse>("/rpc/warehouse", { ticket });
 */
export async function sealTicket(ticket: Ticket): Promise<SealedTicket> {
  openTicket(ticket);
  const cryptoKey = await importCryptoKey(ticketSecret(ticket));
  const key = await keyFromCryptoKey(cryptoKey, { id: "ticket" });
  return { payload: ticket.payload, key, expiresAtMs: ticket.expiresAtMs };
}

function subtleCrypto(): SubtleCrypto {
  const subtle = (globalThis.crypto as Partial<Crypto> | undefined)?.subtle;
  if (subtle !== undefined) return subtle;
  throw new ConfigError(
    "HW_CRYPTO_UNAVAILABLE",
    '"crypto.subtle" is missing: browsers give it to pages from https and from loopback alone; load the page so, or take a key that can be read, by Key.from(bytes, { id })',
  );
}

function requireHkdfKey(value: unknown): void {
  const { type, extractable, algorithm, usages } = (value ?? {}) as Partial<CryptoKey>;
  if (type === "secret" && algorithm?.name === "HKDF" && extractable === false && usages?.includes("deriveBits"))
    return;
  throw new ConfigError(
    "HW_KEY_INVALID",
    '"cryptoKey" must be an HKDF CryptoKey that can\'t be extracted, with the usage "deriveBits": await importCryptoKey(bytes)',
  );
}
