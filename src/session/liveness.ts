import type { Clock, Timer } from "./clock.js";

/** A channel on which nothing arrived for this many heartbeats is dead. */
const DEAD_HEARTBEATS = 2.5;

export interface LivenessOptions {
  readonly heartbeatMs: number;
  /** The session ends with this channel: one that may be well is asked anew rather than given up. @default false */
  readonly isOnlyChannel?: boolean | undefined;
  /** The server asks; the client only watches. */
  readonly pings: boolean;
  readonly clock: Clock;
  readonly ping: () => void;
  readonly dead: () => void;
}

/**
 * Finds half-open sockets. The server pings when it has received or sent nothing for a heartbeat; either side gives a
 * channel up when nothing arrived for 2.5. One timer a channel.
 */
export class Liveness {
  readonly #options: LivenessOptions;
  #receivedAtMs: number;
  #sentAtMs: number;
  #pingedAtMs: number;
  /** When the timer was to look. */
  #dueMs = 0;
  /** It looked too late, and looks again once what has come meanwhile was read. */
  #isDoubting = false;
  #timer: Timer | undefined;

  constructor(options: LivenessOptions) {
    this.#options = options;
    this.#receivedAtMs = this.#sentAtMs = this.#pingedAtMs = options.clock.now();
    this.#arm();
  }

  received(): void {
    this.#receivedAtMs = this.#options.clock.now();
  }

  sent(): void {
    this.#sentAtMs = this.#options.clock.now();
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** This side itself stood still, so that the silence may be its own. */
  #isLate(nowMs: number): boolean {
    return nowMs - this.#dueMs > this.#options.heartbeatMs / 2;
  }

  get #pingDueMs(): number {
    if (!this.#options.pings) return Infinity;
    return Math.max(Math.min(this.#receivedAtMs, this.#sentAtMs), this.#pingedAtMs) + this.#options.heartbeatMs;
  }

  get #deadDueMs(): number {
    return this.#receivedAtMs + DEAD_HEARTBEATS * this.#options.heartbeatMs;
  }

  #arm(): void {
    const { clock } = this.#options;
    this.#dueMs = Math.min(this.#pingDueMs, this.#deadDueMs);
    this.#timer = clock.after(Math.max(1, this.#dueMs - clock.now()), () => this.look());
  }

  #beginAnew(nowMs: number): void {
    this.#receivedAtMs = this.#pingedAtMs = nowMs;
    if (this.#options.pings) this.#options.ping();
    this.#arm();
  }

  /** Does what is due now; its timer looks by itself, unless it was stopped or stands still with the host. */
  look(): void {
    if (this.#timer === undefined) return;
    this.#timer.cancel();
    const nowMs = this.#options.clock.now();
    // A clock that was put back would have it wait for as much longer.
    this.#receivedAtMs = Math.min(this.#receivedAtMs, nowMs);
    this.#sentAtMs = Math.min(this.#sentAtMs, nowMs);
    this.#pingedAtMs = Math.min(this.#pingedAtMs, nowMs);
    if (nowMs >= this.#deadDueMs && this.#isLate(nowMs) && !this.#isDoubting) {
      if (this.#options.isOnlyChannel === true) return this.#beginAnew(nowMs);
      this.#isDoubting = true;
      this.#timer = this.#options.clock.after(1, () => this.look());
      return;
    }
    this.#isDoubting = false;
    if (nowMs >= this.#deadDueMs) {
      this.#timer = undefined;
      this.#options.dead();
      return;
    }
    if (nowMs >= this.#pingDueMs) {
      this.#pingedAtMs = nowMs;
      this.#options.ping();
    }
    this.#arm();
  }
}
