import type { Connection, NotFunction } from "../client/connection.js";
import type { Remote } from "../client/remote.js";
import type { DaemonCore } from "../daemon/daemon.js";
import type { CoreOptions } from "../daemon/options.js";
import type { Served } from "../objects/served.js";
import type { FakeClock } from "./fake-clock.js";
import type { FaultyLine } from "./faulty-line.js";
import { type LinkedClientOptions, LinkedDaemon } from "./linked-daemon.js";

/** Options of `linkedPeers`. */
export interface LinkedOptions extends LinkedClientOptions {
  /** Moves heartbeats, deadlines, expiry and latency. @default the host's clock */
  readonly clock?: FakeClock;
  /** Hooks, limits and logger of the daemon. */
  readonly daemon?: Omit<CoreOptions, "keys" | "clock">;
}

/** A daemon and its clients in one process; disposing ends all of them. */
export interface LinkedPeers<Objects> extends AsyncDisposable {
  readonly daemon: Pick<DaemonCore, "on" | "register" | "unregister" | "sessions" | "statistics" | "close" | "closed">;
  readonly connection: Connection<Objects>;
  /** What the first client is connected by, to cut and stall. */
  readonly line: FaultyLine;
  /** A proxy of a served object; a served function has none. */
  object<K extends keyof Objects & string>(id: K & NotFunction<Objects[K]>): Remote<Objects[K]>;
  /** A second client, with a key of its own. */
  another(options?: LinkedClientOptions): Connection<Objects>;
}

/**
 * Serves objects to a client in the same process, over the real wire format: handshake, signatures, serializer and
 * limits are those of a daemon behind a socket. Resolves when the client is connected.
 *
 * @throws ConnectionError when the daemon's hook refuses the client
 * @example
 * ```ts
 * await using peers = await linkedPeers({ warehouse: new Warehouse() });
 * const warehouse = peers.object("warehouse");
 * await warehouse.store("candle", 3);
 * ```
 */
export async function linkedPeers<const O extends Record<string, object>>(
  objects: O,
  options: LinkedOptions = {},
): Promise<LinkedPeers<Served<O>>> {
  const { clock, daemon: daemonOptions, ...clientOptions } = options;
  const daemon = new LinkedDaemon(objects, { clock, daemon: daemonOptions });
  const line = daemon.lineOf(clientOptions.link);
  const connection = daemon.connect<Served<O>>({ ...clientOptions, link: line });
  await connection.ready;
  return {
    daemon: daemon.core,
    connection,
    line,
    object: (id) => connection.object(id),
    another: (others) => daemon.connect<Served<O>>(others),
    [Symbol.asyncDispose]: () => daemon.close(),
  };
}
