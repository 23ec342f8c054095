import { isIP } from "node:net";
import { domainToASCII } from "node:url";
import { InvalidArgumentError } from "commander";
import { collect } from "./collect.js";

const LABEL = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const DNS_NAME = new RegExp(`^(?:\\*\\.)?(?:${LABEL}\\.)*${LABEL}$`);
/** Of a common name (RFC 5280, ub-common-name). */
const MAX_NAME_LENGTH = 64;

/** Names of files that another certificate has; in lower case, as some file systems know no other. */
const AUTHORITY = "ca";

/** The parser of a name that is the name of files, too. @throws InvalidArgumentError of commander */
export function parseFileName(text: string): string {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(text) && text.toLowerCase() !== AUTHORITY) return text;
  throw new InvalidArgumentError(
    `it must be 1..64 of A-Z, a-z, 0-9, ".", "_" and "-", begin with a letter or digit, and not be "ca".`,
  );
}

/** The parser of an authority's name. @throws InvalidArgumentError of commander */
export function parseAuthorityName(text: string): string {
  // What has a meaning in the text form of names (RFC 4514) is not written as it stands by the library.
  if (/^[\p{L}\p{N}](?:[\p{L}\p{N} ._'()@:-]*[\p{L}\p{N}.)])?$/u.test(text) && text.length <= MAX_NAME_LENGTH)
    return text;
  throw new InvalidArgumentError(
    `it must be 1..${MAX_NAME_LENGTH} letters, digits, spaces and . _ ' ( ) @ : -, and begin with a letter or digit.`,
  );
}

/** The parser of hosts, one after another: international names in their ASCII form. @throws InvalidArgumentError of commander */
export function parseHosts(text: string, before: readonly string[] | undefined): readonly string[] {
  // An interface of this machine (fe80::1%eth0) is none of the other side's.
  if (isIP(text) === 4) return collect(text, before);
  // The library writes some spellings, such as ::ffff:10.0.0.7, as other addresses.
  if (isIP(text) === 6 && !text.includes("%"))
    return collect(new URL(`http://[${text}]`).hostname.slice(1, -1), before);
  const name = /^[\x21-\x7e]*$/.test(text) ? text.toLowerCase() : domainToASCII(text);
  const isNumber = /(?:^|\.)\d+$/.test(name);
  if (name.length <= 253 && !isNumber && DNS_NAME.test(name)) return collect(name, before);
  throw new InvalidArgumentError(
    "it must be a DNS name or an IP address, without scheme, brackets and port, such as warehouse.lan or 192.168.1.7.",
  );
}

/** The parser of URIs, one after another. @throws InvalidArgumentError of commander */
export function parseUris(text: string, before: readonly string[] | undefined): readonly string[] {
  if (/^[a-z][a-z0-9+.-]*:[\x21-\x7e]{1,1000}$/i.test(text) && URL.canParse(text)) return collect(text, before);
  throw new InvalidArgumentError("it must be a URI in ASCII, such as spiffe://office/ann.");
}

/** The parser of a lifetime in days. @throws InvalidArgumentError of commander */
export function parseDays(text: string, most: number): number {
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= most) return Number(text);
  throw new InvalidArgumentError(`it must be a number of days, 1..${most}.`);
}
