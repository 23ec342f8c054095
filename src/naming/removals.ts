import type { Backlog } from "./backlog.js";
import type { EntryHolder } from "./name-entry.js";
import type { Registration } from "./registration.js";

/** A registration that somebody took from the session that had made it. */
export interface Removal {
  /** Its last state. */
  readonly registration: Registration;
  /** Who did it: the id of a principal, such as `key:alice`; `program` of the server's own program. */
  readonly by: string;
}

/** One who reads what its session loses. */
class RemovalReader {
  /** By name and address: of one that was registered again and removed again the last is told. */
  readonly #untold = new Map<string, Removal>();
  #wake: (() => void) | undefined;
  #isEnded = false;
  /** It was too slow. */
  #failure: Error | undefined;
  readonly #backlog: Backlog;

  constructor(backlog: Backlog) {
    this.#backlog = backlog;
  }

  tell(removal: Removal): void {
    if (this.#failure !== undefined) return;
    const { name, address } = removal.registration;
    const key = `${name} ${address}`;
    if (!this.#untold.has(key)) this.#failure = this.#backlog.take(1);
    if (this.#failure === undefined) this.#untold.set(key, removal);
    else this.#forget();
    this.#wake?.();
  }

  async *read(signal: AbortSignal | undefined): AsyncGenerator<Removal, void, void> {
    const rouse = (): void => this.#wake?.();
    signal?.addEventListener("abort", rouse);
    try {
      while (!this.#isEnded && signal?.aborted !== true) {
        for (const [key, removal] of this.#untold) {
          this.#untold.delete(key);
          this.#backlog.give(1);
          yield removal;
        }
        await this.#more(signal);
        if (this.#failure !== undefined) throw this.#failure;
      }
    } finally {
      signal?.removeEventListener("abort", rouse);
      this.#forget();
    }
  }

  /** Nobody reads what is left. */
  #forget(): void {
    this.#backlog.give(this.#untold.size);
    this.#untold.clear();
  }

  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  async #more(signal: AbortSignal | undefined): Promise<void> {
    if (this.#untold.size > 0 || this.#failure !== undefined || this.#isEnded || signal?.aborted === true) return;
    await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
  }
}

/** Tells sessions which of their registrations others have removed, or replaced. */
export class Removals {
  readonly #readers = new Map<EntryHolder, Set<RemovalReader>>();

  /** What a session loses from now on; ends with the signal, or with `end`. @throws LimitError when it is read too slowly */
  async *of(
    holder: EntryHolder,
    { signal, backlog }: { readonly signal: AbortSignal | undefined; readonly backlog: Backlog },
  ): AsyncGenerator<Removal, void, void> {
    const readers = this.#readers.get(holder) ?? new Set();
    const reader = new RemovalReader(backlog);
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
