import type { Clock, Timer } from "../session/clock.js";
import type { Replica } from "./replica.js";

/** What is watched, and for whom. */
export interface PlaceWatchOptions {
  /** The daemon whose session can't go on. */
  readonly daemonUrl: string;
  /** All that is registered, as often as it changes. */
  readonly listings: (signal: AbortSignal) => AsyncIterable<readonly Replica[]>;
  readonly clock: Clock;
  /** Told once, when there is another place, or its own is not registered any more. */
  readonly elsewhere: () => void;
}

/** The pause before a name server that was away is asked again, in ms. */
const PAUSE_MS = 1_000;

/** Watches for a better place than one that does not answer, until it is there or the watch is stopped. */
export class PlaceWatch {
  readonly #options: PlaceWatchOptions;
  readonly #ending = new AbortController();
  #pause: Timer | undefined;
  #isElsewhere = false;

  /** Begins. */
  constructor(options: PlaceWatchOptions) {
    this.#options = options;
    void this.#watch();
  }

  /** There is another place, or there was when it was told. */
  get isElsewhere(): boolean {
    return this.#isElsewhere;
  }

  stop(): void {
    this.#pause?.cancel();
    this.#ending.abort();
  }

  async #watch(): Promise<void> {
    const { listings, daemonUrl, clock, elsewhere } = this.#options;
    const { signal } = this.#ending;
    try {
      for await (const replicas of listings(signal)) {
        if (signal.aborted) return;
        const own = replicas.filter((one) => one.daemonUrl === daemonUrl);
        // One that is away is no better than the one that does not answer.
        const hasOthers = replicas.some((one) => one.daemonUrl !== daemonUrl && !one.isAway);
        this.#isElsewhere = own.length === 0 || hasOthers;
        if (this.#isElsewhere) return elsewhere();
      }
    } catch {
      // Whoever can't be asked now is asked later: the session is tried at its own place meanwhile.
    }
    if (!signal.aborted) this.#pause = clock.after(PAUSE_MS, () => void this.#watch());
  }
}
