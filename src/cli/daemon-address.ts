import { parseAddress } from "../wire/address.js";
import { NAMED_SCHEME } from "../wire/named-address.js";

/** Whether an address is a name that is to be resolved. */
export function isNamed(address: string): boolean {
  return address.startsWith(NAMED_SCHEME);
}

/** Whether an address is a daemon's alone, without an object. @throws ConfigError `HW_ADDRESS_INVALID` */
export function isDaemonAddress(address: string): boolean {
  return !isNamed(address) && parseAddress(address).objectId === undefined;
}
