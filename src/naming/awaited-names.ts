import type { Clock } from "../session/clock.js";

/** Lookups that wait for a name to be registered. */
export class AwaitedNames {
  readonly #clock: Clock;
  readonly #byName = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves when the name is registered, when the time is over, when the signal is aborted, or at `end`. */
  async wait(
    name: string,
    { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    if (signal?.aborted === true) return;
    let wake!: () => void;
    const over = new Promise<void>((resolve) => (wake = resolve));
    const timer = this.#clock.after(waitMs, wake);
    signal?.addEventListener("abort", wake, { once: true });
    const waiting = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, waiting.add(wake));
    await over;
    timer.cancel();
    signal?.removeEventListener("abort", wake);
    waiting.delete(wake);
    if (waiting.size === 0 && this.#byName.get(name) === waiting) this.#byName.delete(name);
  }

  /** The name is registered. */
  registered(name: string): void {
    for (const wake of this.#byName.get(name) ?? []) wake();
  }

  /** Nobody waits any longer. */
  end(): void {
    for (const waiting of this.#byName.values()) for (const wake of waiting) wake();
  }
}
