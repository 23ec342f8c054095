/** What lies in one place, for all who come. */
export class Warehouse {
  readonly #items = ["chair", "bike", "flashlight", "laptop", "couch"];

  list(): readonly string[] {
    return this.#items;
  }

  /** @throws Error when there is no such thing */
  take(visitor: string, item: string): void {
    const index = this.#items.indexOf(item);
    if (index === -1) throw new Error(`there is no ${item} here`);
    this.#items.splice(index, 1);
    console.log(`${visitor} took the ${item}.`);
  }

  store(visitor: string, item: string): void {
    this.#items.push(item);
    console.log(`${visitor} stored the ${item}.`);
  }
}
