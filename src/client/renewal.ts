import type { Credential } from "../auth/client-handshake.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import { alarm } from "../session/alarm.js";
import type { Clock, Timer } from "../session/clock.js";
import { lifeOf, renewalDelayMs, retryDelayMs } from "./renewal-time.js";

/** How often in a row refused credentials are asked for anew soon (protocol.md section 5). */
const MAX_REFUSALS = 3;

/**
 * From then on while the session lives: a daemon whose key store is down refuses what it will accept again, and giving up
 * would end the session although all is well by then.
 */
const REFUSED_PAUSE_MS = 30_000;

/** Whoever asks again this soon after a failure is given the same one. */
const FAILURE_STANDS_MS = 1_000;

/** What the renewals of one session need. */
export interface RenewalOptions {
  readonly clock: Clock;
  /** What the session began with. */
  readonly credential: Credential;
  /** Asking again may give another credential: it is done before the last one ends. */
  readonly isRefreshable: boolean;
  /** Moves the session to another channel, with a fresh credential, which `took` is told. */
  readonly move: () => Promise<void>;
  /** A session without a channel shows a credential anyway when it gets one. */
  readonly isAttached: () => boolean;
  /** A renewal that nobody had asked for failed. */
  readonly failed: (error: Error) => void;
}

/** Renews the credential of a live session: when it is asked to, and in good time before the credential ends. */
export class Renewal {
  readonly #options: RenewalOptions;
  #credential: Credential;
  #pending: Promise<void> | undefined;
  #failure: { readonly error: Error; readonly atMs: number } | undefined;
  /** Tries in a row that brought no credential which ends later. */
  #tries = 0;
  #refusals = 0;
  /** When the credential should be renewed. */
  #dueAtMs: number;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(options: RenewalOptions) {
    this.#options = options;
    this.#credential = options.credential;
    this.#dueAtMs = this.#dueOf(options.credential);
    this.#schedule();
  }

  /** One at a time: whoever asks meanwhile gets the outcome of the same one. */
  renew(): Promise<void> {
    if (this.#pending !== undefined) return this.#pending;
    const { clock, move } = this.#options;
    if (this.#failure !== undefined && clock.now() - this.#failure.atMs < FAILURE_STANDS_MS)
      return Promise.reject(this.#failure.error);
    this.#timer?.cancel();
    this.#pending = move().then(
      () => this.#rest(),
      (error: Error) => this.#failed(error),
    );
    return this.#pending;
  }

  /** The session goes on with a credential that the daemon took. */
  took(credential: Credential): void {
    const isFresher = this.#endOf(credential) > this.#endOf(this.#credential);
    this.#credential = credential;
    if (isFresher) this.#dueAtMs = this.#dueOf(credential);
    if (isFresher) this.#tries = 0;
    else if (this.#pending !== undefined) this.#tries += 1;
    this.#refusals = 0;
    this.#failure = undefined;
    this.#schedule();
  }

  /** The session is over. */
  end(): void {
    this.#isOver = true;
    this.#timer?.cancel();
  }

  #failed(error: Error): never {
    this.#tries += 1;
    this.#refusals =
      error instanceof ConnectionError && error.code === "HW_REFUSED" && !error.retryable ? this.#refusals + 1 : 0;
    this.#failure = { error, atMs: this.#options.clock.now() };
    this.#rest();
    throw error;
  }

  #rest(): void {
    this.#pending = undefined;
    this.#schedule();
  }

  #schedule(): void {
    const { clock, isRefreshable } = this.#options;
    this.#timer?.cancel();
    if (this.#isOver || !isRefreshable || this.#dueAtMs === Infinity) return;
    const nowMs = clock.now();
    const atMs = Math.max(this.#dueAtMs, nowMs + this.#pauseMs(nowMs));
    this.#timer = alarm(clock, atMs, () => this.#renewByItself());
  }

  #renewByItself(): void {
    const { isAttached, failed } = this.#options;
    if (!isAttached()) return;
    this.renew().catch((error: Error) => {
      if (!this.#isOver) failed(error);
    });
  }

  #pauseMs(nowMs: number): number {
    if (this.#tries === 0) return 0;
    if (this.#refusals > MAX_REFUSALS) return REFUSED_PAUSE_MS;
    return retryDelayMs(this.#tries, this.#endOf(this.#credential) - nowMs);
  }

  #endOf(credential: Credential): number {
    return lifeOf(credential, this.#options.clock.now())?.endsAtMs ?? Infinity;
  }

  #dueOf(credential: Credential): number {
    const nowMs = this.#options.clock.now();
    const life = lifeOf(credential, nowMs);
    return life === undefined ? Infinity : nowMs + renewalDelayMs(life, nowMs);
  }
}
