import { isIPv6 } from "node:net";
import { ConfigError } from "../errors/hearthwire-error.js";
import { audienceOf, isUnixUrl, parseDaemonUrl } from "../wire/address.js";
import { isLoopbackAddress, isWildcardAddress } from "./loopback.js";
import { unixUrl } from "./unix-url.js";

/** Where a daemon can be dialled: all that the checks before the upgrade and the handshake compare with. */
export interface Reachability {
  /** The daemon's path, without a trailing `/` unless it is the root. */
  readonly path: string;
  /** Every accepted `Host` value, with the web origins that a page behind it may come from. */
  readonly hosts: ReadonlyMap<string, readonly string[]>;
  /** Web origins accepted behind any accepted `Host`. */
  readonly origins: ReadonlySet<string>;
  /** Accepted audiences of a HELLO: `ws:`/`wss:` origins. */
  readonly audiences: readonly string[];
  /** What peers dial: the first `publicUrl`, else the bound address and the path; undefined when there is neither. */
  readonly url: string | undefined;
}

/** An address as read back from a server that listens, and whether TLS stands on it. */
export interface BoundAddress {
  readonly host: string;
  readonly port: number;
  readonly isSecure: boolean;
}

/** A Unix socket that a daemon listens on. */
export interface BoundSocket {
  readonly socketPath: string;
}

/** What peers of a Unix socket say as Host, having no address to name. */
const UNIX_HOST = "localhost";

/** The options that say where a daemon is reached besides its bound address. */
export interface PublicAddresses {
  readonly path: string;
  /** Parsed by `publicUrls`. */
  readonly publicUrls: readonly string[];
  /** Checked by `listedOrigins`. */
  readonly origins: readonly string[];
}

/** Ports that browsers leave out of `Host` and `Origin`. */
const DEFAULT_PORTS: Readonly<Record<string, number>> = { "http:": 80, "https:": 443 };

/**
 * Works out where a daemon is reached (protocol.md section 8: Host, Origin and audience have one source).
 *
 * The bound literal counts, with its loopback aliases when it is loopback; a wildcard is no address that anyone dials,
 * so that only `publicUrls` count then. No page can reach a Unix socket, so that no origin belongs to it.
 */
export function reachability(bound: BoundAddress | BoundSocket | undefined, addresses: PublicAddresses): Reachability {
  const hosts = new Map<string, string[]>();
  const audiences: string[] = [];
  const admit = (url: URL, schemes: readonly string[]): void => {
    const origins = schemes.map((scheme) => `${scheme}//${url.host}`);
    for (const host of hostValues(url)) hosts.set(host, [...(hosts.get(host) ?? []), ...origins]);
    audiences.push(url.origin.replace(/^http/, "ws"));
  };
  const admitSocket = (url: string): void => {
    hosts.set(UNIX_HOST, hosts.get(UNIX_HOST) ?? []);
    audiences.push(audienceOf(url));
  };

  if (bound !== undefined && "socketPath" in bound) {
    admitSocket(unixUrl({ ...bound, path: addresses.path }));
  } else if (bound !== undefined) {
    const scheme = bound.isSecure ? "https:" : "http:";
    for (const host of namesOf(bound.host)) admit(new URL(`${scheme}//${host}:${bound.port}`), [scheme]);
  }
  // TLS may end at a proxy in front of an http URL, but never the other way round.
  for (const publicUrl of addresses.publicUrls) {
    if (isUnixUrl(publicUrl)) {
      admitSocket(publicUrl);
      continue;
    }
    const url = new URL(publicUrl.replace(/^ws/, "http"));
    admit(url, url.protocol === "https:" ? ["https:"] : ["http:", "https:"]);
  }

  const [publicUrl] = addresses.publicUrls;
  return {
    path: addresses.path,
    hosts,
    origins: new Set(addresses.origins),
    audiences,
    url: publicUrl ?? boundUrl(bound, addresses.path),
  };
}

function boundUrl(bound: BoundAddress | BoundSocket | undefined, path: string): string | undefined {
  if (bound !== undefined && "socketPath" in bound) return unixUrl({ ...bound, path });
  return bound && `${bound.isSecure ? "wss" : "ws"}://${bracketed(bound.host)}:${bound.port}${path}`;
}

/** A URL's host as a `Host` header may write it: with the default port left out, and with it. */
function hostValues(url: URL): readonly string[] {
  return url.port === "" ? [url.host, `${url.host}:${DEFAULT_PORTS[url.protocol]}`] : [url.host];
}

function namesOf(address: string): readonly string[] {
  if (isWildcardAddress(address)) return [];
  if (!isLoopbackAddress(address)) return [bracketed(address)];
  return [...new Set([bracketed(address), "127.0.0.1", "[::1]", "localhost"])];
}

function bracketed(address: string): string {
  return isIPv6(address) ? `[${address}]` : address;
}

/**
 * Checks the option `publicUrl`; `http:` is read as `ws:`.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function publicUrls(option: string | URL | readonly (string | URL)[] | undefined): readonly string[] {
  if (option === undefined) return [];
  const list = typeof option === "string" || option instanceof URL ? [option] : option;
  return list.map((url) => {
    try {
      return parseDaemonUrl(url);
    } catch (cause) {
      const fault = cause instanceof Error ? cause.message : String(cause);
      throw new ConfigError(
        "HW_OPTION_INVALID",
        `"publicUrl" must be a URL such as "https://app.example/rpc": ${fault}`,
        { cause },
      );
    }
  });
}

/**
 * Checks the option `path`.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function daemonPath(option: string | undefined): string {
  const path = option === undefined ? "/" : option.replace(/(?<=.)\/$/, "");
  if (!path.startsWith("/") || path.includes("//") || parsed(`http://x${path}`)?.pathname !== path)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"path" must be a URL path such as "/rpc", without query and fragment, got ${JSON.stringify(option)}`,
    );
  return path;
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
