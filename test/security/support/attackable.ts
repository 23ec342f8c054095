import { callContext } from "../../../src/objects/call-context.js";
import { expose } from "../../../src/objects/expose.js";
import type { Remote } from "../../../src/client/remote.js";

/** What an `Attackable` has seen. */
export interface AttackableFacts {
  /** Calls of `hang` and `persist` whose code is still running. */
  readonly running: number;
  /** The most of them at once. */
  readonly mostRunning: number;
  /** Calls of `hang` that were told to stop. */
  readonly aborted: number;
  /** Items that `endless` and `blocks` have produced. */
  readonly produced: number;
  /** Functions and objects of peers that are kept. */
  readonly kept: number;
  readonly counter: number;
}

/** An object with something of everything that can be attacked; one is shared by all sessions. */
export class Attackable {
  #running = 0;
  #mostRunning = 0;
  #aborted = 0;
  #produced = 0;
  #counter = 0;
  readonly #persisting = new Set<() => void>();
  readonly #kept = new Set<unknown>();

  echo(value: unknown): unknown {
    return value;
  }

  increment(): number {
    return ++this.#counter;
  }

  /** As many bytes as asked for. */
  bytes(count: number): Uint8Array {
    return new Uint8Array(count);
  }

  /** Never answers; ends when the caller gives up. */
  async hang(): Promise<void> {
    const { signal } = callContext();
    this.#begun();
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    this.#aborted++;
    this.#running--;
  }

  /** Goes on until `letGo`, whether or not the caller gives up. */
  async persist(): Promise<void> {
    this.#begun();
    await new Promise<void>((resolve) => this.#persisting.add(resolve));
    this.#running--;
  }

  letGo(): void {
    for (const resolve of this.#persisting) resolve();
    this.#persisting.clear();
  }

  async *endless(): AsyncGenerator<number> {
    for (let item = 0; ; item++) {
      this.#produced++;
      yield item;
    }
  }

  /** Items of so many bytes without end. */
  async *blocks(bytes: number): AsyncGenerator<Uint8Array> {
    for (;;) {
      this.#produced++;
      yield new Uint8Array(bytes);
    }
  }

  /** Keeps a function or object of the caller's until `forget`. */
  keep(given: Remote<() => unknown>): void {
    this.#kept.add(given);
  }

  /** Calls every function that is kept, and answers when all have. */
  async callKept(): Promise<number> {
    const results = await Promise.allSettled([...this.#kept].map((given) => (given as () => unknown)()));
    return results.filter(({ status }) => status === "fulfilled").length;
  }

  forget(): void {
    for (const given of this.#kept) (given as Disposable)[Symbol.dispose]();
    this.#kept.clear();
  }

  /** An object that the caller holds until it releases it. */
  held(): Held {
    return new Held();
  }

  facts(): AttackableFacts {
    return {
      running: this.#running,
      mostRunning: this.#mostRunning,
      aborted: this.#aborted,
      produced: this.#produced,
      kept: this.#kept.size,
      counter: this.#counter,
    };
  }

  /** Counts from nothing again. */
  reset(): void {
    this.#mostRunning = this.#aborted = this.#produced = this.#counter = 0;
  }

  #begun(): void {
    this.#mostRunning = Math.max(this.#mostRunning, ++this.#running);
  }
}
expose(Attackable, [
  "echo",
  "increment",
  "bytes",
  "hang",
  "persist",
  "letGo",
  "endless",
  "blocks",
  "keep",
  "callKept",
  "forget",
  "held",
  "facts",
  "reset",
]);

/** What `held` gives. */
export class Held {
  ping(): string {
    return "pong";
  }
}
expose(Held, ["ping"]);
