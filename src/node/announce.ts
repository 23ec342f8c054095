import { isIPv4 } from "node:net";
import { hostname } from "node:os";
import { checkByRules, type OptionRule } from "../client/option-rules.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { systemClock } from "../session/clock.js";
import { DISCOVERY_NAME, MAX_DISCOVERY_ADDRESS_BYTES } from "../wire/discovery-message.js";
import { isLoopbackHost } from "../wire/loopback-host.js";
import { isInterfaces } from "./discover-names.js";
import { openDiscoveryLink } from "./discovery-link.js";
import { DiscoveryResponder } from "./discovery-responder.js";
import { isLoopbackAddress, isWildcardAddress } from "./loopback.js";
import type { Daemon } from "./served-daemon.js";

/** How a daemon is announced. */
export interface AnnounceOptions {
  /** The object that is the name server. @default "names" */
  readonly objectId?: string | undefined;
  /** What people call it: 1..63 of `[A-Za-z0-9._-]`. @default the machine's name */
  readonly name?: string | undefined;
  /** This machine's own IPv4 addresses on whose networks it answers. @default the one that the daemon listens on, or all but loopback */
  readonly interfaces?: readonly string[] | undefined;
}

/** An announcement that stands until it is closed, or its daemon is. */
export interface Announcement extends AsyncDisposable {
  /** What answers say. */
  readonly address: string;
  close(): Promise<void>;
}

const RULES: Readonly<Record<keyof AnnounceOptions, OptionRule>> = {
  objectId: (value) => (typeof value === "string" ? undefined : "the id of an object"),
  name: (value) =>
    typeof value === "string" && DISCOVERY_NAME.test(value) ? undefined : "1..63 of A-Z, a-z, 0-9, '.', '_' and '-'",
  interfaces: isInterfaces,
};

/**
 * Lets `discoverNames` find a daemon on the local network, by multicast DNS: it answers questions that a key of the
 * daemon's ring signed, with its address, signed by that key. Who has no key gets no answer. Keys that mint tickets, that
 * are of passphrases, or that only a ring's `find` knows, are not answered to.
 *
 * At most 10 answers are sent in a second, none longer than its question, to the local network alone.
 *
 * Needs the package `multicast-dns`.
 *
 * @throws ConfigError `HW_OPTION_INVALID`, also without `multicast-dns`, and for a daemon that others can't reach
 * @throws ConnectionError `HW_CONNECT_FAILED` when multicast DNS can't be opened on the network
 *
 * @example
 * const daemon = await serveNames({ host: "192.168.1.5", tls, keys }); // or at once: { discovery: true }
 * await announce(daemon);
 */
export async function announce(
  daemon: Pick<Daemon, "url" | "address" | "keys" | "closed">,
  options: AnnounceOptions = {},
): Promise<Announcement> {
  checkByRules(options, RULES);
  const { objectId = "names", name = machineName() } = options;
  const address = announcedAddress(daemon, objectId);
  const link = await openDiscoveryLink({ interfaces: options.interfaces ?? boundInterface(daemon) });
  new DiscoveryResponder(link, { keys: daemon.keys, name, address, clock: systemClock });
  const close = (): Promise<void> => link.close();
  void daemon.closed.then(close);
  return { address, close, [Symbol.asyncDispose]: close };
}

function announcedAddress(daemon: Pick<Daemon, "url">, objectId: string): string {
  const address = daemon.url(objectId);
  if (!/^wss?:/.test(address) || isLoopbackHost(new URL(address).hostname)) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"discovery" needs a daemon that other machines can reach, this one is at ${address}: give it a "host" of the network, "tls" and "keys"`,
    );
  }
  if (Buffer.byteLength(address) > MAX_DISCOVERY_ADDRESS_BYTES) {
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"discovery" has room for an address of ${MAX_DISCOVERY_ADDRESS_BYTES} bytes, this daemon's has ${Buffer.byteLength(address)}: shorten "publicUrl" or the object's id`,
    );
  }
  return address;
}

/** The network of the address that the daemon listens on; of a wildcard, or behind a proxy on this machine, all. */
function boundInterface(daemon: Pick<Daemon, "address">): readonly string[] | undefined {
  const { host } = daemon.address;
  const isOfOne = host !== undefined && isIPv4(host) && !isWildcardAddress(host) && !isLoopbackAddress(host);
  return isOfOne ? [host] : undefined;
}

function machineName(): string {
  return (
    hostname()
      .replaceAll(/[^A-Za-z0-9._-]/g, "-")
      .slice(0, 63) || "names"
  );
}
