import { connect } from "node:net";
import type { Transport } from "../transport/transport.js";
import { dialWebSocket, type DialOptions } from "../transport/websocket-transport.js";
import { unixTarget } from "./unix-url.js";

/**
 * Dials a daemon on Node, through a Unix socket too. `ws` would do that by itself, but takes the path as it stands in the
 * URL, percent signs included.
 */
export function dialFromNode(url: string, options: DialOptions = {}): Transport {
  const target = unixTarget(url);
  if (target === undefined) return dialWebSocket(url, options);
  const createConnection = () => connect(target.socketPath);
  return dialWebSocket(`ws://localhost${target.path}`, {
    ...options,
    nodeOptions: { ...options.nodeOptions, createConnection },
  });
}
