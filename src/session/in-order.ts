/** Hands on what may come late in the order in which it was asked for. */
export class InOrder {
  #last: Promise<unknown> | undefined;

  /** Something has not been handed on yet. */
  get isWaiting(): boolean {
    return this.#last !== undefined;
  }

  /**
   * Gives `take` what came, once all before it was taken. What `take` throws is an unhandled rejection, as it would be an
   * uncaught exception without the wait; what stands behind goes on.
   * @param coming never rejects
   */
  add<T>(coming: Promise<T> | T, take: (came: T) => void): void {
    const turn = behind(this.#last, coming);
    this.#last = turn;
    // Whoever comes next can only ask for its turn after this was asked for: it is told after it, too.
    void turn.then((came) => {
      if (this.#last === turn) this.#last = undefined;
      take(came);
    });
  }
}

/** What came, once what stood before it has come; nothing of that is kept, however long the row never ends. */
async function behind<T>(before: Promise<unknown> | undefined, coming: Promise<T> | T): Promise<T> {
  await before;
  return await coming;
}
