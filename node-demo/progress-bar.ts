const WIDTH = 30;

/** A bar on one line of a terminal; where the output is no terminal, only its last state is printed. */
export class ProgressBar {
  readonly #label: string;
  readonly #total: number;
  #done = 0;

  constructor(label: string, total: number) {
    this.#label = label;
    this.#total = total;
  }

  advance(): void {
    this.#done++;
    if (process.stdout.isTTY) process.stdout.write(`\r${this.#line()}`);
  }

  finish(): void {
    process.stdout.write(process.stdout.isTTY ? "\n" : `${this.#line()}\n`);
  }

  #line(): string {
    const filled = Math.round((this.#total === 0 ? 1 : this.#done / this.#total) * WIDTH);
    return `${this.#label} [${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] ${this.#done}/${this.#total}`;
  }
}
