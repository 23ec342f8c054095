import { ConfigError } from "../errors/hearthwire-error.js";
import { KEY_ID } from "../wire/hello.js";
import { isObjectId, OBJECT_ID_RULE } from "../wire/object-id.js";
import { checkSubject } from "./subject.js";

/** What a key is called and what it allows. */
export interface KeyOptions {
  /** Its name on the wire: `[A-Za-z0-9._-]`, 1..64 characters. @default `key-` and the fingerprint, for generated keys */
  id?: string | undefined;
  /** Whose key it is, without `/`; rotating to a key of the same subject keeps sessions. @default the id */
  subject?: string | undefined;
  /** Accepted from then on (60 s of skew). */
  notBefore?: Date | undefined;
  /** Accepted until then (60 s of skew). */
  notAfter?: Date | undefined;
  /** Object ids that its holder, and the tickets minted with it, may use. @default all */
  objects?: readonly string[] | undefined;
  /** Accepted only over TLS that both ends see alike. @default false */
  requireChannelBinding?: boolean | undefined;
  /**
   * Beyond this machine, used only over TLS: neither side then takes it to a line that others can read. Keys made of a
   * passphrase always have it, on each side that makes them so. @default false
   */
  requireTls?: boolean | undefined;
  /** `connect`: proves a peer. `mint`: makes tickets and proves nobody itself. @default "connect" */
  use?: KeyUse | undefined;
}

/** What a key is good for: the other use is refused. */
export type KeyUse = "connect" | "mint";

/** What each option must be, but the id and the subject, which have defaults to check. */
const RULES: Readonly<Record<keyof KeyOptions, (value: unknown) => string | undefined>> = {
  id: () => undefined,
  subject: () => undefined,
  notBefore: isDate,
  notAfter: isDate,
  objects: areObjectIds,
  requireChannelBinding: isFlag,
  requireTls: isFlag,
  use: (value) => (value === "connect" || value === "mint" ? undefined : `"connect" or "mint", got ${shown(value)}`),
};

/**
 * Refuses options of a wrong type, and misspelt ones: a restriction must not be passed over.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function checkKeyOptions(options: KeyOptions): KeyOptions {
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(RULES, name)) {
      const known = Object.keys(RULES).join(", ");
      throw invalid(`a name of ${name.length} characters is no option of a key; there are ${known}`);
    }
    const must = value === undefined ? undefined : RULES[name as keyof KeyOptions](value);
    if (must !== undefined) throw invalid(`"${name}" of a key must be ${must}`);
  }
  const { notBefore, notAfter } = options;
  if (notBefore !== undefined && notAfter !== undefined && notBefore > notAfter) {
    throw invalid('"notAfter" of a key must not be before its "notBefore": it would never be accepted');
  }
  return options;
}

/** @throws ConfigError `HW_KEY_INVALID` */
export function checkKeyId(id: unknown): string {
  if (typeof id !== "string" || !KEY_ID.test(id)) {
    const got = typeof id === "string" ? `${id.length} characters` : `a value of type ${typeof id}`;
    throw new ConfigError(
      "HW_KEY_INVALID",
      `"id" of a key must be 1..64 of A-Z, a-z, 0-9, ".", "_" and "-", got ${got}`,
    );
  }
  return id;
}

/** @throws ConfigError `HW_OPTION_INVALID` */
export function checkEntrySubject(subject: string): string {
  if (checkSubject(subject).includes("/")) {
    throw invalid('"subject" of a key must not contain "/", which divides it from that of a ticket');
  }
  return subject;
}

function isFlag(value: unknown): string | undefined {
  return typeof value === "boolean" ? undefined : `true or false, got ${shown(value)}`;
}

function isDate(date: unknown): string | undefined {
  return date instanceof Date && !Number.isNaN(date.getTime()) ? undefined : "a valid Date";
}

function areObjectIds(objects: unknown): string | undefined {
  // A string can be iterated too, and its letters would be ids.
  if (!Array.isArray(objects)) return `an array of object ids, got ${shown(objects)}`;
  const wrong = objects.findIndex((id) => typeof id !== "string" || !isObjectId(id));
  return wrong === -1 ? undefined : `object ids, ${OBJECT_ID_RULE}, got ${shown(objects[wrong])}`;
}

/** Never the value: what stands in the wrong place may be a key or a passphrase. */
function shown(value: unknown): string {
  return typeof value === "string" ? `a text of ${value.length} characters` : `a value of type ${typeof value}`;
}

function invalid(message: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", message);
}
