import { Fifo } from "./fifo.js";

/** A body of which items wait unread; it holds nothing of the body itself. */
export interface UnreadBody {
  readonly byteLength: number;
  unreadItems: number;
}

/** The bytes of a session's bodies of which items of streams wait unread, each body counted once. */
export class UnreadBytes {
  total = 0;
  #collected: FinalizationRegistry<UnreadItems> | undefined;

  /** Counts what waits in a stream that has ended for as long as somebody can still read it. */
  countWhileHeld(stream: object, items: UnreadItems): void {
    (this.#collected ??= new FinalizationRegistry((unread) => unread.clear())).register(stream, items);
  }
}

/** The bodies of the items that wait in one stream, oldest first. */
export class UnreadItems {
  readonly #bytes: UnreadBytes;
  readonly #bodies = new Fifo<UnreadBody>();

  constructor(bytes: UnreadBytes) {
    this.#bytes = bytes;
  }

  get size(): number {
    return this.#bodies.size;
  }

  push(body: UnreadBody): void {
    if (body.unreadItems++ === 0) this.#bytes.total += body.byteLength;
    this.#bodies.push(body);
  }

  /** The oldest was read, or dropped. */
  shift(): void {
    const body = this.#bodies.shift();
    if (body !== undefined && --body.unreadItems === 0) this.#bytes.total -= body.byteLength;
  }

  clear(): void {
    while (this.size > 0) this.shift();
  }
}
