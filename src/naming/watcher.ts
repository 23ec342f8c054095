import type { Backlog } from "./backlog.js";
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
 * and what there is; and no more than its backlog allows: then it is over.
 */
export class Watcher {
  readonly filter: CompiledFilter;
  readonly #untold = new Map<string, Untold>();
  /** Names from here on are not listed yet: what changes there the listing will show. Undefined: all are listed. */
  #listedTo: string | undefined;
  #wake: (() => void) | undefined;
  #isEnded = false;
  /** Its reader was too slow. */
  #failure: Error | undefined;
  readonly #backlog: Backlog;

  constructor(filter: CompiledFilter, backlog: Backlog) {
    this.filter = filter;
    this.#backlog = backlog;
    this.#listedTo = filter.prefix;
  }

  /** Names before this one were listed. @throws LimitError when its reader was too slow */
  listed(next: string | undefined): void {
    if (this.#failure !== undefined) throw this.#failure;
    this.#listedTo = next;
  }

  changed({ key, registration, before, after }: TableChange): void {
    if (this.#isEnded) return;
    if (this.#listedTo !== undefined && registration.name >= this.#listedTo) return;
    const wasThere = before !== undefined && this.filter.matches(before);
    const isThere = after !== undefined && this.filter.matches(after);
    if (!wasThere && !isThere) return;
    const untold = this.#untold.get(key);
    const wasKnown = untold?.wasKnown ?? wasThere;
    const isUntold = wasKnown || isThere;
    if (untold === undefined && isUntold) this.#failure = this.#backlog.take(1);
    if (this.#failure !== undefined) return this.leave();
    if (isUntold) this.#untold.set(key, { registration, wasKnown, isThere });
    else this.#forget(key);
    this.#rouse();
  }

  /** The oldest change that was not told; undefined when there is none. */
  next(): NameChange | undefined {
    for (const [key, { registration, wasKnown, isThere }] of this.#untold) {
      this.#forget(key);
      return { kind: isThere ? (wasKnown ? "changed" : "added") : "removed", registration };
    }
    return undefined;
  }

  /**
   * Waits for a change, at most one caller at a time; false: there will be none, or the signal was aborted.
   * @throws (it rejects) LimitError when its reader was too slow
   */
  async more(signal: AbortSignal | undefined): Promise<boolean> {
    if (this.#untold.size === 0 && !this.#isEnded && signal?.aborted !== true) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal?.addEventListener("abort", this.#rouse, { once: true });
      });
      signal?.removeEventListener("abort", this.#rouse);
    }
    if (this.#failure !== undefined) throw this.#failure;
    return !this.#isEnded && signal?.aborted !== true;
  }

  /** There will be no more changes. */
  end(): void {
    this.#isEnded = true;
    this.#rouse();
  }

  /** Nobody reads it any more: keeps nothing. */
  leave(): void {
    this.#backlog.give(this.#untold.size);
    this.#untold.clear();
    this.end();
  }

  #forget(key: string): void {
    if (this.#untold.delete(key)) this.#backlog.give(1);
  }

  readonly #rouse = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  };
}
