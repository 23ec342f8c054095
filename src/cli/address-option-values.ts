import { InvalidArgumentError } from "commander";
import { ConfigError } from "../errors/hearthwire-error.js";
import { namesAddressOf } from "../naming/name-server-place.js";
import { checkedAddress, NAMING_BOUNDS } from "../naming/naming-rules.js";
import { parseAddress } from "../wire/address.js";

/** Where a URL has its user and password, and what else people put into one that nobody else is to see. */
const MAY_HOLD_SECRET = /[@?#]/;

/**
 * The parser of `--names`: the address of a name server's object, or its host and port as in `hearthwire:NAME@host:port`,
 * for which the same holds: 7765 where no port is said, and TLS beyond this machine.
 *
 * @throws InvalidArgumentError of commander; ConfigError `HW_OPTION_INVALID` for what may hold a secret, which is not shown
 */
export function parseNamesAddress(text: string): string {
  const must =
    "HOST, HOST:PORT or the URL of a name server's object, such as 127.0.0.1:7765 or wss://names.lan:7765/names";
  return checked(text, { what: "--names", must }, () => namesAddressOf(text));
}

/** The parser of an address that is registered: a URL of an object. @throws as {@link parseNamesAddress} */
export function parseRegisteredAddress(text: string): string {
  const must = `a ws:, wss: or ws+unix: URL of an object, of at most ${NAMING_BOUNDS.address} characters, such as ws://127.0.0.1:7766/cart`;
  return checked(text, { what: "address", must }, () => checkedAddress(text));
}

/** The parser of `--for`: a daemon, or an object of it. @throws as {@link parseNamesAddress} */
export function parseTicketAddress(text: string): string {
  const must = "the URL of a daemon or of an object, such as wss://warehouse.lan:7766/warehouse";
  return checked(text, { what: "--for", must }, () => {
    parseAddress(text);
    return text;
  });
}

/** @param rule `what` is typed there, and what it must be */
function checked(text: string, rule: { readonly what: string; readonly must: string }, read: () => string): string {
  try {
    return read();
  } catch (cause) {
    if (!MAY_HOLD_SECRET.test(text)) throw new InvalidArgumentError(`it must be ${rule.must}.`);
    const message = `"${rule.what}" must be ${rule.must}, without user, password, query and fragment`;
    throw new ConfigError("HW_OPTION_INVALID", message, { cause });
  }
}
