/** How often each move was made and each state that matters was seen, over any number of runs. */
export class Coverage {
  readonly #counts = new Map<string, number>();

  /** Names that must not stay at zero. */
  constructor(names: readonly string[] = []) {
    for (const name of names) this.#counts.set(name, 0);
  }

  note(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  /** Names with their counts, in the order of the names. */
  get counts(): ReadonlyMap<string, number> {
    return new Map([...this.#counts].toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** Names that nothing was counted for. */
  get missing(): readonly string[] {
    return [...this.#counts].filter(([, count]) => count === 0).map(([name]) => name);
  }
}
