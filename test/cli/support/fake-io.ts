import type { CommandIo, GlobalOptions } from "../../../src/cli/command-io.js";
import type { ExitCode } from "../../../src/cli/exit-code.js";
import { run } from "../../../src/cli/run.js";

/** What a command is given in a test. */
export interface FakeWorld {
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  /** The standard input. @default "" */
  readonly input?: string | undefined;
  /** @default false */
  readonly isTty?: boolean | undefined;
  readonly options?: GlobalOptions | undefined;
}

/** A world in which what a command writes is kept, and Ctrl-C is `interrupt()`. */
export class FakeIo implements CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly isTty: boolean;
  /** The lines of the standard output, as they were written. */
  readonly outLines: string[] = [];
  /** Those of the standard error output. */
  readonly errLines: string[] = [];
  exitCode: ExitCode | undefined;
  options: GlobalOptions;
  readonly #input: string;
  readonly #controller = new AbortController();
  readonly #waiting = new Set<() => void>();

  constructor({ env = {}, input = "", isTty = false, options = {} }: FakeWorld = {}) {
    this.env = env;
    this.isTty = isTty;
    this.options = options;
    this.#input = input;
  }

  get isJson(): boolean {
    return this.options.json === true;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** All of the standard output. */
  get output(): string {
    return this.outLines.map((line) => `${line}\n`).join("");
  }

  /** All of the standard error output. */
  get errors(): string {
    return this.errLines.map((line) => `${line}\n`).join("");
  }

  /** The documents that `--json` gave, one a line. */
  get documents(): readonly unknown[] {
    return this.outLines.map((line) => JSON.parse(line) as unknown);
  }

  out(text: string): void {
    this.outLines.push(text);
    for (const look of this.#waiting) look();
  }

  err(text: string): void {
    this.errLines.push(text);
    for (const look of this.#waiting) look();
  }

  input(): Promise<string> {
    return Promise.resolve(this.#input);
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.#controller.abort(new Error("interrupted"));
  }

  /** Resolves with the match once either output holds what matches. */
  async written(pattern: RegExp): Promise<RegExpMatchArray> {
    return new Promise((resolve) => {
      const look = (): void => {
        const found = this.output.match(pattern) ?? this.errors.match(pattern);
        if (found === null) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }
}

/** How a command line ended, and what it wrote. */
export interface Ended {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs a command line in this process. @example await runLine(["ping", url], { env: { HEARTHWIRE_KEY_FILE: file } }) */
export async function runLine(args: readonly string[], world: FakeWorld | FakeIo = {}): Promise<Ended> {
  const io = world instanceof FakeIo ? world : new FakeIo(world);
  const code = await run(io, { args, use: (options) => (io.options = options) });
  return { code, out: io.output, err: io.errors };
}
