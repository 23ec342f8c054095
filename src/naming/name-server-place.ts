import { ConfigError } from "../errors/hearthwire-error.js";
import { parseAddress } from "../wire/address.js";
import { NAMES_PORT } from "../wire/named-address.js";

/** What name servers are called where they listen. */
export const NAMES_OBJECT = "names";
/** What a daemon that was served with `names` answers for names under. */
export const NAMES_OF_DAEMON = "hearthwire.names";
/** Where a name server of this machine is, unless it is told otherwise. */
export const DEFAULT_NAMES = `ws://127.0.0.1:${NAMES_PORT}/${NAMES_OBJECT}`;

/** A name server's daemon, and the object there. */
export interface NameServerPlace {
  readonly serverUrl: string;
  readonly objectId: string;
}

/**
 * Where a name server is, from the address of its object.
 * @param base what a relative address starts from
 * @throws ConfigError `HW_ADDRESS_INVALID`
 */
export function nameServerPlace(address: string, base?: string): NameServerPlace {
  const { daemonUrl: serverUrl, objectId } = parseAddress(address, base);
  if (objectId !== undefined) return { serverUrl, objectId };
  throw new ConfigError("HW_ADDRESS_INVALID", `"names" must be the address of an object, such as ${DEFAULT_NAMES}`);
}
