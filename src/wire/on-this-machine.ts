import { isUnixUrl } from "./address.js";
import { isLoopbackHost } from "./loopback-host.js";

/** Whether the URL of a daemon is of loopback or of a Unix socket: only the daemon's own machine reaches it. */
export function isOnThisMachine(daemonUrl: string): boolean {
  return isUnixUrl(daemonUrl) || isLoopbackHost(new URL(daemonUrl).hostname);
}
