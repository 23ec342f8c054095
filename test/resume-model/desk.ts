import { release } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { expose } from "../../src/objects/expose.js";
import type { Ledger } from "./ledger.js";

/** Items of a stream. */
export async function* upTo(count: number): AsyncGenerator<number> {
  for (let number = 1; number <= count; number++) yield number;
}

export type Listener = (number: number) => number;

/** Given out by reference; calls on it start in order, as those on the desk do. */
export class Counter {
  readonly #ledger: Ledger;
  #count = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  next(id: number): number {
    this.#ledger.started(id);
    return (this.#count += 1);
  }
}
expose(Counter, ["next"]);

/** What the daemon serves: every way of talking, each call with the id that the ledger knows it by. */
export class Desk {
  readonly #ledger: Ledger;
  #waiting: (() => void)[] = [];

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  /** Lets calls of `wait` return. */
  letGo(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  note(id: number): void {
    this.#ledger.started(id);
  }

  add(id: number): number {
    this.#ledger.started(id);
    return id + 1;
  }

  /** Runs until the model lets it go. */
  async wait(id: number): Promise<number> {
    this.#ledger.started(id);
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return id;
  }

  /** No generator itself: that would start with its first reader. */
  count(id: number, to: number): AsyncIterable<number> {
    this.#ledger.started(id);
    return upTo(to);
  }

  async total(id: number, numbers: AsyncIterable<number>): Promise<number> {
    this.#ledger.started(id);
    let count = 0;
    for await (const number of numbers) this.#ledger.item(id, { got: number, wanted: (count += 1) });
    return count;
  }

  async callBack(id: number, listener: Remote<Listener>, times: number): Promise<number> {
    this.#ledger.started(id);
    this.#ledger.keep(listener);
    try {
      const answers = await Promise.all(Array.from({ length: times }, (_, index) => listener(index + 1)));
      return answers.reduce((sum, answer) => sum + answer, 0);
    } finally {
      release(listener);
    }
  }

  counter(id: number): Counter {
    this.#ledger.started(id);
    return this.#ledger.keep(new Counter(this.#ledger));
  }

  measured(id: number, bytes: Uint8Array): number {
    this.#ledger.started(id);
    return bytes.length;
  }

  mirrored(id: number, bytes: Uint8Array): Uint8Array {
    this.#ledger.started(id);
    return bytes.toReversed();
  }
}
expose(Desk, {
  members: { note: { oneway: true } },
  only: ["note", "add", "wait", "count", "total", "callBack", "counter", "mirrored", "measured"],
});
