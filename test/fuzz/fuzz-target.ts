import type { Random } from "./random.js";

/** A rule that an input broke. */
export class Violation extends Error {
  override readonly name = "Violation";
}

/**
 * Measures what the code under test does, without what the fuzzer does around it: the time that passes, or the time that
 * the processor works for this process if that is less, since a machine that has other work too lets both wait.
 */
export class Stopwatch {
  /** The longest that one task took, in ms. */
  longestMs = 0;

  measure<T>(task: () => T): T {
    const started = now();
    try {
      return task();
    } finally {
      this.#note(started);
    }
  }

  /** A task, and all that it leads to in this turn of the event loop. */
  async measureTurn(task: () => void): Promise<void> {
    const started = now();
    task();
    await turnOfTheLoop();
    this.#note(started);
  }

  #note({ atMs, worked }: ReturnType<typeof now>): void {
    const { user, system } = process.cpuUsage(worked);
    this.longestMs = Math.max(this.longestMs, Math.min(performance.now() - atMs, (user + system) / 1000));
  }
}

function now() {
  return { atMs: performance.now(), worked: process.cpuUsage() };
}

/** A turn begins only when no microtask is left. */
export function turnOfTheLoop(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/** One kind of input, and the code that it is thrown at. */
export interface FuzzTarget<Input> {
  readonly name: string;
  /** Makes an input, of JSON values alone so that it can be printed and run again. */
  generate(random: Random): Input;
  /**
   * Runs an input.
   * @returns what became of each frame or payload of it; these are what is counted
   * @throws Violation when a rule is broken; anything else that is thrown is one too
   */
  run(input: Input, stopwatch: Stopwatch): Promise<readonly string[]>;
  /** Inputs with parts of it left out. */
  smaller(input: Input): Iterable<Input>;
  /** Starts with a new daemon and new keys, as at the beginning. */
  renew(): void;
}

/** Lists that lack one or several of their elements. */
export function* smallerLists<T>(list: readonly T[]): Iterable<readonly T[]> {
  for (let size = list.length >> 1 || 1; size >= 1 && list.length > 0; size >>= 1) {
    for (let at = 0; at < list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)];
  }
}
