/** What went against the protocol in a run, in the order it was found. */
export class Violations {
  readonly #found: string[] = [];

  add(what: string): void {
    this.#found.push(what);
  }

  /** @throws Error when there is any */
  check(): void {
    if (this.#found.length > 0) throw new Error(this.#found.slice(0, 5).join("; "));
  }
}
