import { ConfigError } from "../errors/hearthwire-error.js";
import { formatAddress, parseAddress } from "../wire/address.js";
import { NAMED_SCHEME, NAMES_PORT, nameServerUrl, parseNamedAddress } from "../wire/named-address.js";

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
 * The address of a name server's object, from that itself, or from its host and port as in `hearthwire:NAME@host:port`: 7765
 * where no port is said, and TLS beyond this machine.
 *
 * @throws ConfigError `HW_ADDRESS_INVALID`
 */
export function namesAddressOf(text: string): string {
  if (/^(?:wss?|https?|ws\+unix):/i.test(text)) {
    nameServerPlace(text);
    return text;
  }
  // It would be an address of IPv4 in one number, and is a port that somebody meant.
  if (/^\d+$/.test(text)) throw new ConfigError("HW_ADDRESS_INVALID", '"names" must have a host before the port');
  // Any name will do: whom to ask is what counts.
  const { server, tags } = parseNamedAddress(`${NAMED_SCHEME}${NAMES_OBJECT}@${text}`);
  if (server !== undefined && tags.length === 0) return formatAddress(nameServerUrl(server), NAMES_OBJECT);
  throw new ConfigError("HW_ADDRESS_INVALID", '"names" must be a host and a port, without tags');
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
