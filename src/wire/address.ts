import { ConfigError } from "../errors/hearthwire-error.js";
import { isObjectId, OBJECT_ID_RULE } from "./object-id.js";

/** An address taken apart: the URL that is dialled, and the object behind it. */
export interface Address {
  /**
   * `ws:`, `wss:` or `ws+unix:`, no trailing slash but that of the root: `ws://127.0.0.1:7766/`, `wss://example.com/rpc`,
   * `ws+unix:///run/shop.sock:/rpc`.
   */
  readonly daemonUrl: string;
  /** The last path segment, percent-decoded; undefined when the path is empty or ends with `/`. */
  readonly objectId: string | undefined;
}

/**
 * Takes the address of an object apart: `ws://host:port/rpc/warehouse` is the object `warehouse` of the daemon
 * `ws://host:port/rpc` (protocol.md section 1). `http:` is read as `ws:`, `https:` as `wss:`. Of a Unix socket the path of
 * the file comes first, and a colon before the daemon's: `ws+unix:///run/shop.sock:/rpc/warehouse`.
 * @param base what a relative address such as `/rpc/warehouse` is resolved against: in a page, its location.
 * @throws ConfigError `HW_ADDRESS_INVALID` when it is no such URL, carries a query, a fragment or user info, or when the
 * object id is none.
 * @example
 * parseAddress("ws://127.0.0.1:7766/warehouse");
 * // { daemonUrl: "ws://127.0.0.1:7766/", objectId: "warehouse" }
 */
export function parseAddress(address: string | URL, base?: string): Address {
  const url = webSocketUrl(address, base);
  const slash = url.pathname.lastIndexOf("/");
  const segment = url.pathname.slice(slash + 1);
  url.pathname = url.pathname.slice(0, slash);
  return { daemonUrl: daemonUrlOf(url), objectId: segment === "" ? undefined : decodeObjectId(segment) };
}

/**
 * The URL of a daemon, whose whole path is its own: what `openConnection` takes.
 * @throws ConfigError `HW_ADDRESS_INVALID` as {@link parseAddress}.
 */
export function parseDaemonUrl(address: string | URL, base?: string): string {
  return daemonUrlOf(webSocketUrl(address, base));
}

/**
 * The address of an object: the inverse of {@link parseAddress}.
 * @throws ConfigError `HW_ADDRESS_INVALID` when the id is none, or can't stand in a URL (`.`, `..`, half a surrogate pair).
 */
export function formatAddress(daemonUrl: string, objectId: string): string {
  const hasLoneSurrogate = /\p{Surrogate}/u.test(objectId);
  if (!isObjectId(objectId) || hasLoneSurrogate || objectId === "." || objectId === "..") {
    throw invalid(`"objectId" must be ${OBJECT_ID_RULE} that a URL can hold, got ${quoted(objectId)}`);
  }
  return `${daemonUrl.replace(/\/$/, "")}/${encodeURIComponent(objectId)}`;
}

/**
 * The audience of a HELLO: the origin of the dialled URL, such as `ws://127.0.0.1:7766`; of a Unix socket, which has no
 * origin, all that comes before the daemon's path: `ws+unix:///run/shop.sock`.
 */
export function audienceOf(daemonUrl: string): string {
  return isUnixUrl(daemonUrl) ? daemonUrl.slice(0, daemonUrl.indexOf(":/", UNIX.length)) : new URL(daemonUrl).origin;
}

/** Whether a URL, as this module gives it, leads through a Unix socket. */
export function isUnixUrl(url: string): boolean {
  return url.startsWith(UNIX);
}

const UNIX = "ws+unix:";

const SCHEMES: Readonly<Record<string, "ws:" | "wss:" | typeof UNIX>> = {
  "ws:": "ws:",
  "wss:": "wss:",
  "http:": "ws:",
  "https:": "wss:",
  [UNIX]: UNIX,
};

function webSocketUrl(address: string | URL, base: string | undefined): URL {
  const text = String(address);
  const url = parseUrl(text, base);
  const scheme = Object.hasOwn(SCHEMES, url.protocol) ? SCHEMES[url.protocol] : undefined;
  if (scheme === undefined) {
    throw invalid(
      `"address" must begin with ws:, wss:, http:, https: or ws+unix:, or hearthwire: beside "names", got ${quoted(url.protocol)}`,
    );
  }
  if (url.username !== "" || url.password !== "") {
    throw invalid('"address" must not carry a user name or password: give credentials as "key" or "ticket"');
  }
  if (/[?#]/.test(url.href)) {
    throw invalid('"address" must not carry a query or fragment: pass such things in the option "handshake"');
  }
  if (url.pathname.includes("//")) throw invalid(`"address" must not have an empty path segment, got ${quoted(text)}`);
  if (scheme === UNIX && (url.host !== "" || !/^\/[^:]+:\//.test(url.pathname))) {
    throw invalid(
      `"address" of a Unix socket must be ws+unix://, an absolute path, a colon and the daemon's path, such as ` +
        `ws+unix:///run/shop.sock:/warehouse, got ${quoted(text)}`,
    );
  }
  url.protocol = scheme;
  return url;
}

function parseUrl(text: string, base: string | undefined): URL {
  // URL drops tabs and line ends silently, so that two different texts would be one address.
  if (/[\u0000-\u001f\u007f-\u009f]/.test(text)) throw invalid('"address" must not hold control characters');
  try {
    return new URL(text, base);
  } catch {
    // The host's own error is not kept as the cause: it repeats the whole text, passwords included.
    const remedy = base === undefined ? ", complete with scheme and host" : "";
    throw invalid(`"address" must be a URL such as ws://127.0.0.1:7766/warehouse${remedy}, got ${quoted(text)}`);
  }
}

function daemonUrlOf(url: URL): string {
  if (url.protocol === UNIX)
    return `${UNIX}//${url.pathname.replace(/^([^:]+:.+?)\/$/, "$1").replace(/^([^:]+:)$/, "$1/")}`;
  return url.pathname === "/" ? url.href : url.href.replace(/\/$/, "");
}

function decodeObjectId(segment: string): string {
  let objectId: string;
  try {
    objectId = decodeURIComponent(segment);
  } catch {
    throw invalid(`the last path segment of "address" must be percent-encoded UTF-8, got ${quoted(segment)}`);
  }
  if (!isObjectId(objectId)) {
    throw invalid(`the object id of "address" must be ${OBJECT_ID_RULE}, got ${quoted(objectId)}`);
  }
  return objectId;
}

/** As it may stand in a message: cut, and without what could be a password or token. */
function quoted(text: string): string {
  const shown = text.replace(/^.*@/s, "...@").replace(/[?#].*$/s, "...");
  return JSON.stringify(shown.length > 100 ? `${shown.slice(0, 100)}...` : shown);
}

function invalid(message: string): ConfigError {
  return new ConfigError("HW_ADDRESS_INVALID", message);
}
