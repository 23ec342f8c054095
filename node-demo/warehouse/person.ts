import type { Ask } from "./questions.js";

/** A warehouse in this program or in another: what it gives is awaited either way. */
export interface SomeWarehouse {
  list(): readonly string[] | PromiseLike<readonly string[]>;
  take(visitor: string, item: string): void | PromiseLike<void>;
  store(visitor: string, item: string): void | PromiseLike<void>;
}

/** Comes to a warehouse, brings something and takes something away. */
export class Person {
  readonly #name: string;
  readonly #ask: Ask;

  constructor(name: string, ask: Ask) {
    this.#name = name;
    this.#ask = ask;
  }

  async visit(warehouse: SomeWarehouse): Promise<void> {
    console.log(`This is ${this.#name}.`);
    await this.#bring(warehouse);
    await this.#fetch(warehouse);
    console.log("Thank you, come again!");
  }

  async #bring(warehouse: SomeWarehouse): Promise<void> {
    console.log(`The warehouse holds: ${(await warehouse.list()).join(", ")}`);
    const item = await this.#ask("Type a thing you want to store (or nothing): ");
    if (item !== "") await warehouse.store(this.#name, item);
  }

  async #fetch(warehouse: SomeWarehouse): Promise<void> {
    console.log(`The warehouse holds: ${(await warehouse.list()).join(", ")}`);
    const item = await this.#ask("Type a thing you want to take (or nothing): ");
    if (item === "") return;
    try {
      await warehouse.take(this.#name, item);
    } catch (error) {
      console.log(`It can't be had: ${(error as Error).message}`);
    }
  }
}
