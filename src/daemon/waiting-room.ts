/** Peers that have not proved themselves yet: in all, and per remote address. */
export const MAX_UNAUTHENTICATED = 64;
export const MAX_UNAUTHENTICATED_PER_ADDRESS = 8;

/** Someone who waits; `closeForRoom` is told with the limit that was reached. */
export interface Guest {
  /** Guests without one have only the limit in all. */
  readonly address: string | undefined;
  closeForRoom(limit: number): void;
}

/**
 * Bounds what strangers can hold open (protocol.md section 8): when it is full the oldest goes, so that a flood can keep
 * honest peers out only by being faster than their handshakes.
 */
export class WaitingRoom<G extends Guest> {
  /** In the order they came. */
  readonly #guests = new Set<G>();

  get size(): number {
    return this.#guests.size;
  }

  /** One that waits already is the newest from now on. */
  enter(guest: G): void {
    this.#guests.delete(guest);
    if (guest.address !== undefined) {
      const neighbours = [...this.#guests].filter((other) => other.address === guest.address);
      if (neighbours.length >= MAX_UNAUTHENTICATED_PER_ADDRESS)
        this.#sendAway(neighbours[0], MAX_UNAUTHENTICATED_PER_ADDRESS);
    }
    if (this.#guests.size >= MAX_UNAUTHENTICATED)
      this.#sendAway(this.#guests.values().next().value, MAX_UNAUTHENTICATED);
    this.#guests.add(guest);
  }

  leave(guest: G): void {
    this.#guests.delete(guest);
  }

  #sendAway(oldest: G | undefined, limit: number): void {
    if (oldest === undefined) return;
    this.#guests.delete(oldest);
    oldest.closeForRoom(limit);
  }

  /** Those who wait now; they may leave meanwhile. */
  [Symbol.iterator](): Iterator<G> {
    return [...this.#guests].values();
  }
}
