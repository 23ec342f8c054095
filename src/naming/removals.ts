import type { EntryHolder } from "./name-entry.js";
import type { Registration } from "./registration.js";

/** A registration that somebody took from the session that had made it. */
export interface Removal {
  /** Its last state. */
  readonly registration: Registration;
  /** Who did it: the id of a principal, such as `key:alice`; `program` of the server's own program. */
  readonly by: string;
}

/** Untold removals of one reader; of one that does not read the oldest are dropped. */
const MOST_UNTOLD = 10_000;

/** One who reads what its session loses. */
class RemovalReader {
  /** By name and address: of one that was registered again and removed again the last is told. */
  readonly #untold = new Map<string, Removal>();
  #wake: (() => void) | undefined;
  #isEnded = false;

  tell(removal: Removal): void {
    const { name, address } = removal.registration;
    const [oldest] = this.#untold.keys();
    if (this.#untold.size >= MOST_UNTOLD && oldest !== undefined) this.#untold.delete(oldest);
    this.#untold.set(`${name} ${address}`, removal);
    this.#wake?.();
  }

  async *read(signal: AbortSignal | undefined): AsyncGenerator<Removal, void, void> {
    const rouse = (): void => this.#wake?.();
    signal?.addEventListener("abort", rouse);
    try {
      while (!this.#isEnded && signal?.aborted !== true) {
        for (const [key, removal] of this.#untold) {
          this.#untold.delete(key);
          yield removal;
        }
        await this.#more(signal);
      }
    } finally {
      signal?.removeEventListener("abort", rouse);
    }
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async #more(signal: AbortSignal | undefined): Promise<void> {
    if (this.#untold.size > 0 || this.#isEnded || signal?.aborted === true) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
}

/** Tells sessions which of their registrations others have removed, or replaced. */
export class Removals {
  readonly #readers = new Map<EntryHolder, Set<RemovalReader>>();

  /** What a session loses from now on; ends with the signal, or with `end`. */
  async *of(holder: EntryHolder, signal: AbortSignal | undefined): AsyncGenerator<Removal, void, void> {
    const readers = this.#readers.get(holder) ?? new Set();
    const reader = new RemovalReader();
    this.#readers.set(holder, readers.add(reader));
    try {
      yield* reader.read(signal);
    } finally {
      readers.delete(reader);
      if (readers.size === 0) this.#readers.delete(holder);
    }
  }

  tell(holder: EntryHolder, removal: Removal): void {
    for (const reader of this.#readers.get(holder) ?? []) reader.tell(removal);
  }

  /** Ends all who read. */
  end(): void {
    for (const readers of this.#readers.values()) for (const reader of readers) reader.end();
  }
}
