import { Key } from "../auth/key.js";
import { checkByRules, isIntegerWithin, isSignal, type OptionRule } from "../client/option-rules.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { systemClock } from "../session/clock.js";
import { DiscoveryAsker, type FoundNameServer } from "./discovery-asker.js";
import { openDiscoveryLink } from "./discovery-link.js";
import { installHost } from "./install-host.js";
import { isIPv4 } from "node:net";

/** How `discoverNames` looks. */
export interface DiscoverOptions {
  /** The team's key: it signs the question, and answers that it didn't sign are ignored. */
  readonly key: Key;
  /** How long answers are waited for, 1..60_000. @default 3_000 */
  readonly timeoutMs?: number | undefined;
  /** Ends the search, which then throws its reason. */
  readonly signal?: AbortSignal | undefined;
  /** This machine's own IPv4 addresses on whose networks it asks. @default all but loopback */
  readonly interfaces?: readonly string[] | undefined;
}

const MOST_MS = 60_000;

/** A list of literals, since a name would be looked up over the network. */
export const isInterfaces: OptionRule = (value) =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.length <= 8 &&
  value.every((one) => typeof one === "string" && isIPv4(one))
    ? undefined
    : "an array of 1 to 8 IPv4 addresses of this machine";

const RULES: Readonly<Record<keyof DiscoverOptions, OptionRule>> = {
  key: (value) => (value instanceof Key ? undefined : 'a Key, such as Key.from(bytes, { id: "team" })'),
  timeoutMs: (value) =>
    isIntegerWithin(value, { least: 1, most: MOST_MS }) ? undefined : `an integer 1..${MOST_MS} (ms)`,
  signal: isSignal,
  interfaces: isInterfaces,
};

/**
 * Looks on the local network for name servers that announce themselves (`announce`), by multicast DNS. What it finds are
 * addresses to dial, signed by the key for this very question; who listens there proves itself in the handshake, as always.
 * It ends when the time is over, and as soon as the loop is left.
 *
 * Needs the package `multicast-dns`. IPv4 only; no router passes the question on.
 *
 * @throws ConfigError `HW_OPTION_INVALID`, also without `multicast-dns`; `HW_KEY_INVALID` when the key mints tickets, is
 *   of a passphrase or can't be read
 * @throws ConnectionError `HW_CONNECT_FAILED` when there is no network, or multicast DNS can't be opened on it
 * @throws the reason of `signal`
 *
 * @example
 * for await (const { address } of discoverNames({ key })) {
 *   const names = await connect<NameServer>(address, { key });
 *   break;
 * }
 */
export async function* discoverNames(options: DiscoverOptions): AsyncGenerator<FoundNameServer, void, undefined> {
  installHost();
  checkByRules(options, RULES);
  const { key, timeoutMs = 3_000, signal, interfaces } = options;
  if (key === undefined) {
    throw new ConfigError("HW_OPTION_INVALID", '"key" must be given: the key that name servers on this network accept');
  }
  signal?.throwIfAborted();
  const link = await openDiscoveryLink({ interfaces });
  try {
    yield* new DiscoveryAsker(link, { key, timeoutMs, signal, clock: systemClock }).ask();
  } finally {
    await link.close();
  }
}
