import type { Clock, Timer } from "../session/clock.js";

/** How often the use of a session is looked at within its time; asked for by each message it would cost every one of them. */
const LOOKS = 4;

export interface IdleWatchOptions {
  readonly clock: Clock;
  /** 0 = the session may be idle for ever. */
  readonly timeoutMs: number;
  /** Something runs, or is held, in the session. */
  readonly isBusy: () => boolean;
  /** How often the peer has used it so far. */
  readonly uses: () => number;
  /** Nobody has used it for so long, and at most half as long again. */
  readonly over: () => void;
}

/** Finds out that nobody uses a session. */
export class IdleWatch implements Timer {
  readonly #options: IdleWatchOptions;
  #uses = 0;
  #sinceMs: number;
  #timer: Timer | undefined;

  constructor(options: IdleWatchOptions) {
    this.#options = options;
    this.#sinceMs = options.clock.now();
    if (options.timeoutMs > 0) this.#arm();
  }

  cancel(): void {
    this.#timer?.cancel();
  }

  #arm(): void {
    const { clock, timeoutMs } = this.#options;
    this.#timer = clock.after(Math.ceil(timeoutMs / LOOKS), () => this.#look());
  }

  #look(): void {
    const { clock, timeoutMs, isBusy, uses, over } = this.#options;
    const nowMs = clock.now();
    if (isBusy() || uses() !== this.#uses) {
      this.#uses = uses();
      this.#sinceMs = nowMs;
    } else if (nowMs - this.#sinceMs >= timeoutMs) {
      return over();
    }
    this.#arm();
  }
}
