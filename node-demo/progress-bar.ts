const WIDTH = 30;

/** Where a bar is drawn, such as `process.stdout`. */
export interface Terminal {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** A bar on one line of a terminal; where the output is no terminal, each quarter is printed on a line of its own. */
export class ProgressBar {
  readonly #label: string;
  readonly #total: number;
  readonly #terminal: Terminal;
  #done = 0;

  constructor(label: string, options: { readonly total: number; readonly terminal: Terminal }) {
    this.#label = label;
    this.#total = options.total;
    this.#terminal = options.terminal;
  }

  advance(): void {
    this.#done++;
    if (this.#terminal.isTTY === true) this.#terminal.write(`\r${this.#line()}`);
    else if (this.#quarters(this.#done) > this.#quarters(this.#done - 1)) this.#terminal.write(`${this.#line()}\n`);
  }

  /** Ends the line. */
  finish(): void {
    if (this.#terminal.isTTY === true) this.#terminal.write("\n");
  }

  #quarters(done: number): number {
    return Math.floor((done / this.#total) * 4);
  }

  #line(): string {
    const filled = Math.round((this.#done / this.#total) * WIDTH);
    return `${this.#label} [${"#".repeat(filled)}${"-".repeat(WIDTH - filled)}] ${this.#done}/${this.#total}`;
  }
}
