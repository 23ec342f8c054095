import type { Credential, ResumedSession } from "../auth/client-handshake.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import { sessionLostError } from "../session/bye.js";
import type { Session } from "../session/session.js";
import type { SessionLoss } from "../session/session-options.js";
import { towards } from "../transport/port-message.js";
import { CloseCode } from "../wire/constants.js";
import { type AttemptFailure, type AttemptProgress, Attempts, type AttemptsOptions } from "./attempts.js";
import { closedError } from "./connect-error.js";
import { Renewal } from "./renewal.js";
import type { HandshakeTerms } from "./shake-hands.js";
import type { ShownCredentials } from "./shown-credentials.js";
import { Swap } from "./swap.js";
import type { Whereabouts } from "./whereabouts.js";

/** A session of this side, and what is needed to go on with it. */
export interface KeptSession {
  readonly session: Session;
  readonly sessionId: string;
  /** What the daemon took. */
  readonly credential: Credential;
  readonly resume: ResumedSession;
}

/** Where the tries for another channel stand. */
export type KeeperProgress = AttemptProgress & { readonly reason: Error };

/** Who hears what becomes of a session. */
export interface KeeperObserver {
  /** It has no channel, and asks for one. */
  reconnecting(progress: KeeperProgress, leaseEndsAtMs: number): void;
  /** It has a channel again. */
  reconnected(): void;
  /** The daemon takes no new calls in it. */
  draining(): void;
  /** A renewal that nobody had asked for failed; the session goes on as it was. */
  renewalFailed(error: Error): void;
  /** It can't go on, though its time is not over. */
  gaveUp(error: Error): void;
  /** It is over; undefined when that was asked for. */
  ended(error: Error | undefined): void;
}

/** How a session is kept. */
export interface SessionKeeperOptions extends Pick<AttemptsOptions, "backoff" | "pauseAfter"> {
  readonly terms: HandshakeTerms;
  readonly kept: KeptSession;
  readonly credentials: ShownCredentials;
  /** Of a named address: tells when it is better begun anew elsewhere than waited for. */
  readonly whereabouts?: Whereabouts | undefined;
  /** Deadline of each handshake, up to WELCOME, in ms; 0 = none. */
  readonly connectTimeoutMs: number;
  /** Without this the session ends with its channel. */
  readonly reconnects: boolean;
  readonly observer: KeeperObserver;
}

