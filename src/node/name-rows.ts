import type { StoredRegistration } from "../naming/name-storage.js";

/**
 * All rows, for `NameRowReader`. Texts as bytes, as the library aborts the process over a text that is no UTF-8; numbers
 * as they are, as SQLite's JSON has 15 digits of them.
 */
export const SELECT_ROWS =
  "SELECT CAST(json_array(name, address, json(tags), owner) AS BLOB), load, lease_ends_at_ms FROM registration";

/** Keeps what `rowsText` gives: one statement, however many rows. */
export const KEEP_ROWS = `INSERT OR REPLACE INTO registration (name, address, tags, owner, load, lease_ends_at_ms)
  SELECT value->>0, value->>1, value->>2, value->>3, value->>4, value->>5 FROM json_each(?)`;

/** Forgets what `keysText` gives. */
export const FORGET_ROWS =
  "DELETE FROM registration WHERE (name, address) IN (SELECT value->>0, value->>1 FROM json_each(?))";

/** Registrations for `KEEP_ROWS`. */
export function rowsText(registrations: readonly StoredRegistration[]): string {
  const rows = registrations.map(({ name, address, tags, owner, load, leaseEndsAtMs }) => [
    name,
    address,
    tags,
    owner,
    load,
    leaseEndsAtMs ?? null,
  ]);
  return JSON.stringify(rows);
}

/** Names and addresses for `FORGET_ROWS`. */
export function keysText(keys: readonly Pick<StoredRegistration, "name" | "address">[]): string {
  return JSON.stringify(keys.map(({ name, address }) => [name, address]));
}

/** Reads the rows of one file. Those with the same owner or the same tags share them: a quarter less memory. */
export class NameRowReader {
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true });
  readonly #owners = new Map<string, string>();
  readonly #tagLists = new Map<string, readonly string[]>();

  /** @throws TypeError when it is no registration: the checks of SQLite let some pass in a table without row ids */
  read([texts, load, leaseEndsAtMs]: readonly unknown[]): StoredRegistration {
    const [name, address, tags, owner] = JSON.parse(this.#utf8.decode(texts as Uint8Array)) as readonly unknown[];
    const areTexts = typeof name === "string" && typeof address === "string" && typeof owner === "string";
    const isLease = leaseEndsAtMs === null || typeof leaseEndsAtMs === "number";
    if (!areTexts || !isTextList(tags) || typeof load !== "number" || !isLease)
      throw new TypeError("a row is malformed");
    return {
      name,
      address,
      tags: shared(this.#tagLists, JSON.stringify(tags), tags),
      owner: shared(this.#owners, owner, owner),
      load,
      leaseEndsAtMs: leaseEndsAtMs ?? undefined,
    };
  }
}

function isTextList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === "string");
}

/** The one that was there first. */
function shared<T>(known: Map<string, T>, key: string, value: T): T {
  const first = known.get(key);
  if (first !== undefined) return first;
  known.set(key, Object.freeze(value));
  return value;
}
