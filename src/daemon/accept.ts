import type { Accepted } from "../auth/server-handshake.js";
import type { Clock, Timer } from "../session/clock.js";
import type { Transport, TransportClose, TransportReceiver } from "../transport/transport.js";
import { isPromiseLike } from "../wire/after.js";
import type { Departures } from "./departures.js";
import type { PeerFacts } from "./peer-facts.js";
import { safeText } from "../observe/safe-text.js";
import { type Guest, MAX_UNAUTHENTICATED, type WaitingRoom } from "./waiting-room.js";

/** From accept to CONFIRM (protocol.md section 4). */
export const AUTHENTICATION_DEADLINE_MS = 5_000;

/** The server's half of a handshake; what it refuses it throws, or rejects with. */
export interface AcceptHandshake {
  hello(frame: Uint8Array): Accepted | Promise<Accepted>;
  /** Gives the client's ack. */
  confirm(frame: Uint8Array): number;
}

/** What the acceptance of one transport needs, and whom it tells. */
export interface AcceptOptions {
  readonly handshake: AcceptHandshake;
  readonly facts: PeerFacts;
  readonly clock: Clock;
  readonly room: WaitingRoom<Acceptance>;
  readonly departures: Departures;
  /** The peer did not get in; the sentence is for whoever runs the daemon, the peer gets 4401 alone. */
  refused(reason: string): void;
  /** The peer has proved itself. Whoever is returned takes all that the transport brings from now on. */
  authenticated(accepted: Accepted, peerAck: number): TransportReceiver;
}

/**
 * Drives the handshake of one transport up to CONFIRM and then passes everything on. It answers HELLO with WELCOME and
 * does nothing else: no session exists and no code of the user runs before CONFIRM is verified.
 */
export class Acceptance implements TransportReceiver, Guest {
  readonly address: string | undefined;
  readonly #transport: Transport;
  readonly #departures: Departures;
  /** Gone with the handshake: a session shall not keep it in memory. */
  #options: AcceptOptions | undefined;
  #accepted: Accepted | undefined;
  /** HELLO is being looked at: its sender has nothing to say until WELCOME. */
  #isAsking = false;
  readonly #timer: Timer;
  #next: TransportReceiver | undefined;

  constructor(transport: Transport, options: AcceptOptions) {
    this.#transport = transport;
    this.#departures = options.departures;
    this.#options = options;
    this.address = options.facts.isLoopback === true ? undefined : options.facts.remoteAddress;
    this.#timer = options.clock.after(AUTHENTICATION_DEADLINE_MS, () =>
      this.refuse(`the peer did not prove itself within ${AUTHENTICATION_DEADLINE_MS / 1000} s`),
    );
  }

  /** The key that the peer named, once its HELLO has been verified. */
  get keyId(): string | undefined {
    return this.#accepted?.grant.keyId;
  }

  opened(): void {}

  frame(bytes: Uint8Array): void {
    if (this.#next !== undefined) this.#next.frame(bytes);
    else if (this.#options !== undefined) this.#handshakeFrame(bytes, this.#options);
  }

  closed(close: TransportClose): void {
    if (this.#next !== undefined) {
      this.#next.closed(close);
      return;
    }
    this.#departures.gone(this.#transport);
    const why = safeText(close.error?.message ?? close.reason);
    this.#leave()?.refused(
      `the line closed with ${close.code} before the peer had proved itself${why === "" ? "" : `: ${why}`}`,
    );
  }

  closeForRoom(limit: number): void {
    const whose = limit === MAX_UNAUTHENTICATED ? "in all" : "of its address";
    this.refuse(`${limit} peers ${whose} had not proved themselves yet, and this one, the oldest, made room`);
  }

  /** Turns the peer away, whatever the cause, with 4401 and an empty reason. */
  refuse(reason: string): void {
    const options = this.#leave();
    if (options === undefined) return;
    this.#departures.seeOff(this.#transport);
    options.refused(reason);
  }

  #handshakeFrame(bytes: Uint8Array, options: AcceptOptions): void {
    try {
      if (this.#isAsking) throw new Error("a frame came before WELCOME had gone out");
      if (this.#accepted === undefined) return this.#hello(bytes, options);
      const peerAck = options.handshake.confirm(bytes);
      this.#next = options.authenticated(this.#accepted, peerAck);
      this.#leave();
    } catch (error) {
      this.#refuseFor(error);
    }
  }

  #hello(bytes: Uint8Array, options: AcceptOptions): void {
    const accepted = options.handshake.hello(bytes);
    if (!isPromiseLike(accepted)) return this.#welcome(accepted);
    this.#isAsking = true;
    accepted.then(
      (found) => {
        this.#isAsking = false;
        // Turned away meanwhile.
        if (this.#options !== undefined) this.#welcome(found);
      },
      (error: unknown) => this.#refuseFor(error),
    );
  }

  #welcome(accepted: Accepted): void {
    this.#accepted = accepted;
    this.#transport.send(accepted.welcome);
  }

  #refuseFor(error: unknown): void {
    this.refuse(error instanceof Error ? error.message : String(error));
  }

  #leave(): AcceptOptions | undefined {
    const options = this.#options;
    this.#options = undefined;
    this.#accepted = undefined;
    this.#timer.cancel();
    options?.room.leave(this);
    return options;
  }
}
