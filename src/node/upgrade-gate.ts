import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import type { DaemonCore } from "../daemon/daemon.js";
import { MAX_FRAGMENTS, webSocketTransport } from "../transport/websocket-transport.js";
import { SUBPROTOCOL } from "../wire/constants.js";
import type { Reachability } from "./reachability.js";
import { remoteAddress, type TrustProxy } from "./remote-address.js";
import { capControlFrames } from "./cap-control-frames.js";
import { takeTurns } from "./take-turns.js";
import { checkUpgrade } from "./upgrade-checks.js";

/** What a peer may send before it is authenticated, counted on the socket after the upgrade (protocol.md section 8). */
const MAX_UNAUTHENTICATED_BYTES = 8 * 1024;

/** How long a peer may take to answer our close before its socket is destroyed. */
const CLOSE_TIMEOUT_MS = 5_000;

/** Who gets the peers: a daemon. */
export type UpgradeTarget = Pick<DaemonCore, "accept" | "refused">;

/** Options of `UpgradeGate`. */
export interface UpgradeGateOptions {
  readonly maxFrameBytes: number;
  readonly trustProxy: TrustProxy | undefined;
}

/** The one door for upgrade requests: checks them, upgrades them, and hands their WebSocket to the daemon. */
export class UpgradeGate {
  readonly #core: UpgradeTarget;
  readonly #options: UpgradeGateOptions;
  readonly #webSockets: WebSocketServer;
  readonly #sockets = new Set<Duplex>();
  #isStopped = false;

  constructor(core: UpgradeTarget, options: UpgradeGateOptions) {
    this.#core = core;
    this.#options = options;
    // The types of `ws` don't know `maxFragments` and `closeTimeout` yet.
    const settings: ConstructorParameters<typeof WebSocketServer>[0] & { maxFragments: number; closeTimeout: number } =
      {
        noServer: true,
        clientTracking: false,
        perMessageDeflate: false,
        maxPayload: options.maxFrameBytes,
        maxFragments: MAX_FRAGMENTS,
        closeTimeout: CLOSE_TIMEOUT_MS,
        handleProtocols: () => SUBPROTOCOL,
      };
    this.#webSockets = new WebSocketServer(settings);
    // Otherwise `ws` answers a malformed upgrade with a body that says what was wrong.
    this.#webSockets.on("wsClientError", (_error, socket) => refuse(socket, 400));
  }

  /** Takes an upgrade request that is the daemon's own; `reach` is undefined as long as nobody may connect. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, reach: Reachability | undefined): void {
    socket.on("error", () => socket.destroy());
    if (reach === undefined || this.#isStopped) return refuse(socket, 503);

    const remote = remoteAddress(
      request.socket.remoteAddress,
      headerText(request, "x-forwarded-for"),
      this.#options.trustProxy,
    );
    const verdict = checkUpgrade({ target: request.url ?? "", rawHeaders: request.rawHeaders }, reach);
    if (!verdict.isAllowed) {
      this.#core.refused({
        ...(remote.address === undefined ? {} : { remoteAddress: remote.address }),
        reason: verdict.reason,
      });
      return refuse(socket, verdict.status);
    }

    this.#sockets.add(socket);
    socket.once("close", () => this.#sockets.delete(socket));
    this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      capControlFrames(webSocket);
      this.#core.accept(takeTurns(webSocketTransport(webSocket), webSocket), {
        remoteAddress: remote.address,
        origin: verdict.origin,
        isLoopback: remote.isShared,
        onAuthenticated: limitBytes(socket, MAX_UNAUTHENTICATED_BYTES),
      });
    });
  }

  /** Takes no more upgrades. */
  stop(): void {
    this.#isStopped = true;
  }

  /** Destroys what is still open. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#webSockets.close();
  }
}

/** Answers an upgrade request with a status and nothing else, and hangs up. */
export function refuse(socket: Duplex, status: number): void {
  const reasons: Readonly<Record<number, string>> = {
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    503: "Service Unavailable",
  };
  socket.once("finish", () => socket.destroy());
  socket.end(`HTTP/1.1 ${status} ${reasons[status] ?? ""}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/**
 * Destroys a socket that brings more than `maxBytes` before the returned function is called.
 *
 * It listens after `ws`, which has then acted on the bytes already: a peer may well send megabytes in one flight with
 * its CONFIRM.
 */
function limitBytes(socket: Duplex, maxBytes: number): () => void {
  let bytes = 0;
  let isLimited = true;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    // An emitter goes on with the listeners it had when it began, so being removed is not enough.
    if (isLimited && bytes > maxBytes) socket.destroy();
  };
  socket.on("data", count);
  return () => {
    isLimited = false;
    socket.off("data", count);
  };
}

function headerText(request: IncomingMessage, name: string): string | undefined {
  return request.headersDistinct[name]?.join(",");
}
