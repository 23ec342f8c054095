import type { Socket } from "node:net";
import { isLoopbackAddress } from "./loopback.js";

/**
 * Whether others can read along on a line: it is not over TLS and came in at an address beyond loopback. What reaches
 * this machine's own address, or a Unix socket, stays here, or was brought by a proxy that stands here.
 */
export function isExposedLine(socket: Pick<Socket, "localAddress">): boolean {
  const { localAddress } = socket;
  return !("encrypted" in socket) && localAddress !== undefined && !isLoopbackAddress(localAddress);
}
