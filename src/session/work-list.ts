/**
 * Does work that makes more work, in the order in which recursion would: what a step adds comes before what waits
 * already. A chain of any length takes no stack, and how long it is may be the peer's choice.
 */
export class WorkList<T extends object> {
  readonly #work: (item: T) => void;
  readonly #stack: T[] = [];
  #isWorking = false;

  constructor(work: (item: T) => void) {
    this.#work = work;
  }

  /** Adds work, the first of it to be done next; it is done before this returns, unless this is called by a step. */
  add(items: readonly T[]): void {
    for (let index = items.length - 1; index >= 0; index--) this.#stack.push(items[index]!);
    if (this.#isWorking) return;
    this.#isWorking = true;
    try {
      for (let item = this.#stack.pop(); item !== undefined; item = this.#stack.pop()) this.#work(item);
    } finally {
      this.#isWorking = false;
    }
  }
}
