import type { CompiledFilter } from "./compiled-filter.js";
import type { NameChange, Registration } from "./registration.js";

/** One registration has come, changed or gone. */
export interface TableChange {
  /** Of its name and address. */
  readonly key: string;
  /** Its last state. */
  readonly registration: Registration;
  readonly before: Registration | undefined;
  readonly after: Registration | undefined;
}

/** What a watcher has not been told yet of one registration. */
interface Untold {
  readonly registration: Registration;
  /** It was told that there is one. */
  readonly wasKnown: boolean;
  readonly isThere: boolean;
}

/**
 * One who watches: takes changes as they happen, and gives them when they are asked for. Of each registration it keeps the
 * last state alone, and nothing of one that came and went untold, so that a slow reader costs no more than what it knows
 * and what there is.
 */
export class Watcher {
  readonly filter: CompiledFilter;
  readonly #untold = new Map<string, Untold>();
  /** Names from here on are not listed yet: what changes there the listing will show. Undefined: all are listed. */
  #listedTo: string | undefined;
  #wake: (() => void) | undefined;
  #isEnded = false;

  constructor(filter: CompiledFilter) {
    this.filter = filter;
    this.#listedTo = filter.prefix;
  }

  /** Names before this one were listed. */
  listed(next: string | undefined): void {
    this.#listedTo = next;
  }

  changed({ key, registration, before, after }: TableChange): void {
    if (this.#listedTo !== undefined && registration.name >= this.#listedTo) return;
    const wasThere = before !== undefined && this.filter.matches(before);
    const isThere = after !== undefined && this.filter.matches(after);
    if (!wasThere && !isThere) return;
    const wasKnown = this.#untold.get(key)?.wasKnown ?? wasThere;
    if (wasKnown || isThere) this.#untold.set(key, { registration, wasKnown, isThere });
    else this.#untold.delete(key);
    this.#rouse();
  }

  /** The oldest change that was not told; undefined when there is none. */
  next(): NameChange | undefined {
    for (const [key, { registration, wasKnown, isThere }] of this.#untold) {
      this.#untold.delete(key);
      return { kind: isThere ? (wasKnown ? "changed" : "added") : "removed", registration };
    }
    return undefined;
  }

  /** Waits for a change, at most one caller at a time; false: there will be none, or the signal was aborted. */
  async more(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#untold.size === 0 && !this.#isEnded && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal?.addEventListener("abort", this.#rouse, { once: true });
      });
      signal?.removeEventListener("abort", this.#rouse);
    }
    return !this.#isEnded && signal?.aborted !== true;
  }

  /** There will be no more changes. */
  end(): void {
    this.#isEnded = true;
    this.#rouse();
  }

  readonly #rouse = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  };
}
