import { ClientHandshake, type Established } from "../auth/client-handshake.js";
import { sessionLostError } from "../session/bye.js";
import type { Timer } from "../session/clock.js";
import type { Session } from "../session/session.js";
import { sendTogether } from "../transport/send-together.js";
import type { PeerCertificate } from "../transport/peer-certificate.js";
import { Attempts, type AttemptsOptions } from "./attempts.js";
import { Backoff } from "./backoff.js";
import { approve, connectError, drainingError, expiredError, gaveUpError, timeoutError } from "./connect-error.js";
import type { HandshakeAnswer } from "./connect-options.js";
import type { ConnectionEvents, ConnectionState } from "./connection.js";
import type { ChannelReceiver } from "./dial.js";
import { type Agreed, HandshakeTry } from "./handshake-try.js";
import { toHex } from "./hex.js";
import { pauseAfter, pauseAfterEnd } from "./reconnect-policy.js";
import { DEFAULT_RECONNECT, type ReconnectTimes } from "./reconnect-times.js";
import { type KeeperProgress, SessionKeeper } from "./session-keeper.js";
import type { HandshakeTerms } from "./shake-hands.js";
import type { ShownCredentials } from "./shown-credentials.js";
import type { Whereabouts } from "./whereabouts.js";

/** Sessions that their daemons drain, each with a line of its own: one that drains whatever is begun shall not gather them. */
const MAX_LEAVING = 8;

/** What a session is made from. */
export interface SessionBeginning extends Pick<Agreed, "credential" | "openData" | "place"> {
  readonly established: Established;
  readonly sessionId: string;
  /** The daemon's, as TLS showed it on the line that the session begins on. */
  readonly peerCertificate: PeerCertificate | undefined;
}

/** Who hears of the sessions of a line. */
export interface SuccessionObserver {
  state(state: ConnectionState): void;
  /** Calls go to this session from now on; undefined: they wait for the next. */
  takesCalls(session: Session | undefined): void;
  /** The first session is open. */
  ready(): void;
  /** A later one is. */
  began(...event: ConnectionEvents["session"]): void;
  renewalFailed(error: Error): void;
  /** There will be no more; undefined when that was asked for. */
  ended(reason: Error | undefined): void;
}

/** What the sessions of a line have in common. */
export interface SuccessionOptions {
  readonly terms: HandshakeTerms;
  /** Of a named address: asked where each session is to be begun. */
  readonly whereabouts?: Whereabouts | undefined;
  readonly credentials: ShownCredentials;
  readonly handshake: unknown;
  readonly onHandshake: ((welcome: HandshakeAnswer) => void | Promise<void>) | undefined;
  readonly connectTimeoutMs: number;
  /** Undefined: there is one session, and it ends with its channel. */
  readonly reconnect: ReconnectTimes | undefined;
  readonly create: (beginning: SessionBeginning) => Session;
  readonly observer: SuccessionObserver;
}

/**
 * The sessions of a line, one after another: dials for the first, keeps it going, and begins another when it is over or
 * its daemon takes no new calls. Those that such a daemon still serves go on beside it until they end.
 */
export class Succession {
  readonly #options: SuccessionOptions;
  /** Of the current session, and of the tries for the next. */
  #backoff: Backoff;
  /** Towards a new session. */
  #attempts: Attempts | undefined;
  #current: SessionKeeper | undefined;
  /** The current one is open, and `onHandshake` has nothing against it. */
  #isOpen = false;
  readonly #leaving = new Set<SessionKeeper>();
  /** The session that was open last. */
  #previousSessionId: string | undefined;
  /** Ends the line when it has not been connected for too long. */
  #patience: Timer | undefined;
  /** Ends a session, other than the first, that doesn't open. */
  #opening: Timer | undefined;
  /** Why it is not connected. */
  #reason: Error | undefined;
  #isAsleep = false;
  #isOver = false;

  /** Begins to connect. */
  constructor(options: SuccessionOptions) {
    this.#options = options;
    const { connectTimeoutMs, terms } = options;
    this.#backoff = this.#newBackoff();
    if (connectTimeoutMs !== 0) {
      const late = (): void => this.#fail(timeoutError(terms.url, connectTimeoutMs, this.#reason));
      this.#patience = terms.environment.clock.after(connectTimeoutMs, late);
    }
    this.#seek(0, undefined);
  }

  /** Those that calls run in, the current one first. */
  get sessions(): readonly Session[] {
    return this.#keepers.map(({ session }) => session);
  }

  /** Moves the current session to another channel with a fresh credential; undefined while there is none to move. */
  renew(): Promise<void> | undefined {
    return this.#isOpen ? this.#current?.renew() : undefined;
  }

