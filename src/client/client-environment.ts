import type { Credential } from "../auth/client-handshake.js";
import type { Clock } from "../session/clock.js";
import type { FlushScheduler } from "../session/flush-scheduler.js";
import type { Transport } from "../transport/transport.js";

/** What connecting takes from the host. */
export interface ClientEnvironment {
  /** Dials a daemon's URL; frames above `maxFrameBytes` need not be taken. */
  dial(url: string, options: { readonly maxFrameBytes: number }): Transport;
  /** Credentials of this user for a daemon, when the program gave none; undefined when there are none for it. */
  credentials?(daemonUrl: string): Promise<Credential | undefined>;
  /** What relative addresses start from: the page's address. Read at each use. */
  readonly baseUrl?: string | undefined;
  readonly clock: Clock;
  readonly scheduleFlush: FlushScheduler;
}
