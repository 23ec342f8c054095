import type { KeyRing } from "../auth/key-ring.js";
import type { DaemonCore } from "../daemon/daemon.js";
import type { RemovedName } from "../daemon/daemon-events.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import { DEFAULT_NAMES } from "../naming/name-server-place.js";
import { withStartRemedy } from "../naming/ask-error.js";
import { namesForClients } from "../naming/names-for-clients.js";
import { escaped } from "../observe/safe-text.js";
import { isOnThisMachine } from "../wire/on-this-machine.js";
import { openConnection } from "./connect.js";
import { type NamesOptions, requireName, serverOf } from "./names-options.js";
import type { NodeConnectOptions } from "./node-connect-options.js";
import { Registrar } from "./registrar.js";
import type { ServedDaemon } from "./served-daemon.js";

/**
 * Longest pause between two tries to reach a name server that is away, in ms. A dial that this machine itself refuses costs
 * next to nothing.
 */
const MAX_PAUSE_MS = { here: 2_000, elsewhere: 30_000 } as const;

/** What {@link registerNames} is given. */
export interface NamesOfDaemon {
  readonly names: true | NamesOptions;
  /** Those that the program gave. */
  readonly keys: KeyRing | undefined;
}

/** Registers what a daemon serves from when `begin` is called, and serves its clients what the name server says. */
export function registerNames(
  { daemon, core }: { readonly daemon: ServedDaemon<never>; readonly core: DaemonCore },
  { names, keys }: NamesOfDaemon,
): Registrar {
  const { server = DEFAULT_NAMES, prefix = "", tags, replica = false, connect = {} } = names === true ? {} : names;
  const { daemonUrl, objectId } = serverOf(server);
  const hasCredentials = connect.key !== undefined || connect.ticket !== undefined || connect.tls?.cert !== undefined;
  const key = hasCredentials ? connect.key : keys?.choose("connect", core.clock.now());
  const maxPauseMs = isOnThisMachine(daemonUrl) ? MAX_PAUSE_MS.here : MAX_PAUSE_MS.elsewhere;
  let isWarned = false;
  const warnIfUnreachable = (): void => {
    if (isWarned || isOnThisMachine(daemonUrl) || !isOnThisMachine(daemon.url())) return;
    isWarned = true;
    warnOfLoopback({ server: daemonUrl, url: daemon.url() });
  };
  const registrar = new Registrar({
    open: () =>
      openConnection(daemonUrl, {
        ...connect,
        ...(key !== undefined && { key }),
        isolated: true,
        reconnect: { maxDelayMs: maxPauseMs },
      } as NodeConnectOptions),
    objectId,
    addressOf: (id) => daemon.url(id),
    prefix,
    tags,
    replica,
    load: () => core.statistics.callsRunning,
    clock: core.clock,
    maxPauseMs,
    named: (registered) => {
      warnIfUnreachable();
      core.reportNames(registered);
    },
    failed: (error, unregistered) => {
      if (!core.hasListeners("namingFailed")) warn(error, { server: daemonUrl, names: unregistered });
      core.reportNames(unregistered, error);
    },
    removed: (removal) => {
      if (!core.hasListeners("nameRemoved")) warnOfRemoval(removal);
      core.reportRemovedName(removal);
    },
  });
  core.serveNames(namesForClients(() => registrar.server, core.clock));
  daemon.accompanyBy({
    check: (id) => requireName(prefix, id),
    registered: (id) => registrar.add(id),
    unregistered: (id) => registrar.remove(id),
    leave: () => registrar.leave(),
    end: () => registrar.end(),
  });
  return registrar;
}

/** Nobody listens, and names that are not there would be looked for in vain. */
function warn(error: Error, { server, names }: { readonly server: string; readonly names: readonly string[] }): void {
  const what = names.length === 1 ? "a name is" : `${names.length} names are`;
  const isAway = error instanceof ConnectionError && error.code === "HW_CONNECT_FAILED";
  const sentence = `hearthwire: ${what} not registered with ${server}, which is tried again: ${error.message}`;
  process.emitWarning(isAway ? withStartRemedy(sentence) : sentence, "HearthwireWarning");
}

function warnOfLoopback({ server, url }: { readonly server: string; readonly url: string }): void {
  process.emitWarning(
    `hearthwire: names are registered with ${server} as ${url}, which only this machine reaches: give "host" an address of the network, with "tls" and "keys", or "publicUrl"`,
    "HearthwireWarning",
  );
}

function warnOfRemoval({ name, by }: RemovedName): void {
  process.emitWarning(
    `hearthwire: the name ${escaped(name)} was removed by ${escaped(by)}: its object is served still, and is not registered again until the daemon is started anew`,
    "HearthwireWarning",
  );
}