  wake(): void {
    this.#isAsleep = false;
    this.#attempts?.wake();
    for (const keeper of this.#keepers) keeper.wake();
  }

  sleep(): void {
    this.#isAsleep = true;
    this.#attempts?.sleep();
    for (const keeper of this.#keepers) keeper.sleep();
  }

  /** Says goodbye in all sessions; resolves when their sockets are gone. */
  async close(): Promise<void> {
    const { sessions } = this;
    this.#stop();
    await Promise.all(sessions.map((session) => session.close()));
  }

  /** Ends all sessions for a reason that what is pending in them rejects with. */
  end(error: () => Error): void {
    const { sessions } = this;
    this.#stop();
    for (const session of sessions) if (!session.isEnded) session.end("done", error());
  }

  get #keepers(): readonly SessionKeeper[] {
    return this.#current === undefined ? [...this.#leaving] : [this.#current, ...this.#leaving];
  }

  #newBackoff(): Backoff {
    const { terms, reconnect } = this.#options;
    const { clock, random = Math.random } = terms.environment;
    return new Backoff({ clock, random, ...(reconnect ?? DEFAULT_RECONNECT) });
  }

  /** Begins to try for another session. */
  #seek(pauseMs: number, reason: Error | undefined): void {
    const { terms, observer } = this.#options;
    const { backoff, pauseAfter: pauseAfterFailure } = this.#attemptsOptions(this.#previousSessionId !== undefined);
    const attempts: Attempts = new Attempts(
      {
        backoff,
        pauseAfter: pauseAfterFailure,
        clock: terms.environment.clock,
        begin: () => this.#beginSession(attempts),
        progress: (progress) => {
          this.#reason = progress.reason;
          observer.state({ status: "connecting", ...progress });
        },
        gaveUp: (error) => this.#gaveUp(error),
      },
      reason,
    );
    this.#attempts = attempts;
    if (this.#isAsleep) attempts.sleep();
    else attempts.schedule(pauseMs);
  }

