/** Takes no memory, since nobody touches it, but counts as much with engines that decide when to collect. */
const HINT_BYTES = 64 * 1024 * 1024;
/** How much rarer hints become that are of no use. */
const MAX_PATIENCE = 1024;

/**
 * Makes the engine collect garbage soon, as far as a program can, while a table fills: V8 does after that many bytes
 * outside its heap. What a peer holds for something that nobody uses here is given back when that is collected; proxies,
 * streams and signals weigh so little that the engine alone would not look before the table is full (measured: never, in
 * 20 000 calls). It only helps: whatever is right without it stays right.
 */
export class CollectionHint {
  readonly #room: number;
  /** Since the last hint. */
  #added = 0;
  #collected = 0;
  /** Grows while hints are of no use: the program holds what there is, or gives it back itself. */
  #patience = 1;
  #hasHinted = false;

  /** @param room how many the table holds */
  constructor(room: number) {
    this.#room = room;
  }

  /** One was collected: hints are of use. */
  collected(): void {
    this.#collected++;
  }

  /** One more was added. From a quarter of the room on, each eighth that is taken is a hint. @param size with it */
  added(size: number): void {
    if (size * 4 < this.#room || ++this.#added * 8 < this.#room * this.#patience) return;
    const wasOfUse = this.#collected * 4 >= this.#added;
    this.#patience = wasOfUse || !this.#hasHinted ? 1 : Math.min(this.#patience * 2, MAX_PATIENCE);
    this.#added = this.#collected = 0;
    this.#hasHinted = true;
    try {
      void new ArrayBuffer(HINT_BYTES);
    } catch {
      // A host without room for it collects by itself.
    }
  }
}