/**
 * Keeps one session going: moves it to another channel when it has lost its own, and to show a fresh credential. There is
 * one handshake at a time, whatever it is for.
 */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #renewal: Renewal;
  #swap: Swap | undefined;
  /** While it has no channel, or has not been heard over the new one. */
  #attempts: Attempts | undefined;
  /** Whoever waits for the next move. */
  #moving: { readonly resolve: () => void; readonly reject: (error: Error) => void } | undefined;
  #isAsleep = false;
  /** Why it lost its last channel. */
  #lossCause: ConnectionError | undefined;

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
    const { terms, kept, credentials, observer } = options;
    const { session, credential } = kept;
    this.#renewal = new Renewal({
      clock: terms.environment.clock,
      credential,
      isRefreshable: credentials.isRefreshable,
      move: () => this.#move(),
      isAttached: () => this.#attempts === undefined,
      failed: (error) => observer.renewalFailed(error),
    });
    session.on("detached", (loss) => this.#detached(loss));
    session.on("draining", () => observer.draining());
    session.on("ended", (error) => this.#ended(error));
  }

  get session(): Session {
    return this.#options.kept.session;
  }

  get sessionId(): string {
    return this.#options.kept.sessionId;
  }

  /** The daemon's. */
  get url(): string {
    return this.#options.terms.url;
  }

  /** Whether it has a channel, and the daemon was heard over it. */
  get isConnected(): boolean {
    return this.#attempts === undefined;
  }

  /** Moves to another channel with a fresh credential. */
  renew(): Promise<void> {
    return this.#renewal.renew();
  }

  wake(): void {
    this.#isAsleep = false;
    if (this.#attempts === undefined) this.session.look();
    else this.#attempts.wake();
  }

  sleep(): void {
    this.#isAsleep = true;
    this.#attempts?.sleep();
    const { url } = this.#options.terms;
    const message = `the connection ${towards(url)} was let go while its page sleeps`;
    this.session.detach(CloseCode.DONE, new ConnectionError("HW_CONNECTION_CLOSED", message, { peer: url }));
  }

  #detached({ cause, leaseEndsAtMs }: SessionLoss): void {
    const { reconnects, backoff, pauseAfter, terms, observer } = this.#options;
    if (!reconnects) return this.session.lose(cause);
    this.#lossCause = cause;
    // A try that had brought a channel, and nothing over it, tells of its failure itself.
    if (this.#attempts !== undefined) return;
    const attempts = new Attempts(
      {
        clock: terms.environment.clock,
        backoff,
        begin: () => this.#beginSwap(),
        progress: ({ reason = cause, ...progress }) =>
          observer.reconnecting({ ...progress, reason }, this.session.leaseEndsAtMs ?? leaseEndsAtMs),
        pauseAfter,
        gaveUp: (error) => observer.gaveUp(error),
      },
      cause,
    );
    this.#attempts = attempts;
    const pauseMs = backoff.pauseAfterLossMs();
    if (this.#isAsleep) {
      this.#swap?.end();
      attempts.sleep();
    } else if (this.#swap !== undefined) {
      attempts.adopt(this.#swap);
    } else {
      attempts.schedule(pauseMs);
    }
  }

  #move(): Promise<void> {
    this.#options.credentials.spend();
    const moved = new Promise<void>((resolve, reject) => (this.#moving = { resolve, reject }));
    if (this.#attempts === undefined) this.#beginSwap();
    else this.#attempts.restart();
    return moved;
  }

  #beginSwap(): Swap {
    const { terms, kept, credentials, connectTimeoutMs } = this.#options;
    const { session, resume } = kept;
    this.#swap = new Swap({
      terms,
      credentials,
      session,
      resume,
      timeoutMs: connectTimeoutMs,
      done: (credential) => this.#moved(credential),
      failed: (failure) => this.#failed(failure),
      refused: () => this.#refused(),
    });
    return this.#swap;
  }

  #moved(credential: Credential): void {
    const { backoff, observer } = this.#options;
    const wasDetached = this.#attempts !== undefined;
    this.#options.whereabouts?.settled(this.url);
    this.#swap = undefined;
    this.#attempts?.stop();
    this.#attempts = undefined;
    backoff.succeeded();
    this.#renewal.took(credential);
    this.#moving?.resolve();
    this.#moving = undefined;
    if (wasDetached) observer.reconnected();
  }

  #failed(failure: AttemptFailure): void {
    this.#swap = undefined;
    this.#moving?.reject(failure.error);
    this.#moving = undefined;
    if (this.#attempts === undefined) return;
    const { whereabouts } = this.#options;
    if (whereabouts?.isLost(this.url, () => this.#attempts?.restart()) === true) {
      this.session.lose(sessionLostError(failure.error.message, { peer: this.url, cause: failure.error }));
    } else {
      this.#attempts.failed(failure);
    }
  }

  /** The daemon lets nobody go on with the session who shows this credential, or doesn't know it any more. */
  #refused(): void {
    const { url } = this.#options.terms;
    if (this.session.isAttached) return this.#failed({ error: notResumed(url) });
    const why =
      "the daemon was restarted, or had ended it (its time was over, or it made room), or another principal began it";
    this.session.lose(sessionLostError(why, { peer: url, cause: this.#lossCause }));
  }

  #ended(error: Error | undefined): void {
    this.#options.whereabouts?.settled(this.url);
    this.#attempts?.stop();
    this.#swap?.end();
    this.#renewal.end();
    this.#moving?.reject(error ?? closedError(this.#options.terms.url, { reason: undefined, wasConnected: true }));
    this.#options.observer.ended(error);
  }
}

function notResumed(url: string): ConnectionError {
  const message =
    `${url} did not let the session go on with the fresh credential: its principal is not the one that the session ` +
    `began with. The session goes on as it was; for another principal connect anew`;
  return new ConnectionError("HW_REFUSED", message, { peer: url });
}
