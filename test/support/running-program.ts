import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A child process whose lines are awaited, and which ends with its scope. */
export class RunningProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: string[] = [];
  #errors = "";
  #isOver = false;
  /** It was asked to end, and may have refused. */
  #isSignalled = false;
  #exitCode: number | null = null;
  #endedBy: NodeJS.Signals | null = null;
  #changed: () => void = () => {};

  /** @param options `within` is a command that starts the program and becomes it, `input` what it reads. */
  constructor(
    args: readonly string[],
    options: {
      readonly cwd: string;
      readonly env: NodeJS.ProcessEnv;
      readonly within?: readonly string[] | undefined;
      readonly input?: string | undefined;
    },
  ) {
    const { cwd, env, within = [], input } = options;
    const [command, ...rest] = [...within, process.execPath, ...args] as [string, ...string[]];
    this.#child = spawn(command, rest, { cwd, env, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] });
    this.#child.stdin?.end(input);
    const { stdout, stderr } = this.#child;
    if (stdout !== null) {
      createInterface({ input: stdout }).on("line", (line) => {
        this.#lines.push(line);
        this.#changed();
      });
    }
    stderr?.on("data", (text: Buffer) => (this.#errors += text.toString()));
    this.#child.on("close", (code, signal) => {
      this.#isOver = true;
      this.#exitCode = code;
      this.#endedBy = signal;
      this.#changed();
    });
  }

  /**
   * Waits until so many lines were printed.
   *
   * @throws {Error} with what the program wrote, when it ended before
   */
  async lines(count: number): Promise<readonly string[]> {
    return this.#waitFor(`${count} lines`, () =>
      this.#lines.length < count ? undefined : this.#lines.slice(0, count),
    );
  }

  /**
   * Waits for the first line that matches.
   *
   * @throws {Error} with what the program wrote, when it ended before
   */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    return this.#waitFor(`a line like ${pattern}`, () => {
      for (const line of this.#lines) {
        const match = pattern.exec(line);
        if (match !== null) return match;
      }
      return undefined;
    });
  }

  /** Waits until the program has ended, and all children that write where it does; null when a signal ended it. */
  async exitCode(): Promise<number | null> {
    while (!this.#isOver) await new Promise<void>((resolve) => (this.#changed = resolve));
    return this.#exitCode;
  }

  /** Waits until it has ended, and gives its exit code or the signal that ended it. */
  async status(): Promise<number | NodeJS.Signals | null> {
    return (await this.exitCode()) ?? this.#endedBy;
  }

  /** Sends it a signal. */
  signal(name: NodeJS.Signals): void {
    this.#isSignalled = true;
    this.#child.kill(name);
  }

  /** What it has printed. */
  get printed(): readonly string[] {
    return this.#lines;
  }

  /** What it has printed, and what it has said of errors. */
  get output(): string {
    return `${this.#lines.join("\n")}\n${this.#errors}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill(this.#isSignalled ? "SIGKILL" : "SIGTERM");
    await this.exitCode();
  }

  async #waitFor<T>(what: string, found: () => T | undefined): Promise<T> {
    for (;;) {
      const result = found();
      if (result !== undefined) return result;
      if (this.#isOver) throw new Error(`the program ended before it printed ${what}:\n${this.output}`);
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }
}
