/** Hands on what may come late in the order in which it was asked for. */
export class InOrder {
  #last: Promise<void> | undefined;

  /** Something has not been handed on yet. */
  get isWaiting(): boolean {
    return this.#last !== undefined;
  }

  /**
   * Gives `take` what came, once all before it was taken.
   * @param coming never rejects
   */
  add<T>(coming: Promise<T> | T, take: (came: T) => void): void {
    const turn: Promise<void> = Promise.all([coming, this.#last]).then(([came]) => {
      if (this.#last === turn) this.#last = undefined;
      take(came);
    });
    this.#last = turn;
  }
}
