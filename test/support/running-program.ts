import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A child process whose lines are awaited, and which ends with its scope. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #errors = "";
  #isOver = false;
  #changed: () => void = () => {};

  constructor(args: readonly string[], options: { readonly cwd: string; readonly env: NodeJS.ProcessEnv }) {
    this.#child = spawn(process.execPath, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    const { stdout, stderr } = this.#child;
    if (stdout !== null) {
      createInterface({ input: stdout }).on("line", (line) => {
        this.#lines.push(line);
        this.#changed();
      });
    }
    stderr?.on("data", (text: Buffer) => (this.#errors += text.toString()));
    this.#child.on("close", () => {
      this.#isOver = true;
      this.#changed();
    });
  }

  /**
   * Waits until so many lines were printed.
   *
   * @throws {Error} with what the program wrote, when it ended before
   */
  async lines(count: number): Promise<readonly string[]> {
    while (this.#lines.length < count) {
      if (this.#isOver) {
        throw new Error(
          `the program ended after ${this.#lines.length} of ${count} lines:\n${this.#lines.join("\n")}\n${this.#errors}`,
        );
      }
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
    return this.#lines.slice(0, count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    while (!this.#isOver) await new Promise<void>((resolve) => (this.#changed = resolve));
  }
}
