import type { Clock, Timer } from "../session/clock.js";
import type { Backoff } from "./backoff.js";

/** A try that has been under way for as long as this is begun anew on `wake`: it may hang on a network that is gone. */
const PATIENCE_MS = 2_000;

/** Where the tries stand. */
export interface AttemptProgress {
  /** From 1: the one under way, or else the next. */
  readonly attempt: number;
  /** When it begins, while it has not. */
  readonly nextAttemptAt?: Date;
  /** Why the one before failed, or why there are any. */
  readonly reason?: Error;
}

/** Why a try brought nothing. */
export interface AttemptFailure {
  readonly error: Error;
  /** The daemon did not accept the credential: a fresh one may help. @default false */
  readonly isRefused?: boolean | undefined;
  /** It may be tried elsewhere at once. @default false */
  readonly hasOthers?: boolean | undefined;
}

/** One try, under way. */
export interface Attempt {
  /** Gives it up; it tells nothing any more. */
  end(): void;
}

/** What is tried, and who is told. */
export interface AttemptsOptions {
  readonly clock: Clock;
  readonly backoff: Backoff;
  /** Begins one; how it ends is told by `failed`, or it was the last. */
  readonly begin: () => Attempt;
  readonly progress: (progress: AttemptProgress) => void;
  /**
   * The pause after a failure, in ms; undefined when there is nothing more to try.
   * @param refusals of credentials in a row, this one included
   */
  readonly pauseAfter: (failure: AttemptFailure, refusals: number) => number | undefined;
  /** The last one failed; there are no more. */
  readonly gaveUp: (error: Error) => void;
}

/** Tries again and again, one at a time, with the pauses of a backoff, until it is stopped. */
export class Attempts {
  readonly #options: AttemptsOptions;
  #current: Attempt | undefined;
  #isUnderWay = false;
  #beganAtMs = 0;
  #timer: Timer | undefined;
  #reason: Error | undefined;
  #refusals = 0;
  #isAsleep = false;
  #isOver = false;

  /** @param reason why there are any */
  constructor(options: AttemptsOptions, reason: Error | undefined) {
    this.#options = options;
    this.#reason = reason;
  }

  /** The next one begins after a pause in ms; at once, in this turn, when that is 0. */
  schedule(pauseMs: number): void {
    if (this.#isOver) return;
    const { clock } = this.#options;
    if (this.#isAsleep) {
      this.#tell();
    } else if (pauseMs === 0) {
      this.#begin();
    } else {
      this.#timer = clock.after(pauseMs, () => this.#begin());
      this.#tell(new Date(clock.now() + pauseMs));
    }
  }

  /** The one that is under way was begun elsewhere, and counts as one of these. */
  adopt(attempt: Attempt): void {
    this.#count();
    this.#current = attempt;
    this.#tell();
  }

  /** The one under way has failed. */
  failed(failure: AttemptFailure): void {
    this.#current = undefined;
    this.#isUnderWay = false;
    this.#reason = failure.error;
    this.#refusals = failure.isRefused === true ? this.#refusals + 1 : 0;
    const pauseMs = this.#options.pauseAfter(failure, this.#refusals);
    if (pauseMs !== undefined) return this.schedule(pauseMs);
    this.stop();
    this.#options.gaveUp(failure.error);
  }

  /** Now rather than later; one that has hung for long is begun anew. */
  wake(): void {
    this.#isAsleep = false;
    const isHanging = this.#options.clock.now() - this.#beganAtMs >= PATIENCE_MS;
    if (!this.#isUnderWay || isHanging) this.restart();
  }

  /** The next one begins now, in the place of the one under way. */
  restart(): void {
    this.#rest();
    this.schedule(0);
  }

  /** None until `wake`. */
  sleep(): void {
    if (this.#isAsleep || this.#isOver) return;
    this.#isAsleep = true;
    this.#rest();
    this.#tell();
  }

  /** No more. */
  stop(): void {
    this.#isOver = true;
    this.#rest();
  }

  #begin(): void {
    this.#timer = undefined;
    this.#count();
    this.#tell();
    // Whoever was told may have stopped it, or begun another.
    if (!this.#isOver && !this.#isAsleep) this.#current ??= this.#options.begin();
  }

  #count(): void {
    this.#options.backoff.begin();
    this.#isUnderWay = true;
    this.#beganAtMs = this.#options.clock.now();
  }

  #tell(nextAttemptAt?: Date): void {
    const attempt = this.#options.backoff.tries + (this.#isUnderWay ? 0 : 1);
    const reason = this.#reason;
    this.#options.progress({ attempt, ...(nextAttemptAt && { nextAttemptAt }), ...(reason && { reason }) });
  }

  #rest(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#current?.end();
    this.#current = undefined;
    this.#isUnderWay = false;
  }
}
