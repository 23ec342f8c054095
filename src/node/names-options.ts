import type { ConnectOptions } from "../client/connect-options.js";
import { checkByRules, isBoolean, isObject, isText, type OptionRule } from "../client/option-rules.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { DEFAULT_NAMES } from "../naming/name-server-place.js";
import { areTags, isPrefix } from "../naming/naming-rules.js";
import { parseAddress } from "../wire/address.js";
import { isName, NAME_RULE } from "../wire/named-address.js";
import type { ClientTlsOptions } from "./client-tls-options.js";

/** How a daemon registers its objects by name. */
export interface NamesOptions {
  /** Address of the name server's object. @default "ws://127.0.0.1:7765/names" */
  readonly server?: string | undefined;
  /** Stands before the ids of the objects: what they are called is both together. @default "" */
  readonly prefix?: string | undefined;
  /** @default [] */
  readonly tags?: readonly string[] | undefined;
  /** Registers beside other daemons of the same names. @default false */
  readonly replica?: boolean | undefined;
  /**
   * How to connect to the name server, and as whom: who that is owns the names. @default with the first connect key of
   * the daemon's `keys`, or this user's
   */
  readonly connect?:
    | (Omit<ConnectOptions, "isolated" | "reconnect" | "signal"> & { readonly tls?: ClientTlsOptions | undefined })
    | undefined;
}

const NAMES_RULES: Readonly<Record<keyof NamesOptions, OptionRule>> = {
  server: isText,
  prefix: isPrefix,
  tags: areTags,
  replica: isBoolean,
  connect: (value) => (isObject(value) ? undefined : "an object of what connect takes"),
};

/** True, false, or an object. */
export const isNamesOption: OptionRule = (value) =>
  typeof value === "boolean" || isObject(value) ? undefined : "true or false, or an object of how names are registered";

/**
 * Refuses a wrong option `names`, and objects whose ids can't be names.
 * @throws ConfigError `HW_OPTION_INVALID`, `HW_ADDRESS_INVALID`
 */
export function checkNamesOption(option: unknown, objectIds: readonly string[]): void {
  if (option === undefined || typeof option === "boolean") {
    if (option === true) for (const id of objectIds) requireName("", id);
    return;
  }
  checkByRules(option, NAMES_RULES, { within: "names" });
  const { server = DEFAULT_NAMES, prefix = "" } = option as NamesOptions;
  serverOf(server);
  for (const id of objectIds) requireName(prefix, id);
}

/** Where a name server is. @throws ConfigError `HW_ADDRESS_INVALID` */
export function serverOf(server: string): { readonly daemonUrl: string; readonly objectId: string } {
  const { daemonUrl, objectId } = parseAddress(server);
  if (objectId !== undefined) return { daemonUrl, objectId };
  throw new ConfigError(
    "HW_ADDRESS_INVALID",
    `"names.server" must end with the id of the name server's object, such as ${DEFAULT_NAMES}`,
  );
}

/** @throws ConfigError `HW_OPTION_INVALID` for an object whose id can't be a name */
export function requireName(prefix: string, id: string): void {
  if (isName(prefix + id)) return;
  throw new ConfigError(
    "HW_OPTION_INVALID",
    `"names" can't register the object id ${JSON.stringify(id)}: with "prefix" a name must be ${NAME_RULE}`,
  );
}
