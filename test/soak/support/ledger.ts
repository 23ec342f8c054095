/** What became of numbered things that must come once each and in order, from 0 on. */
export interface LedgerReport {
  readonly lost: number;
  readonly doubled: number;
  readonly reordered: number;
}

export const NOTHING_WRONG: LedgerReport = { lost: 0, doubled: 0, reordered: 0 };

/** Counts what is lost, comes twice or comes before its turn. */
export class Ledger {
  /** All below have come. */
  #next = 0;
  readonly #early = new Set<number>();
  #doubled = 0;
  #reordered = 0;

  take(number: number): void {
    if (number < this.#next || this.#early.has(number)) {
      this.#doubled += 1;
      return;
    }
    if (number > this.#next) {
      this.#reordered += 1;
      this.#early.add(number);
      return;
    }
    for (this.#next += 1; this.#early.delete(this.#next); this.#next += 1);
  }

  /** How many different ones have come. */
  get size(): number {
    return this.#next + this.#early.size;
  }

  /** @param total how many there were to come; one above them counts as doubled, since nobody made it */
  report(total: number): LedgerReport {
    const made = Math.min(this.#next, total) + [...this.#early].filter((number) => number < total).length;
    const foreign = this.size - made;
    return { lost: total - made, doubled: this.#doubled + foreign, reordered: this.#reordered };
  }
}

/** The sum of several reports. */
export function together(reports: Iterable<LedgerReport>): LedgerReport {
  const sum = { ...NOTHING_WRONG };
  for (const { lost, doubled, reordered } of reports) {
    Object.assign(sum, {
      lost: sum.lost + lost,
      doubled: sum.doubled + doubled,
      reordered: sum.reordered + reordered,
    });
  }
  return sum;
}
