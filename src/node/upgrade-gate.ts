import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { DaemonCore } from "../daemon/daemon.js";
import { MAX_FRAGMENTS, webSocketTransport } from "../transport/websocket-transport.js";
import { SUBPROTOCOL } from "../wire/constants.js";
import { tlsFacts } from "./client-certificate.js";
import { isExposedLine } from "./exposed-line.js";
import type { Reachability } from "./reachability.js";
import { capControlFrames } from "./cap-control-frames.js";
import { refuse } from "./refuse.js";
import { remoteAddress, type RemoteAddress, type TrustProxy } from "./remote-address.js";
import { takeTurns } from "./take-turns.js";
import type { ClientCertificateOptions } from "./tls-options.js";
import { checkUpgrade, type UpgradeRequest } from "./upgrade-checks.js";

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
  /** @default {} */
  readonly clientCertificates?: ClientCertificateOptions | undefined;
}

/** The one door for upgrade requests: checks them, upgrades them, and hands their WebSocket to the daemon. */
export class UpgradeGate {
  readonly #core: UpgradeTarget;
  readonly #options: UpgradeGateOptions;
  readonly #webSockets: WebSocketServer;
  readonly #sockets = new Set<Duplex>();

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
    this.#webSockets.on("wsClientError", ({ message }, socket, request) => {
      this.#refuse(socket, { status: 400, reason: message, remote: this.#remote(request).address });
    });
  }

  /** Takes an upgrade request that is the daemon's own; `reach` is undefined as long as nobody may connect. */
  handle(request: IncomingMessage, socket: Duplex, head: Buffer, reach: Reachability | undefined): void {
    socket.on("error", destroyOnError);
    const remote = this.#remote(request);
    if (reach === undefined) {
      return this.#refuse(socket, { status: 503, reason: "the daemon is not reachable yet", remote: remote.address });
    }
    const verdict = checkUpgrade(requestOf(request), reach);
    if (!verdict.isAllowed) return this.#refuse(socket, { ...verdict, remote: remote.address });

    this.#watch(socket);
    const upgraded = (webSocket: WebSocket): void => {
      capControlFrames(webSocket);
      this.#core.accept(takeTurns(webSocketTransport(webSocket), webSocket), {
        remoteAddress: remote.address,
        origin: verdict.origin,
        isLoopback: remote.isShared,
        ...tlsFacts(socket, this.#options.clientCertificates ?? {}),
        isExposed: isExposedLine(request.socket),
        onAuthenticated: limitBytes(socket, MAX_UNAUTHENTICATED_BYTES),
      });
    };
    try {
      this.#webSockets.handleUpgrade(request, socket, head, upgraded);
    } catch (error) {
      // Thrown when somebody else has answered already, as a WebSocketServer of the app on the same path.
      socket.destroy();
      this.#core.refused({
        ...(remote.address !== undefined && { remoteAddress: remote.address }),
        reason: `another listener of "server" has taken the upgrade: ${(error as Error).message}`,
      });
    }
  }

  /** Apart, since what listens for so long keeps all that stands around it, such as the request. */
  #watch(socket: Duplex): void {
    this.#sockets.add(socket);
    // Not `once`, which keeps 0.2 KiB more while the line is there (measured).
    socket.on("close", () => this.#sockets.delete(socket));
  }

  #remote(request: IncomingMessage): RemoteAddress {
    const forwardedFor = request.headersDistinct["x-forwarded-for"]?.join(",");
    return remoteAddress(request.socket.remoteAddress, forwardedFor, this.#options.trustProxy);
  }

  #refuse(
    socket: Duplex,
    refused: { readonly status: number; readonly reason: string; readonly remote: string | undefined },
  ): void {
    const { status, reason, remote } = refused;
    this.#core.refused(remote === undefined ? { reason } : { remoteAddress: remote, reason });
    refuse(socket, status);
  }

  /** Destroys what is still open. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#webSockets.close();
  }
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

function destroyOnError(this: Duplex): void {
  this.destroy();
}

function requestOf({ url = "", httpVersion, rawHeaders }: IncomingMessage): UpgradeRequest {
  return { target: url, httpVersion, rawHeaders };
}
