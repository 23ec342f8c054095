import { isIP } from "node:net";
import { isLoopbackAddress } from "./loopback.js";

/** The option `trustProxy`: `true` trusts whoever connects, a list only these addresses. */
export type TrustProxy = boolean | readonly string[];

/** Where a connection comes from. */
export interface RemoteAddress {
  readonly address: string | undefined;
  /** Loopback or a trusted proxy: many peers may share it, so that no limit per address makes sense. */
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
  if (socketAddress === undefined) return { address: undefined, isShared: false };
  const isTrusted = (address: string): boolean => typeof trustProxy !== "boolean" && trustProxy.includes(address);
  const hops = (forwardedFor ?? "")
    .split(",")
    .map((hop) => hop.trim())
    .filter((hop) => isIP(hop) !== 0);

  let address = plain(socketAddress);
  let isProxy = trustProxy === true || isTrusted(address);
  while (isProxy) {
    const hop = hops.pop();
    if (hop === undefined) break;
    address = plain(hop);
    isProxy = isTrusted(address);
  }
  return { address, isShared: isProxy || isLoopbackAddress(address) };
}

/** Node reports IPv4 peers of a dual-stack socket as mapped IPv6. */
function plain(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, "");
}
