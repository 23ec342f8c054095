import type { Server as HttpServer } from "node:http";
import type { Server, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Refusal } from "../daemon/daemon-events.js";
import type { UpgradeListener } from "./attach.js";
import { networkOf } from "../daemon/network-of.js";
import { type Guest, MAX_UNAUTHENTICATED, WaitingRoom } from "../daemon/waiting-room.js";
import type { Clock, Timer } from "../session/clock.js";
import { refuse } from "./refuse.js";
import { remoteAddress, type TrustProxy } from "./remote-address.js";
import { tlsRefusal } from "./tls-refusal.js";

/** The first byte of a ClientHello (RFC 8446 section 5.1); no request of HTTP begins with it. */
const TLS_HANDSHAKE_RECORD = 0x16;

/** From accept to the end of the headers, a TLS handshake included. */
export const HEADERS_DEADLINE_MS = 5_000;

/** Options of `ConnectionGuard`. */
export interface ConnectionGuardOptions {
  readonly clock: Clock;
  readonly trustProxy: TrustProxy | undefined;
  /** Told of everybody who is turned away. */
  readonly refused: (refusal: Refusal) => void;
}

/** A connection that has not brought a whole head yet. */
interface Newcomer extends Guest {
  /** Of the peer, whether or not others share it. */
  readonly remoteAddress: string | undefined;
  readonly timer: Timer;
  readonly socket: Socket;
  /** Listens to the socket's end. */
  readonly closed: () => void;
}

/**
 * Bounds what strangers can hold open on a server of the daemon's own before they have said what they want: connections
 * that are silent, or that bring their head byte by byte. The same numbers hold as for peers that have not proved
 * themselves, and the oldest goes.
 *
 * Node's own `headersTimeout` looks only once a second, counts from the end of the TLS handshake, and bounds no number.
 */
export class ConnectionGuard {
  readonly #options: ConnectionGuardOptions;
  readonly #room = new WaitingRoom<Newcomer>();
  /**
   * By what a socket and the TLS socket on it share: the peer's address and port and our address, since a peer may use one
   * port for connections to several of ours; or the socket where there is none.
   */
  readonly #newcomers = new Map<string | Duplex, Newcomer>();

  /** Whose socket is closing right now. */
  #closing: Newcomer | undefined;

  constructor(options: ConnectionGuardOptions) {
    this.#options = options;
  }

  /** How many connections have not brought a whole head. */
  get size(): number {
    return this.#room.size;
  }

  /** Stands at a server's door, from before it listens, and passes on the upgrades that come properly. */
  watch(server: HttpServer, onUpgrade: UpgradeListener): void {
    // `connection` comes before TLS; `https.Server` emits it too.
    // None dropped silently: their bytes are bounded, and the checks before the upgrade bound their number.
    server.maxHeadersCount = 0;
    (server as Server).on("connection", (socket) => this.#enter(socket));
    server.on("request", ({ socket }) => void this.#leave(keyOf(socket)));
    // Without a listener Node answers by itself and keeps the line open, unseen by `request`.
    server.on("checkExpectation", ({ socket }) => {
      this.#leave(keyOf(socket));
      this.#refused(socket.remoteAddress, "the request has an Expect that nobody here meets");
      refuse(socket, 417);
    });
    server.on("clientError", (error, socket) => this.#malformed(error, socket as Socket));
    server.on("upgrade", (request, socket, head) => {
      const newcomer = this.#leave(keyOf(request.socket));
      if (newcomer !== undefined) {
        // An upgraded line brings no request any more, and shall not be followed by all that was kept of it.
        newcomer.socket.off("close", newcomer.closed);
        onUpgrade(request, socket, head);
        return;
      }
      // It came behind a request that is answered on this line, and a proxy in between may not have seen it.
      socket.on("error", () => socket.destroy());
      this.#refused(request.socket.remoteAddress, "the upgrade is not the first request of its connection");
      refuse(socket, 400);
    });
  }

  /** Hangs up on all of them; an https server knows nothing of those whose TLS has not begun. */
  close(): void {
    for (const { socket } of this.#room) socket.destroy();
  }

  #enter(socket: Socket): void {
    const { address, isShared } = remoteAddress(socket.remoteAddress, undefined, this.#options.trustProxy);
    // Taken now: a closed socket has no port any more.
    const key = keyOf(socket);
    const turnAway = (reason: string): void => {
      this.#leave(key);
      socket.destroy();
      this.#refused(address, reason);
    };
    const newcomer: Newcomer = {
      socket,
      remoteAddress: address,
      address: address === undefined || isShared ? undefined : networkOf(address),
      timer: this.#options.clock.after(HEADERS_DEADLINE_MS, () =>
        turnAway(`no whole request head came within ${HEADERS_DEADLINE_MS / 1000} s`),
      ),
      closeForRoom: (limit) => {
        const whose = limit === MAX_UNAUTHENTICATED ? "in all" : "of its address";
        turnAway(`${limit} connections ${whose} had not sent a request yet, and this one, the oldest, made room`);
      },
      closed: () => {
        // The system may have given the port to another connection of that peer by now.
        if (this.#newcomers.get(key) === newcomer) this.#leave(key);
        // The TLS socket above, which no longer knows its peer, closes within this very event.
        this.#closing = newcomer;
        queueMicrotask(() => (this.#closing = undefined));
      },
    };
    this.#newcomers.set(key, newcomer);
    this.#room.enter(newcomer);
    socket.once("close", newcomer.closed);
  }

  /** A whole head has come, or nothing will; gives whose that was still awaited. */
  #leave(key: string | Duplex): Newcomer | undefined {
    const newcomer = this.#newcomers.get(key);
    if (newcomer === undefined) return undefined;
    this.#newcomers.delete(key);
    newcomer.timer.cancel();
    this.#room.leave(newcomer);
    return newcomer;
  }

  /** What came is no request, or no TLS where that has to come first: https servers tell here of either. */
  #malformed(error: NodeJS.ErrnoException & { readonly rawPacket?: Uint8Array }, socket: Socket): void {
    const { code, rawPacket } = error;
    const address = socket.remoteAddress ?? this.#closing?.remoteAddress;
    this.#leave(keyOf(socket));
    const tlsFailure = socket instanceof TLSSocket ? tlsRefusal(code, socket.authorizationError) : undefined;
    if (tlsFailure !== undefined) {
      socket.destroy();
      this.#refused(address, tlsFailure);
      return;
    }
    // Whoever only hung up was turned away by nobody.
    if (code === "ECONNRESET" || !socket.writable) {
      socket.destroy();
      return;
    }
    this.#refused(
      address,
      rawPacket?.[0] === TLS_HANDSHAKE_RECORD
        ? 'it speaks TLS, which this daemon does not: it has to dial ws:, or the daemon be given "tls"'
        : `the request is not HTTP as it must be (${code})`,
    );
    refuse(socket, code === "HPE_HEADER_OVERFLOW" ? 431 : code === "ERR_HTTP_REQUEST_TIMEOUT" ? 408 : 400);
  }

  #refused(address: string | undefined, reason: string): void {
    this.#options.refused(address === undefined ? { reason } : { remoteAddress: address, reason });
  }
}

function keyOf(socket: Socket): string | Duplex {
  const { remoteAddress, remotePort, localAddress } = socket;
  return remotePort === undefined ? socket : `${remoteAddress} ${remotePort} ${localAddress}`;
}
