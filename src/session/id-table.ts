const SLOTS = 256;

/**
 * What is in use, by an id that counts up: a ring for the newest ids, a Map for the few that stay behind. A Map alone
 * costs a fast session a third of its time (measured): each time it is rehashed the old table keeps the way to the new
 * one, so that what was deleted long ago outlives the quick collections.
 */
export class IdTable<T extends { readonly id: number }> {
  /** Made on first use: most sessions are idle. */
  #ring: (T | undefined)[] | undefined;
  readonly #behind = new Map<number, T>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(id: number): T | undefined {
    const entry = this.#ring?.[id % SLOTS];
    if (entry?.id === id) return entry;
    return this.#behind.size === 0 ? undefined : this.#behind.get(id);
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** Adds an entry whose id is not here. */
  add(entry: T): void {
    const ring = (this.#ring ??= Array.from({ length: SLOTS }, () => undefined));
    const slot = entry.id % SLOTS;
    const older = ring[slot];
    if (older !== undefined) this.#behind.set(older.id, older);
    ring[slot] = entry;
    this.#size++;
  }

  delete(id: number): void {
    const ring = this.#ring;
    const slot = id % SLOTS;
    if (ring?.[slot]?.id === id) ring[slot] = undefined;
    else if (!this.#behind.delete(id)) return;
    this.#size--;
  }

  /** All entries, as they are now, in the order of their ids. */
  values(): T[] {
    const newest = (this.#ring ?? []).filter((entry) => entry !== undefined);
    return [...this.#behind.values(), ...newest].sort((a, b) => a.id - b.id);
  }

  clear(): void {
    this.#ring = undefined;
    this.#behind.clear();
    this.#size = 0;
  }
}
