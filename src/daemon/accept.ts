import { equalBytes } from "../auth/equal-bytes.js";
import type { Accepted, Grant } from "../auth/server-handshake.js";
import { HandshakeRefusal } from "../auth/handshake-refusal.js";
import type { Clock, Timer } from "../session/clock.js";
import type { Transport, TransportClose, TransportReceiver } from "../transport/transport.js";
import { isPromiseLike } from "../wire/after.js";
import { CloseCode } from "../wire/constants.js";
import type { Refusal } from "./daemon-events.js";
import type { Departures } from "./departures.js";
import type { PeerFacts } from "./peer-facts.js";
import { safeText } from "../observe/safe-text.js";
import type { FailedProofs } from "./failed-proofs.js";
import { networkOf } from "./network-of.js";
import { type Guest, MAX_UNAUTHENTICATED, type WaitingRoom } from "./waiting-room.js";

/** From accept to CONFIRM (protocol.md section 4). */
export const AUTHENTICATION_DEADLINE_MS = 5_000;

/** Why peers are turned away while the daemon closes. */
const DRAINING = "the daemon is closing";

/** The server's half of a handshake; what it refuses it throws, or rejects with. */
export interface AcceptHandshake {
  /** The key that HELLO names, once it was read. */
  readonly keyId: string | undefined;
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
  /** Of all transports of the daemon. @default none are counted */
  readonly failedProofs?: FailedProofs | undefined;
  readonly departures: Departures;
  /**
   * The peer did not get in; the sentence is for whoever runs the daemon, the peer gets 4401 alone. The key id is what the
   * peer claimed; the fingerprint is there once its HELLO was verified.
   */
  refused(reason: string, claimed: Pick<Refusal, "keyId" | "keyFingerprint">): void;
  /** Numbers the WELCOME that goes out now; from now on its session can be gone on with. */
  welcoming(accepted: Accepted): number;
  /** The peer has proved itself. Whoever is returned takes all that the transport brings from now on. */
  authenticated(accepted: Accepted, confirmed: Confirmed): Pick<TransportReceiver, "frame" | "closed">;
}

/** The session that CONFIRM is for went on over other connections too often; the peer may come again. */
export class TooSoon extends Error {
  constructor() {
    super("the session went on over other connections too often");
  }
}

/** What CONFIRM tells. */
export interface Confirmed {
  /** Highest seq of the server's that the client's session has taken. */
  readonly peerAck: number;
  /** Number of the WELCOME that it follows. */
  readonly welcomeNumber: number;
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
  #welcomeNumber = 0;
  /** HELLO is being looked at: its sender has nothing to say until WELCOME. */
  #isAsking = false;
  #timer: Timer | undefined;
  #next: Pick<TransportReceiver, "frame" | "closed"> | undefined;

