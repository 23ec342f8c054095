import { connect, type ConnectionOptions, type TLSSocket } from "node:tls";
import type { Key } from "../../../src/auth/key.js";
import { createConnect } from "../../../src/client/connect.js";
import type { Connection } from "../../../src/client/connection.js";
import { quietTurn } from "../../../src/node/quiet-turn.js";
import { systemClock } from "../../../src/session/clock.js";
import { dialWebSocket } from "../../../src/transport/websocket-transport.js";

/** A client's TLS, as `ws` takes it; tests of daemons say what even a client of ours would not. */
export interface LineTls {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly maxVersion?: "TLSv1.2";
  /** Of an earlier TLS connection, to be resumed. */
  readonly session?: Buffer;
  /** Another port than the URL's to dial, such as that of a proxy. */
  readonly port?: number;
}

/** Connects over a TLS line of its own. */
export function openTlsConnection<Objects>(
  url: string,
  { key, tls }: { readonly key: Key; readonly tls: LineTls },
): Connection<Objects> {
  const { openConnection } = createConnect({
    clock: systemClock,
    scheduleFlush: quietTurn,
    dial: (dialled) => dialWebSocket(dialled, { nodeOptions: { ...tls, createConnection: connectTo(tls) } }),
  });
  return openConnection<Objects>(url, { key, isolated: true });
}

/** `ws` dials the port of the URL, whatever its options say. */
function connectTo({ port }: LineTls): (options: ConnectionOptions) => TLSSocket {
  return (options) => connect(port === undefined ? options : { ...options, port });
}
