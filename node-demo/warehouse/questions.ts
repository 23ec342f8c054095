import { createInterface, type Interface } from "node:readline";

/** Asks for one line; an empty one when there is nobody to answer. */
export type Ask = (question: string) => Promise<string>;

/** Questions to whoever sits at the terminal, or to the lines of a pipe. */
export class Questions implements Disposable {
  readonly #reader: Interface = createInterface({ input: process.stdin });
  readonly #lines = this.#reader[Symbol.asyncIterator]();

  readonly ask: Ask = async (question) => {
    process.stdout.write(question);
    const line = await this.#lines.next();
    // What was typed at a terminal has ended the line already.
    if (!process.stdin.isTTY) console.log();
    return line.done === true ? "" : line.value.trim();
  };

  [Symbol.dispose](): void {
    this.#reader.close();
  }
}
