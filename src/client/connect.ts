import type { Credential } from "../auth/client-handshake.js";
import type { Clock } from "../session/clock.js";
import type { FlushScheduler } from "../session/flush-scheduler.js";
import type { Transport } from "../transport/transport.js";
import type { ConnectOptions } from "./connect-options.js";
import type { Connection } from "./connection.js";
import type { Connecting, UntypedObject } from "./remote.js";

/** What connecting takes from the host. */
export interface ClientEnvironment {
  /** Dials a daemon's URL. */
  dial(url: string): Transport;
  /** Credentials of this user for a daemon, when the program gave none; undefined when there are none for it. */
  credentials?(daemonUrl: string): Promise<Credential | undefined>;
  /** What relative addresses start from: the page's address. Read at each use. */
  readonly baseUrl?: string | undefined;
  readonly clock: Clock;
  readonly scheduleFlush: FlushScheduler;
}

/** The two ways to connect, with a table of shared sockets of their own. */
export interface Connect {
  /**
   * Connects to one object; the result is a promise of the proxy that can be used before it settles. Everything that is
   * wrong, the address included, rejects it; nothing is thrown.
   */
  connect<T = UntypedObject>(address: string | URL, options?: ConnectOptions): Connecting<T>;
  /** Connects to a daemon; objects are then taken from the connection by id. */
  openConnection<Objects = Record<string, UntypedObject>>(
    address: string | URL,
    options?: ConnectOptions,
  ): Connection<Objects>;
}

/** Makes `connect` and `openConnection` for a host. */
export function createConnect(_environment: ClientEnvironment): Connect {
  throw new Error("not written");
}
