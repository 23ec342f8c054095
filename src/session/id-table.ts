/** A power of two. Most sessions have few ids in use at a time, and 256 slots are 2 KiB. */
const FIRST_SLOTS = 8;
const MOST_SLOTS = 256;

/**
 * What is in use, by an id that counts up: a ring for the newest ids, which grows while two want one slot, and a Map for
 * the few that stay behind. A Map alone costs a fast session a third of its time (measured): each time it is rehashed the
 * old table keeps the way to the new one, so that what was deleted long ago outlives the quick collections.
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
    const ring = this.#ring;
    const entry = ring?.[id & (ring.length - 1)];
    if (entry?.id === id) return entry;
    return this.#behind.size === 0 ? undefined : this.#behind.get(id);
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** Adds an entry whose id is not here. */
  add(entry: T): void {
    const ring = this.#ringFor(entry.id);
    const slot = entry.id & (ring.length - 1);
    const older = ring[slot];
    if (older !== undefined) this.#behind.set(older.id, older);
    ring[slot] = entry;
    this.#size++;
  }

  /** With the slot of an id free, unless it is as large as it may become. */
  #ringFor(id: number): (T | undefined)[] {
    let ring = (this.#ring ??= emptyRing(FIRST_SLOTS));
    while (ring.length < MOST_SLOTS && ring[id & (ring.length - 1)] !== undefined) {
      const larger = emptyRing<T>(ring.length * 2);
      for (const entry of ring) if (entry !== undefined) larger[entry.id & (larger.length - 1)] = entry;
      this.#ring = ring = larger;
    }
    return ring;
  }

  delete(id: number): void {
    const ring = this.#ring;
    const slot = ring === undefined ? 0 : id & (ring.length - 1);
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

function emptyRing<T>(slots: number): (T | undefined)[] {
  return Array.from<T | undefined>({ length: slots }).fill(undefined);
}
