import type { Key } from "../auth/key.js";
import type { KeyRing } from "../auth/key-ring.js";
import type { CoreOptions } from "../daemon/options.js";
import type { Served } from "../objects/served.js";
import type { UpgradeServer } from "./attach.js";
import type { TrustProxy } from "./remote-address.js";
import type { Daemon } from "./served-daemon.js";
import { startDaemon } from "./start-daemon.js";

/** Options of a daemon wherever it listens. */
export interface DaemonOptions extends Omit<CoreOptions, "keys" | "clock" | "scheduleFlush"> {
  /** @default this user's key file, for a daemon on loopback */
  readonly keys?: KeyRing | Key;
  /** Exact web origins whose pages may connect, besides the daemon's own. @default [] */
  readonly origins?: readonly string[];
  /**
   * What peers dial when it is not the bound address: the URL of a reverse proxy. Its host, origin and audience are
   * accepted beside the bound ones.
   */
  readonly publicUrl?: string | URL | readonly (string | URL)[];
  /** Believes `X-Forwarded-For`, of whoever connects or of these addresses, for `remoteAddress` alone. @default false */
  readonly trustProxy?: TrustProxy;
  /** Allows an address beyond loopback without TLS: frames stay signed, but everyone on the way can read them. @default false */
  readonly allowPlaintext?: boolean;
}

/** A server of the daemon's own. */
export interface ListenTarget {
  /** An address of this machine, or a name of one. @default "127.0.0.1" */
  readonly host?: string;
  /** @default 0, a free one */
  readonly port?: number;
  /** @default "/" */
  readonly path?: string;
  readonly server?: never;
}

/** A server of the program, shared with whatever else it serves. */
export interface AttachTarget {
  /** Before or after it listens; the daemon closes with it. */
  readonly server: UpgradeServer;
  /** The daemon takes upgrades of this path, and one segment below it, alone. */
  readonly path: string;
  readonly host?: never;
  readonly port?: never;
}

/** Options of `serve`. */
export type ServeOptions = DaemonOptions & (ListenTarget | AttachTarget);

/**
 * Serves objects by id: on a port of its own on the literal 127.0.0.1, or attached to a server of the program.
 *
 * Resolves when it listens; attached, at once: the address is then held against the bind policy when the server listens,
 * and `closed` resolves with the `InsecureBindError` if it fails.
 *
 * @throws InsecureBindError beyond loopback without `allowPlaintext`
 * @throws ConnectionError `HW_PORT_IN_USE`
 * @throws ConfigError an option is wrong, the key file is not safe (`HW_KEY_FILE_UNSAFE`), or a daemon beyond loopback
 *   was given no keys (`HW_CREDENTIALS_MISSING`)
 *
 * @example
 * const daemon = await serve({ warehouse: new Warehouse() }, { port: 7766 });
 * console.log(daemon.url("warehouse")); // ws://127.0.0.1:7766/warehouse
 */
export function serve<const O extends Record<string, object>>(
  objects: O,
  options: ServeOptions = {},
): Promise<Daemon<Served<O>>> {
  return startDaemon<Served<O>>(objects, options);
}
