import type { Served } from "../objects/served.js";
import type { ServeOptions } from "./serve-options.js";
import type { Daemon } from "./served-daemon.js";
import { startDaemon } from "./start-daemon.js";

export type { AttachTarget, DaemonOptions, ListenTarget, ListenUnixTarget, ServeOptions } from "./serve-options.js";

/**
 * Serves objects by id: on a port of its own on the literal 127.0.0.1, on a Unix socket, or attached to a server of the
 * program.
 *
 * Resolves when it listens; attached, at once: the address is then held against the bind policy when the server listens,
 * and `closed` resolves with the `InsecureBindError` if it fails.
 *
 * @throws InsecureBindError beyond loopback without `allowPlaintext`
 * @throws ConnectionError `HW_PORT_IN_USE`: somebody else listens on the port or the Unix socket
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
