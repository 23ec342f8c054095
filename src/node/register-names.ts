import type { KeyRing } from "../auth/key-ring.js";
import type { DaemonCore } from "../daemon/daemon.js";
import { DEFAULT_NAMES } from "../naming/name-server-place.js";
import { namesForClients } from "../naming/names-for-clients.js";
import { openConnection } from "./connect.js";
import { type NamesOptions, requireName, serverOf } from "./names-options.js";
import type { NodeConnectOptions } from "./node-connect-options.js";
import { Registrar } from "./registrar.js";
import type { ServedDaemon } from "./served-daemon.js";

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
  const registrar = new Registrar({
    open: () =>
      openConnection(daemonUrl, {
        ...connect,
        ...(key !== undefined && { key }),
        isolated: true,
      } as NodeConnectOptions),
    objectId,
    addressOf: (id) => daemon.url(id),
    prefix,
    tags,
    replica,
    load: () => core.statistics.callsRunning,
    clock: core.clock,
    named: (registered) => core.reportNames(registered),
    failed: (error, unregistered) => {
      if (!core.hasListeners("namingFailed")) warn(error, { server: daemonUrl, names: unregistered });
      core.reportNames(unregistered, error);
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
  process.emitWarning(
    `hearthwire: ${names.length === 1 ? "a name is" : `${names.length} names are`} not registered with ${server}, which is tried again: ${error.message}`,
    "HearthwireWarning",
  );
}
