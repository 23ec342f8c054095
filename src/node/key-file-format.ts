import { randomBytes } from "node:crypto";
import { Key, type KeyUse } from "../auth/key.js";
import { KeyRing } from "../auth/key-ring.js";
import { ConfigError } from "../errors/hearthwire-error.js";

/** The JSON of a key file, format 1; other members are refused, so that a misspelt restriction is never passed over. */
interface KeyFileContent {
  readonly version: 1;
  readonly keys: readonly KeyFileEntry[];
}

interface KeyFileEntry {
  readonly id: string;
  readonly use: KeyUse;
  /** 32 bytes, base64url without padding. */
  readonly key: string;
  readonly subject?: string;
  /** Times in UTC, as `Date#toISOString` writes them, milliseconds or not. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  readonly objects?: readonly string[];
  readonly requireChannelBinding?: boolean;
  readonly requireTls?: boolean;
}

/** What each member of an entry is; `key` has no rule that its value is tried by, and none is ever shown. */
const REQUIRED: Readonly<Record<"id" | "use" | "key", (value: unknown) => boolean>> = {
  id: isText,
  use: (value) => value === "connect" || value === "mint",
  key: isText,
};
const OPTIONAL: Readonly<Record<Exclude<keyof KeyFileEntry, keyof typeof REQUIRED>, (value: unknown) => boolean>> = {
  subject: isText,
  notBefore: isTime,
  notAfter: isTime,
  objects: (value) => Array.isArray(value) && value.every(isText),
  requireChannelBinding: isFlag,
  requireTls: isFlag,
};

/** The keys of a new key file: one to connect with, of the given id; else two independent ones, one of each use. */
export function newKeys(id?: string): readonly Key[] {
  if (id !== undefined) return [Key.generate({ id })];
  const name = `user-${randomBytes(4).toString("hex")}`;
  return [Key.generate({ id: name }), Key.generate({ id: `${name}-mint`, use: "mint" })];
}

/** The content of a key file with these keys, the inverse of {@link parseKeyFile}. */
export function formatKeyFile(keys: Iterable<Key>): string {
  return `${JSON.stringify({ version: 1, keys: [...keys].map(entryOf) } satisfies KeyFileContent, null, 2)}\n`;
}

function entryOf(key: Key): KeyFileEntry {
  const { id, use, subject, notBefore, notAfter, objects, requireChannelBinding, requireTls } = key;
  return {
    id,
    use,
    key: Buffer.from(key.export()).toString("base64url"),
    ...(subject !== id && { subject }),
    ...(notBefore !== undefined && { notBefore: notBefore.toISOString() }),
    ...(notAfter !== undefined && { notAfter: notAfter.toISOString() }),
    ...(objects !== undefined && { objects }),
    ...(requireChannelBinding && { requireChannelBinding }),
    ...(requireTls && { requireTls }),
  };
}

/**
 * The keys in the content of a key file; its path is for messages.
 * @throws ConfigError `HW_KEY_INVALID`, which names the member that is wrong and no value
 */
export function parseKeyFile(content: string, file: string): KeyRing {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    // The parser's message quotes the text, which holds keys.
    throw invalidKeyFile(file, "it is not JSON");
  }
  if (!isKeyFileContent(parsed))
    throw invalidKeyFile(file, 'it must hold { "version": 1, "keys": [{ "id", "use", "key" }, ...] }');
  parsed.keys.forEach((entry, index) => {
    const fault = faultOf(entry);
    if (fault !== undefined) throw invalidKeyFile(file, `keys[${index}] ${fault}`);
  });
  try {
    return new KeyRing((parsed.keys as readonly KeyFileEntry[]).map(keyOf));
  } catch (cause) {
    throw invalidKeyFile(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

/** A key file that can't be used, for a reason that quotes nothing of it. */
export function invalidKeyFile(path: string, fault: string, cause?: unknown): ConfigError {
  const remedy = "correct or restore it";
  return new ConfigError("HW_KEY_INVALID", `key file: "${path}" is no valid key file: ${fault}; ${remedy}`, { cause });
}

function keyOf({ key, notBefore, notAfter, ...options }: KeyFileEntry): Key {
  return Key.from(key, {
    ...options,
    notBefore: notBefore === undefined ? undefined : new Date(notBefore),
    notAfter: notAfter === undefined ? undefined : new Date(notAfter),
  });
}

function isKeyFileContent(value: unknown): value is { readonly keys: readonly object[] } {
  if (!isObject(value) || Object.keys(value).sort().join() !== "keys,version") return false;
  const { version, keys } = value as Record<string, unknown>;
  return version === 1 && Array.isArray(keys) && keys.length > 0 && keys.every(isObject);
}

/** What is wrong with an entry; of its members only known names are told, since anything may stand there. */
function faultOf(entry: object): string | undefined {
  const rules: Readonly<Record<string, (value: unknown) => boolean>> = { ...REQUIRED, ...OPTIONAL };
  const members = Object.entries(entry);
  const known = Object.keys(rules).join(", ");
  if (members.some(([name]) => !Object.hasOwn(rules, name))) return `has a member besides ${known}`;
  const missing = Object.keys(REQUIRED).find((name) => !Object.hasOwn(entry, name));
  if (missing !== undefined) return `has no "${missing}"`;
  const wrong = members.find(([name, value]) => rules[name]?.(value) !== true);
  return wrong === undefined ? undefined : `has a "${wrong[0]}" of another type or form`;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isFlag(value: unknown): value is boolean {
  return typeof value === "boolean";
}

/** A time in UTC that there is: the 30th of February would be taken for the 2nd of March. */
function isTime(value: unknown): boolean {
  if (typeof value !== "string" || !/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/.test(value)) return false;
  const time = new Date(value);
  return !Number.isNaN(time.getTime()) && time.toISOString().slice(0, 19) === value.slice(0, 19);
}
