import { connectionOf } from "../client/proxy-functions.js";
import type { Connection } from "../client/connection.js";
import { parseAddress } from "../wire/address.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions, openFromOptions } from "./connect-from-options.js";
import { isNamed } from "./daemon-address.js";

/** Under this id every daemon speaks of itself. */
export const DAEMON_OBJECT = "hearthwire.daemon";

/**
 * A connection to the daemon behind any address: its own, an object's, or a name's.
 * @throws as `connectFromOptions`
 */
export async function daemonConnection(io: CommandIo, address: string): Promise<Connection> {
  if (isNamed(address)) return connectionOf(await connectFromOptions(io, address));
  return openFromOptions(io, parseAddress(address).daemonUrl);
}
