import { DEFAULT_LIMITS } from "../daemon/limits.js";
import { isIntegerWithin } from "../client/option-rules.js";
import { completeNameLimits, type NameLimits } from "../naming/name-limits.js";
import { NameServer, type NameServerOptions } from "../naming/name-server.js";
import type { NameStorage } from "../naming/name-storage.js";
import { NAMES_PORT } from "../wire/named-address.js";
import type { Served } from "../objects/served.js";
import { announce, type AnnounceOptions } from "./announce.js";
import { nameStorageOf } from "./name-storage-of.js";
import type { ServeOptions } from "./serve-options.js";
import type { Daemon, ServedDaemon } from "./served-daemon.js";
import { startDaemon } from "./start-daemon.js";

/** Options of `serveNames`: those of a daemon, and of its name server. */
export type ServeNamesOptions = ServeOptions & {
  /**
   * What keeps registrations beyond the life of the process: a SQLite file that is made on first use, as by `sqliteNames`,
   * or a storage of one's own. @default none
   */
  readonly storage?: string | NameStorage | undefined;
  /** How much it holds. */
  readonly nameLimits?: Partial<NameLimits> | undefined;
  /** Who may do with the names of others as with their own. @default nobody */
  readonly admins?: NameServerOptions["admins"];
  /** Lets `discoverNames` find it on the local network, as `announce` does; it must be reachable there. @default false */
  readonly discovery?: boolean | Omit<AnnounceOptions, "objectId"> | undefined;
};

/**
 * Serves a name server as the object `names`, on 127.0.0.1 and port 7765 unless told otherwise. Keys, tickets and
 * `authorize` decide about it as about any other object.
 *
 * Names that are bound to sessions stay in the storage when the daemon closes; after a restart their registrants have 120 s
 * to come back, which those that `serve` with `names` do by themselves.
 *
 * One principal may have three quarters of the sessions that there may be (`limits`: 768 of 1_024), as a team that shares a
 * key needs; for more than some 700 daemons raise `limits.maxSessions`.
 *
 * @throws ConfigError @throws ConnectionError @throws InsecureBindError as `serve` and `announce`, and what the storage
 *   fails with
 * @example
 * const daemon = await serveNames();
 * console.log(daemon.url("names")); // ws://127.0.0.1:7765/names
 */
export async function serveNames(options: ServeNamesOptions = {}): Promise<Daemon<Served<{ names: NameServer }>>> {
  const { storage: given, nameLimits: limits, admins, discovery = false, ...rest } = options;
  completeNameLimits(limits);
  const storage = nameStorageOf(given);
  const names = new NameServer({ storage, limits, admins });
  const { logger } = rest;
  names.on("storageFailed", (error) => {
    if (logger === undefined) process.emitWarning(`hearthwire: names could not be stored: ${error.message}`);
    else logger.error("hearthwire: names could not be stored", { error });
  });
  try {
    await names.ready;
    const daemon = await startDaemon<Served<{ names: NameServer }>>({ names }, withDefaults(rest));
    daemon.accompanyBy({ leave: () => names.close().catch(() => undefined), end: () => Promise.resolve() });
    if (discovery !== false) await announceNames(daemon, discovery === true ? {} : discovery);
    return daemon;
  } catch (error) {
    await names.close().catch(() => undefined);
    throw error;
  }
}

/** From now on, until the daemon begins to close; it closes at once when it can't be. */
async function announceNames<O>(daemon: ServedDaemon<O>, options: AnnounceOptions): Promise<void> {
  try {
    const announcement = await announce(daemon, options);
    daemon.accompanyBy({ leave: () => announcement.close(), end: () => Promise.resolve() });
  } catch (error) {
    await daemon.close({ graceMs: 0 });
    throw error;
  }
}

/** A port, of a daemon that listens on one of its own, and the sessions of one principal. */
function withDefaults(given: ServeOptions): ServeOptions {
  const options = { ...given, limits: withSessionLimit(given.limits) };
  if (options.server !== undefined || options.socketPath !== undefined) return options;
  return { ...options, port: options.port ?? NAMES_PORT };
}

/** Nobody can shut all others out. What is wrong with limits is said where they are checked. */
function withSessionLimit(limits: ServeOptions["limits"] = {}): ServeOptions["limits"] {
  const { maxSessions = DEFAULT_LIMITS.maxSessions, maxSessionsPerPrincipal } = limits;
  if (maxSessionsPerPrincipal !== undefined || !isIntegerWithin(maxSessions, { least: 1, most: Infinity }))
    return limits;
  return { ...limits, maxSessionsPerPrincipal: Math.ceil(maxSessions * PRINCIPAL_SHARE) };
}

/** Of all sessions. */
const PRINCIPAL_SHARE = 0.75;
