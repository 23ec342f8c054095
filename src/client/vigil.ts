/** How often it looks whether it is still needed, in ms. */
const LOOK_MS = 1_000;

/**
 * Keeps a process alive while something waits for a connection that has no socket: no other timer of this package does.
 * In a page it does nothing.
 */
export class Vigil {
  readonly #isNeeded: () => boolean;
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(isNeeded: () => boolean) {
    this.#isNeeded = isNeeded;
  }

  /** Something waits; from now on until it is no longer needed. */
  begin(): void {
    this.#timer ??= setInterval(() => {
      if (!this.#isNeeded()) this.end();
    }, LOOK_MS);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
