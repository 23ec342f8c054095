import type { RequestListener, ServerOptions } from "node:http";
import { isOwnPath } from "./upgrade-checks.js";

/** Requests that are plain HTTP, and connections that say nothing, end by then; `guardConnections` is more exact. */
const HEADERS_TIMEOUT_MS = 5_000;
const CHECKING_INTERVAL_MS = 1_000;
const MAX_HEADER_BYTES = 8 * 1024;

/** Settings of a server of the daemon's own. */
export const HTTP_SETTINGS: ServerOptions = {
  headersTimeout: HEADERS_TIMEOUT_MS,
  requestTimeout: HEADERS_TIMEOUT_MS,
  connectionsCheckingInterval: CHECKING_INTERVAL_MS,
  maxHeaderSize: MAX_HEADER_BYTES,
  insecureHTTPParser: false,
};

/** Answers whatever is no upgrade, and hangs up. */
export function answerPlainRequests(path: string): RequestListener {
  return (request, response) => {
    const isOurs = isOwnPath(request.url ?? "", path);
    response.writeHead(isOurs ? 426 : 404, {
      "content-type": "text/plain; charset=utf-8",
      connection: isOurs ? "close, upgrade" : "close",
      ...(isOurs ? { upgrade: "websocket" } : {}),
    });
    response.end(isOurs ? "This address takes WebSocket connections of hearthwire.\n" : "Nothing is served here.\n");
  };
}
