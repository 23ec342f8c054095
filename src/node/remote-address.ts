import { isIP, isIPv6 } from "node:net";
import { isLoopbackAddress } from "./loopback.js";

/** The option `trustProxy`: `true` trusts whoever connects, a list only these addresses. */
export type TrustProxy = boolean | readonly string[];

/** Where a connection comes from. */
export interface RemoteAddress {
  readonly address: string | undefined;
  /**
   * This machine's own loopback, or a trusted proxy: many peers may share it, so that no limit per address makes sense.
   * Never an address that a proxy only speaks of: a peer may have put it there.
   */
  readonly isShared: boolean;
}

/**
 * The peer's address: the socket's, or, behind trusted proxies alone, the nearest one in `X-Forwarded-For` that is none
 * of them. Entries to the left of that are whatever the peer liked to write.
 */
export function remoteAddress(
  socketAddress: string | undefined,
  forwardedFor: string | undefined,
  trustProxy: TrustProxy = false,
): RemoteAddress {
  const isTrusted = (address: string): boolean =>
    typeof trustProxy !== "boolean" && trustProxy.some((entry) => canonical(entry) === address);
  const hops = (forwardedFor ?? "").split(",").map((hop) => hop.trim());

  // A proxy on a Unix socket has no address: only `true` can mean it.
  let address = socketAddress === undefined ? undefined : canonical(socketAddress);
  let isProxy = trustProxy === true || (address !== undefined && isTrusted(address));
  let isForwarded = false;
  while (isProxy) {
    const hop = hops.pop();
    // Left of what is no address nothing was written by a proxy that is trusted.
    if (hop === undefined || isIP(hop) === 0) break;
    address = canonical(hop);
    isProxy = isTrusted(address);
    isForwarded = true;
  }
  return { address, isShared: isProxy || (!isForwarded && address !== undefined && isLoopbackAddress(address)) };
}

/** As the system writes it, with IPv4 peers of a dual-stack socket, which it maps to IPv6, as IPv4. */
function canonical(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, "");
  return isIPv6(plain) && !plain.includes("%") ? new URL(`http://[${plain}]`).hostname.slice(1, -1) : plain;
}
