/** Lookups of one ring that its provider works on at once, whoever still waits for them. */
export const MAX_LOOKUPS = 64;

/** Lookups that wait for their turn. More than a daemon has peers that could still wait for the answer. */
export const MAX_WAITING_LOOKUPS = 256;

/** Something that is looked up when its turn has come. */
export interface Lookup {
  /** Never rejects; the turn lasts until it resolves. */
  begin(): Promise<void>;
  /** Its turn won't come: others made it too late. */
  crowdedOut(): void;
}

/**
 * Bounds what strangers can make a provider do: a peer that was turned away stops waiting for its lookup, but nobody can
 * stop the lookup itself. When too many wait the oldest goes, since its peer has most likely gone too.
 */
export class LookupTurns {
  #running = 0;
  /** In the order they came. */
  readonly #waiting = new Set<Lookup>();

  /** Begins at once, or when others have ended. */
  enter(lookup: Lookup): void {
    if (this.#running < MAX_LOOKUPS) return this.#begin(lookup);
    const [oldest] = this.#waiting;
    if (oldest !== undefined && this.#waiting.size >= MAX_WAITING_LOOKUPS) {
      this.#waiting.delete(oldest);
      oldest.crowdedOut();
    }
    this.#waiting.add(lookup);
  }

  /** Nobody waits for it any more; returns whether its turn had not come yet, and then it never comes. */
  leave(lookup: Lookup): boolean {
    return this.#waiting.delete(lookup);
  }

  #begin(lookup: Lookup): void {
    this.#running++;
    void lookup.begin().then(() => {
      this.#running--;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      this.#begin(next);
    });
  }
}
