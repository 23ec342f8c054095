import { NamingError } from "../errors/hearthwire-error.js";
import { refusal } from "../session/refusal.js";
import type { NameStorage, StoredRegistration } from "./name-storage.js";

/** Writes registrations to a storage: those of one name and address one after another, in the order they were made. */
export class NameWrites {
  readonly #storage: NameStorage | undefined;
  readonly #last = new Map<string, Promise<void>>();

  /** @param storage undefined: nothing is kept */
  constructor(storage: NameStorage | undefined) {
    this.#storage = storage;
  }

  put(registration: StoredRegistration): Promise<void> {
    return this.#write(registration, (storage) => storage.put(registration));
  }

  delete({ name, address }: Pick<StoredRegistration, "name" | "address">): Promise<void> {
    return this.#write({ name, address }, (storage) => storage.delete({ name, address }));
  }

  /** Whether something of a registration is yet to be written. */
  areUnderWay({ name, address }: Pick<StoredRegistration, "name" | "address">): boolean {
    return this.#last.has(keyOf({ name, address }));
  }

  /** Resolves when nothing is being written; never rejects. */
  async settled(): Promise<void> {
    while (this.#last.size > 0) await Promise.allSettled(this.#last.values());
  }

  async #write(
    { name, address }: Pick<StoredRegistration, "name" | "address">,
    write: (storage: NameStorage) => Promise<void>,
  ): Promise<void> {
    const storage = this.#storage;
    if (storage === undefined) return;
    const key = keyOf({ name, address });
    const before = this.#last.get(key);
    const written = (async (): Promise<void> => {
      // Whoever asked for that one hears of its failure.
      await before?.catch(() => undefined);
      try {
        await write(storage);
      } catch (error) {
        // It crosses as what it is to whoever asked for the change.
        throw error instanceof NamingError ? refusal(error) : error;
      }
    })();
    this.#last.set(key, written);
    try {
      await written;
    } finally {
      if (this.#last.get(key) === written) this.#last.delete(key);
    }
  }
}

function keyOf({ name, address }: Pick<StoredRegistration, "name" | "address">): string {
  return `${name} ${address}`;
}
