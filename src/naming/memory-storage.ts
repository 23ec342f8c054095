import type { NameStorage, StoredRegistration } from "./name-storage.js";

/**
 * Keeps registrations in memory: for tests, and for a name server that is replaced by another within one process. A name
 * server without a storage keeps its own memory, and needs none of this.
 */
export class MemoryStorage implements NameStorage {
  readonly #kept = new Map<string, StoredRegistration>();

  load(): Promise<readonly StoredRegistration[]> {
    return Promise.resolve([...this.#kept.values()]);
  }

  put(registration: StoredRegistration): Promise<void> {
    this.#kept.set(keyOf(registration), Object.freeze({ ...registration }));
    return Promise.resolve();
  }

  delete(registration: Pick<StoredRegistration, "name" | "address">): Promise<void> {
    this.#kept.delete(keyOf(registration));
    return Promise.resolve();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

/** Neither names nor addresses hold a space. */
function keyOf({ name, address }: Pick<StoredRegistration, "name" | "address">): string {
  return `${name} ${address}`;
}
