import type { Connection } from "../client/connection.js";
import { connectionOf } from "../client/proxy-functions.js";
import type { VerifyPeer } from "../node/certificate-checks.js";
import { connect, openConnection } from "../node/connect.js";
import { parseAddress } from "../wire/address.js";
import type { CommandIo } from "./command-io.js";
import { connectOptionsOf } from "./connect-from-options.js";
import { isNamed } from "./daemon-address.js";

/** Under this id every daemon speaks of itself. */
export const DAEMON_OBJECT = "hearthwire.daemon";

/**
 * A connection to the daemon behind any address: its own, an object's, or a name's.
 *
 * @param look `verifyPeer` sees the daemon's certificate, once TLS has found it to be trusted
 * @throws as `connectFromOptions`
 */
export async function daemonConnection(
  io: CommandIo,
  address: string,
  look: { readonly verifyPeer?: VerifyPeer | undefined } = {},
): Promise<Connection> {
  const options = await connectOptionsOf(io, address, look);
  if (isNamed(address)) return connectionOf(await connect(address, options));
  return openConnection(parseAddress(address).daemonUrl, options);
}