  constructor(transport: Transport, options: AcceptOptions) {
    this.#transport = transport;
    this.#departures = options.departures;
    this.#options = options;
    const { isLoopback, remoteAddress } = options.facts;
    this.address = isLoopback === true || remoteAddress === undefined ? undefined : networkOf(remoteAddress);
    this.#timer = options.clock.after(AUTHENTICATION_DEADLINE_MS, () =>
      this.refuse(`the peer did not prove itself within ${AUTHENTICATION_DEADLINE_MS / 1000} s`),
    );
  }

  /** The key that the peer named, while it has not proved itself. */
  get keyId(): string | undefined {
    return this.#options?.handshake.keyId;
  }

  /** What its credential allows, once its HELLO has been verified. */
  get grant(): Grant | undefined {
    return this.#accepted?.grant;
  }

  /** Ends the handshake if it is one of that session whose WELCOME is older than the one that was confirmed. */
  replacedBy(sessionId: Uint8Array, { welcomeNumber }: Pick<Confirmed, "welcomeNumber">): void {
    const established = this.#accepted?.established;
    if (established === undefined || this.#welcomeNumber >= welcomeNumber) return;
    if (!equalBytes(established.sessionId, sessionId)) return;
    this.#turnAway("the peer went on with its session over a newer connection", CloseCode.REPLACED);
  }

  opened(): void {}

  frame(bytes: Uint8Array): void {
    if (this.#next !== undefined) this.#next.frame(bytes);
    else if (this.#options !== undefined) this.#handshakeFrame(bytes, this.#options);
  }

  closed(close: TransportClose): void {
    this.#departures.gone(this.#transport);
    if (this.#next !== undefined) {
      this.#next.closed(close);
      return;
    }
    const why = safeText(close.error?.message ?? close.reason);
    const claimed = this.#claimed();
    this.#leave()?.refused(
      `the line closed with ${close.code} before the peer had proved itself${why === "" ? "" : `: ${why}`}`,
      claimed,
    );
  }

  closeForRoom(limit: number): void {
    const whose = limit === MAX_UNAUTHENTICATED ? "in all" : "of its address";
    // Says nothing of the credential, which has not been looked at: the peer may knock again.
    this.#turnAway(
      `${limit} peers ${whose} had not proved themselves yet, and this one, the oldest, made room`,
      CloseCode.LIMITS,
    );
  }

  /** Turns the peer away, whatever the cause, with 4401 and an empty reason. */
  refuse(reason: string): void {
    this.#turnAway(reason, CloseCode.UNAUTHENTICATED);
  }

  /** Sends the peer elsewhere: its credential may be right. */
  drain(): void {
    this.#turnAway(DRAINING, CloseCode.DRAINING);
  }

  #turnAway(reason: string, code: number): void {
    const claimed = this.#claimed();
    const options = this.#leave();
    if (options === undefined) return;
    this.#departures.seeOff(this.#transport, code);
    options.refused(reason, claimed);
  }

  #handshakeFrame(bytes: Uint8Array, options: AcceptOptions): void {
    try {
      if (this.#isAsking) throw new Error("a frame came before WELCOME had gone out");
      if (this.#accepted === undefined) return this.#pacedHello(bytes, options);
      const peerAck = options.handshake.confirm(bytes);
      const confirmed = { peerAck, welcomeNumber: this.#welcomeNumber };
      this.#next = options.authenticated(this.#accepted, confirmed);
      this.#leave();
    } catch (error) {
      this.#refuseFor(error);
    }
  }

  #pacedHello(bytes: Uint8Array, options: AcceptOptions): void {
    const delayMs = this.address === undefined ? 0 : (options.failedProofs?.delayMs(this.address) ?? 0);
    if (delayMs === 0) return this.#hello(bytes, options);
    this.#isAsking = true;
    options.clock.after(delayMs, () => {
      this.#isAsking = false;
      // Turned away meanwhile.
      if (this.#options === undefined) return;
      try {
        this.#hello(bytes, options);
      } catch (error) {
        this.#refuseFor(error);
      }
    });
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
    this.#welcomeNumber = this.#options!.welcoming(accepted);
    this.#transport.send(accepted.welcome);
  }

  #refuseFor(error: unknown): void {
    // An unknown key id counts like a wrong key, and what was refused for other reasons proved itself.
    const isGuess = error instanceof HandshakeRefusal && (error.reason === "tag" || error.reason === "key-unknown");
    if (isGuess && this.address !== undefined) this.#options?.failedProofs?.note(this.address);
    const reason = error instanceof Error ? error.message : String(error);
    // The peer has proved itself: what stands in its way is no matter of its credential.
    if (error instanceof TooSoon) this.#turnAway(reason, CloseCode.LIMITS);
    else this.refuse(reason);
  }

  #claimed(): Pick<Refusal, "keyId" | "keyFingerprint"> {
    const keyId = this.keyId;
    const keyFingerprint = this.#accepted?.grant.keyFingerprint;
    return { ...(keyId !== undefined && { keyId }), ...(keyFingerprint !== undefined && { keyFingerprint }) };
  }

  #leave(): AcceptOptions | undefined {
    const options = this.#options;
    this.#options = undefined;
    this.#accepted = undefined;
    this.#timer?.cancel();
    this.#timer = undefined;
    options?.room.leave(this);
    return options;
  }
}
