/** A timer that was set; `cancel` after it fired does nothing. */
export interface Timer {
  cancel(): void;
}

/** Time as an argument: `systemClock` in programs, a fake one in tests. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls `task` once after `ms`; never keeps a process alive. */
  after(ms: number, task: () => void): Timer;
}

/** The host's clock and timers, unreferenced where the host can. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, task) {
    return new HostTimer(setTimeout(task, ms));
  },
};

class HostTimer implements Timer {
  readonly #handle: unknown;

  constructor(handle: unknown) {
    this.#handle = handle;
    if (typeof handle === "object" && handle !== null && "unref" in handle) (handle as { unref(): void }).unref();
  }

  cancel(): void {
    clearTimeout(this.#handle as number);
  }
}