  #attemptsOptions(wasConnected: boolean): Pick<AttemptsOptions, "backoff" | "pauseAfter"> {
    const { credentials, reconnect } = this.#options;
    const backoff = this.#backoff;
    const facts = { credentials, backoff, wasConnected, reconnects: reconnect !== undefined };
    return { backoff, pauseAfter: (failure, refusals) => pauseAfter(failure, { ...facts, refusals }) };
  }

  #beginSession(attempts: Attempts): HandshakeTry {
    const { terms, credentials, whereabouts, handshake, connectTimeoutMs } = this.#options;
    return new HandshakeTry({
      terms,
      credentials,
      whereabouts,
      openData: () => (typeof handshake === "function" ? handshake() : handshake),
      // The first one's deadline is that of all of connecting.
      timeoutMs: this.#previousSessionId === undefined ? 0 : connectTimeoutMs,
      agreed: (agreed) => this.#agreed(agreed),
      failed: (failure) => attempts.failed(failure),
    });
  }

  /** Proves this side and begins the session, in one flight with the calls that waited for it. */
  #agreed({ established, transport, credential, openData, place }: Agreed): ChannelReceiver {
    const { create, onHandshake, credentials, connectTimeoutMs, reconnect, whereabouts } = this.#options;
    const terms = place === undefined ? this.#options.terms : { ...this.#options.terms, url: place.daemonUrl };
    this.#attempts?.stop();
    this.#attempts = undefined;
    const sessionId = toHex(established.sessionId);
    const peerCertificate = transport.security?.peerCertificate;
    const session = create({ established, credential, openData, sessionId, peerCertificate, place });
    const { resumeKey, serializerId, peerMaxFrameBytes } = established;
    const resume = { sessionId: established.sessionId, resumeKey, serializerId, peerMaxFrameBytes };
    const { backoff, pauseAfter: pauseAfterFailure } = this.#attemptsOptions(true);
    const keeper: SessionKeeper = new SessionKeeper({
      backoff,
      pauseAfter: pauseAfterFailure,
      terms,
      kept: { session, sessionId, credential, resume },
      credentials,
      whereabouts,
      connectTimeoutMs,
      reconnects: reconnect !== undefined,
      observer: {
        reconnecting: (progress, leaseEndsAtMs) => this.#reconnecting(keeper, { progress, leaseEndsAtMs }),
        reconnected: () => this.#reconnected(keeper),
        draining: () => this.#draining(keeper),
        renewalFailed: (error) => this.#options.observer.renewalFailed(error),
        gaveUp: (error) => this.#keeperGaveUp(keeper, error),
        ended: (error) => this.#ended(keeper, error),
      },
    });
    this.#current = keeper;
    const receiver = sendTogether(transport, () => {
      transport.send(ClientHandshake.confirm(established, 0));
      const channelReceiver = session.attach(transport, established);
      if (onHandshake === undefined) this.#takesCalls(keeper);
      session.flush();
      return channelReceiver;
    });
    void this.#open(keeper, peerCertificate);
    return receiver;
  }

  async #open(keeper: SessionKeeper, peerCertificate: PeerCertificate | undefined): Promise<void> {
    const { onHandshake, terms, connectTimeoutMs } = this.#options;
    const { session, url } = keeper;
    const { clock } = terms.environment;
    if (this.#previousSessionId !== undefined && connectTimeoutMs !== 0) {
      const late = (): void => session.end("done", timeoutError(url, connectTimeoutMs));
      this.#opening = clock.after(connectTimeoutMs, late);
    }
    try {
      const answer = await session.ready;
      // Not awaited without need: calls of the same flight are answered now, and who sees one shall find it connected.
      if (onHandshake !== undefined) await approve(onHandshake, { answer, url, peerCertificate });
    } catch (error) {
      // Of a session that is over the end tells.
      if (keeper === this.#current && !session.isEnded) this.#fail(connectError(error, url));
      return;
    }
    if (keeper === this.#current && !session.isEnded) this.#opened(keeper);
  }

  #opened(keeper: SessionKeeper): void {
    const { onHandshake, observer, whereabouts } = this.#options;
    const previousSessionId = this.#previousSessionId;
    const { sessionId } = keeper;
    this.#opening?.cancel();
    this.#previousSessionId = sessionId;
    this.#isOpen = true;
    this.#backoff.succeeded();
    whereabouts?.arrived();
    if (onHandshake !== undefined) this.#takesCalls(keeper);
    if (keeper.isConnected) this.#connected(keeper, false);
    if (previousSessionId === undefined) observer.ready();
    else observer.began({ sessionId, previousSessionId });
  }

  #takesCalls(keeper: SessionKeeper): void {
    if (!keeper.session.isEnded) this.#options.observer.takesCalls(keeper.session);
  }

  #connected({ sessionId, url }: SessionKeeper, resumed: boolean): void {
    this.#patience?.cancel();
    this.#patience = this.#reason = undefined;
    this.#options.observer.state({ status: "connected", sessionId, resumed, url });
  }

  #reconnecting(
    keeper: SessionKeeper,
    { progress, leaseEndsAtMs }: { readonly progress: KeeperProgress; readonly leaseEndsAtMs: number },
  ): void {
    if (keeper !== this.#current) return;
    this.#lost(progress.reason);
    this.#options.observer.state({ status: "reconnecting", ...progress, leaseEndsAt: new Date(leaseEndsAtMs) });
  }

  #reconnected(keeper: SessionKeeper): void {
    if (keeper !== this.#current) return;
    if (this.#isOpen) this.#connected(keeper, true);
    else this.#options.observer.state({ status: "connecting", attempt: 1 });
  }

  /** What runs in the session ends there; new calls wait for another. */
  #draining(keeper: SessionKeeper): void {
    const { reconnect, whereabouts } = this.#options;
    if (keeper !== this.#current || reconnect === undefined) return;
    const [oldest] = this.#leaving;
    if (oldest !== undefined && this.#leaving.size >= MAX_LEAVING)
      oldest.session.end("done", drainingError(oldest.url));
    this.#leaving.add(keeper);
    whereabouts?.leave(keeper.url);
    // One that was never open is one more try that has failed: a daemon may drain all that it has just agreed to.
    const pauseMs = this.#isOpen ? this.#backoff.pauseAfterLossMs() : this.#backoff.pauseMs();
    this.#backoff = this.#backoff.successor();
    this.#next(pauseMs, drainingError(keeper.url));
  }

  #ended(keeper: SessionKeeper, error: Error | undefined): void {
    this.#leaving.delete(keeper);
    if (keeper !== this.#current || this.#isOver) return;
    const { credentials, reconnect, whereabouts } = this.#options;
    whereabouts?.leave(keeper.url);
    const facts = {
      credentials,
      reconnects: reconnect !== undefined,
      wasOpen: this.#isOpen,
      wasConnected: this.#previousSessionId !== undefined,
      backoff: this.#backoff,
    };
    const pauseMs = error === undefined ? undefined : pauseAfterEnd(error, facts);
    if (error === undefined || pauseMs === undefined) this.#fail(error);
    else this.#next(pauseMs, error);
  }

  /** There is no session that takes calls; the next is sought. */
  #next(pauseMs: number, reason: Error): void {
    this.#current = undefined;
    this.#isOpen = false;
    this.#opening?.cancel();
    this.#options.observer.takesCalls(undefined);
    this.#lost(reason);
    this.#seek(pauseMs, reason);
  }

  #lost(reason: Error): void {
    this.#reason = reason;
    const { reconnect, terms } = this.#options;
    if (this.#patience !== undefined || reconnect === undefined || this.#previousSessionId === undefined) return;
    const { giveUpAfterMs } = reconnect;
    if (giveUpAfterMs === Infinity) return;
    const late = (): void => this.#fail(gaveUpError(terms.url, giveUpAfterMs, this.#reason));
    this.#patience = terms.environment.clock.after(giveUpAfterMs, late);
  }

  #keeperGaveUp(keeper: SessionKeeper, error: Error): void {
    if (keeper === this.#current) return this.#gaveUp(error);
    keeper.session.lose(sessionLostError(error.message, { peer: keeper.url, cause: error }));
  }

  #gaveUp(error: Error): void {
    const { credentials, terms } = this.#options;
    const hasExpired = credentials.isOver && this.#previousSessionId !== undefined;
    this.#fail(hasExpired ? expiredError(terms.url, error) : error);
  }

  #fail(reason: Error | undefined): void {
    if (!this.#isOver) this.#options.observer.ended(reason);
  }

  #stop(): void {
    this.#isOver = true;
    this.#patience?.cancel();
    this.#opening?.cancel();
    this.#attempts?.stop();
  }
}
