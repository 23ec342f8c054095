import { checkByRules, isIntegerWithin, type OptionRule } from "../client/option-rules.js";
import { CallError, ConfigError } from "../errors/hearthwire-error.js";
import { formatAddress, parseAddress } from "../wire/address.js";
import { isName, isTag, MAX_TAGS, NAME_RULE, TAG_RULE } from "../wire/named-address.js";

/** How long names, addresses, leases and waits may be. */
export const NAMING_BOUNDS = {
  /** Longest name, longest prefix and longest pattern, in characters. */
  name: 128,
  address: 1_024,
  leaseMs: { least: 1_000, most: 86_400_000 },
  waitMs: { least: 0, most: 3_600_000 },
} as const;

const PREFIX = /^(?:[A-Za-z0-9][A-Za-z0-9._~/-]{0,127})?$/;
const PATTERN = /^[A-Za-z0-9._~/*?-]{1,128}$/;

/** @throws CallError `HW_ARGUMENTS_INVALID` unless it can be a name */
export function checkedName(name: unknown): string {
  if (typeof name === "string" && isName(name)) return name;
  throw wrongArgument(`"name" must be ${NAME_RULE}, got ${shown(name)}`);
}

/**
 * An address as registrations have it: canonical, so that one place has one address.
 * @throws CallError `HW_ARGUMENTS_INVALID`
 */
export function checkedAddress(address: unknown): string {
  if (typeof address !== "string" || address.length > NAMING_BOUNDS.address || !/^(wss?|ws\+unix):/i.test(address)) {
    throw wrongArgument(
      `"address" must be a ws:, wss: or ws+unix: URL of at most ${NAMING_BOUNDS.address} characters, as daemon.url("id") gives, got ${shown(address)}`,
    );
  }
  return asArguments(() => {
    const { daemonUrl, objectId } = parseAddress(address);
    if (objectId === undefined) {
      throw wrongArgument('"address" must end with the id of an object, as daemon.url("id") gives');
    }
    return formatAddress(daemonUrl, objectId);
  });
}

/**
 * Tags sorted, none twice, frozen.
 * @param argument what they are called, for the error
 * @throws CallError `HW_ARGUMENTS_INVALID`
 */
export function checkedTags(tags: unknown, argument: string): readonly string[] {
  const must = areTags(tags);
  if (must !== undefined) throw wrongArgument(`"${argument}" must be ${must}`);
  return sortedTags(tags as readonly string[]);
}

/** @throws CallError `HW_ARGUMENTS_INVALID` when there are more than a name may have */
export function sortedTags(tags: Iterable<string>): readonly string[] {
  const sorted = [...new Set(tags)].sort();
  if (sorted.length <= MAX_TAGS) return sorted.length === 0 ? NO_TAGS : Object.freeze(sorted);
  throw wrongArgument(`"tags" would be ${sorted.length}; a name has at most ${MAX_TAGS}: remove some`);
}

const NO_TAGS: readonly string[] = Object.freeze([]);

/** A list of tags. */
export const areTags: OptionRule = (value) =>
  Array.isArray(value) && value.length <= MAX_TAGS && value.every((tag) => typeof tag === "string" && isTag(tag))
    ? undefined
    : `an array of at most ${MAX_TAGS} tags, each ${TAG_RULE}`;
/** What names may begin with; `""` is what all do. */
export const isPrefix: OptionRule = (value) =>
  typeof value === "string" && PREFIX.test(value) ? undefined : 'the beginning of a name, or ""';
/** A pattern for names. */
export const isPattern: OptionRule = (value) =>
  typeof value === "string" && PATTERN.test(value)
    ? undefined
    : "1..128 characters of names and wildcards: * any but /, ** any, ? one but /";
/** Milliseconds that a registration lasts. */
export const isLease: OptionRule = (value) =>
  isIntegerWithin(value, NAMING_BOUNDS.leaseMs)
    ? undefined
    : `an integer ${NAMING_BOUNDS.leaseMs.least}..${NAMING_BOUNDS.leaseMs.most} (ms)`;
/** Milliseconds that a lookup waits. */
export const isWait: OptionRule = (value) =>
  isIntegerWithin(value, NAMING_BOUNDS.waitMs)
    ? undefined
    : `an integer ${NAMING_BOUNDS.waitMs.least}..${NAMING_BOUNDS.waitMs.most} (ms)`;
/** How busy a registrant says to be. */
export const isLoad: OptionRule = (value) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 ? undefined : "a finite number, 0 or more";

/**
 * Refuses options of a call that are of a wrong name or type.
 * @throws CallError `HW_ARGUMENTS_INVALID`
 */
export function checkCallArguments(
  options: unknown,
  rules: Readonly<Record<string, OptionRule>>,
  within: "options" | "filter" | "change",
): void {
  asArguments(() => checkByRules(options, rules, within === "options" ? {} : { within }));
}

/** An argument that a caller may mend. */
export function wrongArgument(sentence: string): CallError {
  return new CallError("HW_ARGUMENTS_INVALID", sentence);
}

/** What is wrong with options, said of arguments: their caller is to be told, and that of a ConfigError nobody is. */
function asArguments<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof ConfigError) throw new CallError("HW_ARGUMENTS_INVALID", error.message);
    throw error;
  }
}

/** An address may hold a password, and a name what not: of texts the length alone. */
function shown(value: unknown): string {
  return typeof value === "string" ? `a text of ${value.length} characters` : typeof value;
}
