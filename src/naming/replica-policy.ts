import { requirePrivateLine } from "../client/plaintext-policy.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import { isUnixUrl } from "../wire/address.js";
import { isLoopbackHost } from "../wire/loopback-host.js";
import { isOnThisMachine } from "../wire/on-this-machine.js";
import type { Inquiry } from "./ask-error.js";

/** Why a daemon that a name server told of is not to be dialled; undefined when it may be. */
export type ReplicaPolicy = (daemonUrl: string) => unknown;

/** What is dialled of what a name server tells. */
export interface ReplicaPolicyOptions extends Pick<Inquiry, "address" | "serverUrl"> {
  /** The program's. */
  readonly allowPlaintext: boolean | undefined;
}

/**
 * Lets through what the program could have dialled by its own URL, and of what leads to the machine of whoever dials it,
 * what a name server on this machine tells: one elsewhere could only mean its own machine, or would have a program here
 * connected to a neighbour of its own choosing, with this user's key file or by a socket file that trusts its users.
 */
export function replicaPolicy({ address, serverUrl, allowPlaintext }: ReplicaPolicyOptions): ReplicaPolicy {
  const isServerHere = isOnThisMachine(serverUrl);
  return (daemonUrl) => {
    if (!isServerHere && leadsToDialler(daemonUrl)) return elsewhere(daemonUrl, { address, serverUrl });
    try {
      requirePrivateLine(daemonUrl, { allowPlaintext });
      return undefined;
    } catch (error) {
      return error;
    }
  };
}

/**
 * Whether a URL leads to the machine that dials it: loopback and Unix sockets, and what systems take for loopback, such as
 * 0.0.0.0, `app.localhost` and IPv4 written as IPv6. Of DNS names that lead there only those under `localhost` are known.
 */
function leadsToDialler(daemonUrl: string): boolean {
  if (isUnixUrl(daemonUrl)) return true;
  const hostname = new URL(daemonUrl).hostname.replace(/\.$/, "");
  return (
    isLoopbackHost(hostname) ||
    /^(?:.*\.localhost|0\.0\.0\.0|\[::\]|\[::ffff:(?:7f[0-9a-f]{2}:[0-9a-f]+|0:0)\])$/.test(hostname)
  );
}

function elsewhere(daemonUrl: string, { address, serverUrl }: Pick<Inquiry, "address" | "serverUrl">): ConnectionError {
  const message =
    `${address} is registered at ${serverUrl} as ${daemonUrl}, which only the daemon's own machine reaches, and that ` +
    `name server is not on this one: serve it with a "host" of the network, or ask a name server on this machine`;
  return new ConnectionError("HW_CONNECT_FAILED", message, { peer: daemonUrl, retryable: true });
}
