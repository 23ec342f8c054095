import { audienceOf, isUnixUrl, parseDaemonUrl } from "../wire/address.js";

/** Where a URL of a Unix socket leads. */
export interface UnixTarget {
  readonly socketPath: string;
  /** The daemon's path. */
  readonly path: string;
}

/**
 * The URL that peers dial a daemon of a Unix socket by, in the form that `ws` has, with the file's path percent-encoded:
 * `ws+unix:///run/my%20shop.sock:/rpc`. The colon that ends the file's path is the first one. Nothing is encoded that URLs
 * leave as it is: the audience is compared exactly, and some will write the URL by hand.
 */
export function unixUrl({ socketPath, path }: UnixTarget): string {
  return parseDaemonUrl(`ws+unix://${socketPath.replace(/[%:?#]/g, encodeURIComponent)}:${path}`);
}

/** The inverse of {@link unixUrl} for a daemon's URL as `parseDaemonUrl` gives it; undefined for one of TCP. */
export function unixTarget(daemonUrl: string): UnixTarget | undefined {
  if (!isUnixUrl(daemonUrl)) return undefined;
  const audience = audienceOf(daemonUrl);
  return {
    socketPath: decodeURIComponent(audience.slice("ws+unix://".length)),
    path: daemonUrl.slice(audience.length + 1),
  };
}
