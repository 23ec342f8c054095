import type { ConnectOptions } from "../client/connect-options.js";
import { DEFAULT_CONNECT_OPTIONS } from "../client/connect.js";
import type { Asker, NameResolver as AnyNameResolver } from "../client/whereabouts.js";
import { parseDaemonUrl } from "../wire/address.js";
import {
  formatNamedAddress,
  NAMED_SCHEME,
  type NamedAddress,
  nameServerUrl,
  parseNamedAddress,
} from "../wire/named-address.js";
import { NameLookup } from "./name-lookup.js";
import { NAMES_OBJECT, NAMES_OF_DAEMON, nameServerPlace, type NameServerPlace } from "./name-server-place.js";
import { NamedWhereabouts } from "./named-whereabouts.js";
import { checkedPick, Turns } from "./pick-replica.js";
import { replicaPolicy } from "./replica-policy.js";

/** Finds what named addresses stand for. */
export type NameResolver = AnyNameResolver<ConnectOptions>;

/** Who is asked where an address names nobody; `base` is what a relative one starts from. */
type DefaultServer = (base: string | undefined) => NameServerPlace;

/** By the maker of a program's lines. */
const turnsOf = new WeakMap<object, Turns>();
let resolversWithOptions = 0;

/**
 * Resolves named addresses through a daemon that knows names, as daemons do that were served with `names`: for the option
 * `names` of `connect`, above all in a page, which asks the daemon that it has its objects from.
 *
 * @param daemon its address, in a page relative to it
 * @param options how to connect to it @default the credentials of the program, and its deadlines
 * @example
 * ```ts
 * const chat = connect<Chat>("hearthwire:chat", { names: nameResolver("/rpc"), ticket: fetchTicket("/rpc/ticket") });
 * ```
 */
export function nameResolver(daemon: string | URL, options?: ConnectOptions): NameResolver {
  const server: DefaultServer = (base) => ({ serverUrl: parseDaemonUrl(daemon, base), objectId: NAMES_OF_DAEMON });
  return resolverBy(server, options);
}

/**
 * Resolves named addresses through a name server.
 * @param address of its object, such as `ws://127.0.0.1:7765/names`
 */
export function nameServerResolver(address: string): NameResolver {
  return resolverBy((base) => nameServerPlace(address, base));
}

function resolverBy(byDefault: DefaultServer, own?: ConnectOptions): NameResolver {
  const identity = own === undefined ? 0 : (resolversWithOptions += 1);
  return {
    whereabouts(address, asker) {
      if (!address.startsWith(NAMED_SCHEME)) return undefined;
      const named = parseNamedAddress(address);
      const place = placeOf(named, byDefault, asker);
      return whereabouts(named, { asker, place, own, identity });
    },
  };
}

function placeOf({ server }: NamedAddress, byDefault: DefaultServer, { connector }: Asker<ConnectOptions>) {
  if (server === undefined) return byDefault(connector.environment.baseUrl);
  return { serverUrl: nameServerUrl(server), objectId: NAMES_OBJECT };
}

function whereabouts(
  named: NamedAddress,
  {
    asker,
    place,
    own,
    identity,
  }: {
    readonly asker: Asker<ConnectOptions>;
    readonly place: NameServerPlace;
    readonly own: ConnectOptions | undefined;
    readonly identity: number;
  },
): NamedWhereabouts {
  const { connector, options } = asker;
  const { clock, random = Math.random, isLocal } = connector.environment;
  const { connectTimeoutMs = DEFAULT_CONNECT_OPTIONS.connectTimeoutMs, allowPlaintext } = options;
  const address = formatNamedAddress(named);
  const pick = checkedPick(options.pick);
  const { serverUrl, objectId } = place;
  return new NamedWhereabouts({
    identity: [address, serverUrl, objectId, pick, allowPlaintext === true, identity].join(" "),
    lookup: new NameLookup({ named, asker, address, serverUrl, objectId, line: lineOptions(options, own) }),
    picking: { pick, random, turns: turnsFor(connector), address },
    timeoutMs: connectTimeoutMs,
    clock,
    // Lines that don't leave this program go wherever its environment says, whatever the URL.
    refusalOf: isLocal === true ? () => undefined : replicaPolicy({ address, serverUrl, allowPlaintext }),
  });
}

/** The program's credentials, or those that the resolver was given, never a mixture. */
function lineOptions(options: ConnectOptions, own: ConnectOptions | undefined): ConnectOptions {
  const {
    key,
    ticket,
    allowPlaintext,
    lingerMs,
    connectTimeoutMs = DEFAULT_CONNECT_OPTIONS.connectTimeoutMs,
  } = options;
  const credentials = own?.key === undefined && own?.ticket === undefined ? { key, ticket } : {};
  const shared = { allowPlaintext, lingerMs, connectTimeoutMs, timeoutMs: connectTimeoutMs };
  return { ...shared, ...credentials, ...own } as ConnectOptions;
}

function turnsFor(connector: object): Turns {
  let turns = turnsOf.get(connector);
  if (turns === undefined) turnsOf.set(connector, (turns = new Turns()));
  return turns;
}
