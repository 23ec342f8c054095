import type { Clock } from "../session/clock.js";

/** Proofs that fail within a minute from one network, before its next ones have to wait. */
export const MAX_FAILED_PROOFS = 20;

/** How long the HELLO of such a network waits: the deadline leaves enough for what comes after it. */
export const PROOF_DELAY_MS = 2_000;

const WINDOW_MS = 60_000;

/** About 100 bytes each. Beyond it the one whose window is oldest is forgotten, which only ends its delay. */
const MAX_NETWORKS = 1024;

interface Window {
  readonly sinceMs: number;
  count: number;
}

/**
 * Slows down who guesses at keys: with {@link MAX_FAILED_PROOFS} wrong tags in a minute, the HELLOs of that network are
 * looked at after {@link PROOF_DELAY_MS}. With 8 places in the waiting room that is 4 guesses a second at most.
 *
 * They are delayed and not refused, since others may share the address: behind one router a client with an old key must
 * not lock its neighbours out. For the same reason loopback and trusted proxies are exempt (they are given no network):
 * there any local program, or any visitor of a site, could slow everybody else down. Their guesses cost what all others
 * cost, and 32 random bytes need no such help; what needs it is a key that was made from a passphrase.
 */
export class FailedProofs {
  readonly #clock: Pick<Clock, "now">;
  /** By network, the oldest window first. */
  readonly #windows = new Map<string, Window>();

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** How many networks are remembered. */
  get size(): number {
    return this.#windows.size;
  }

  /** A peer of that network could not prove itself. */
  note(network: string): void {
    const window = this.#window(network);
    if (window !== undefined) {
      window.count += 1;
      return;
    }
    this.#windows.delete(network);
    if (this.#windows.size >= MAX_NETWORKS) {
      const [oldest] = this.#windows.keys();
      if (oldest !== undefined) this.#windows.delete(oldest);
    }
    this.#windows.set(network, { sinceMs: this.#clock.now(), count: 1 });
  }

  /** How long a HELLO of that network has to wait. */
  delayMs(network: string): number {
    return (this.#window(network)?.count ?? 0) < MAX_FAILED_PROOFS ? 0 : PROOF_DELAY_MS;
  }

  #window(network: string): Window | undefined {
    const window = this.#windows.get(network);
    return window === undefined || this.#clock.now() - window.sinceMs >= WINDOW_MS ? undefined : window;
  }
}
