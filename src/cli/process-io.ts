import { text as readText } from "node:stream/consumers";
import type { CommandIo, GlobalOptions } from "./command-io.js";
import { ExitCode } from "./exit-code.js";
import { printable, styled, unstyled } from "./output.js";
import { warningText } from "./warning-text.js";

/** Why `CommandIo.signal` was aborted. */
export class Interruption extends Error {
  override readonly name = "Interruption";
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** The world of a command that runs as a process. */
export class ProcessIo implements CommandIo {
  readonly env = process.env;
  readonly isTty = process.stdout.isTTY === true;
  exitCode: ExitCode | undefined;
  #options: GlobalOptions = {};
  readonly #controller = new AbortController();

  constructor() {
    for (const signal of SIGNALS) process.on(signal, this.#interrupted);
    // Node listens unless it was started with --no-warnings.
    if (process.listenerCount("warning") > 0) process.removeAllListeners("warning").on("warning", this.#warned);
    // Whoever read the output, such as `head`, has had enough: there is nothing left to do.
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      this.exitCode ??= ExitCode.DONE;
      this.#controller.abort(new Interruption("nobody reads the output any more"));
    });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get options(): GlobalOptions {
    return this.#options;
  }

  get isJson(): boolean {
    return this.#options.json === true;
  }

  /** Takes the global options, once they are known. */
  readonly use = (options: GlobalOptions): void => {
    this.#options = options;
  };

  out(text: string): void {
    process.stdout.write(`${text}\n`);
  }

  err(text: string): void {
    process.stderr.write(`${process.stderr.isTTY === true ? text : unstyled(text)}\n`);
  }

  input(): Promise<string> {
    return readText(process.stdin);
  }

  /** Lets go of the process, which ends when nothing else keeps it. */
  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#interrupted);
  }

  readonly #warned = (warning: Error): void => {
    this.err(`${styled(this, { text: "warning:", style: "yellow" })} ${printable(warningText(warning))}`);
  };

  readonly #interrupted = (): void => {
    // Asked twice, it ends without further ado.
    if (this.#controller.signal.aborted) process.exit(ExitCode.INTERRUPTED);
    this.#controller.abort(new Interruption("interrupted"));
  };
}
