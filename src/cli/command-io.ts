import type { Environment } from "../node/config.js";
import type { ExitCode } from "./exit-code.js";

/** The options that every command takes. */
export interface GlobalOptions {
  /** One JSON document a line, for programs. */
  readonly json?: boolean | undefined;
  /** Path of the key file to use in place of this user's. */
  readonly keyFile?: string | undefined;
  /** Address of the name server. */
  readonly names?: string | undefined;
  /** Path of a PEM file with the authorities whose certificates are accepted. */
  readonly ca?: string | undefined;
  /** Deadline of connecting and of each call in ms, 0 = none. */
  readonly timeout?: number | undefined;
  /** Shows the stacks of errors. */
  readonly debug?: boolean | undefined;
}

/** All that a command has of the world around it, so that tests can be that world. */
export interface CommandIo {
  /** Writes a line to the standard output. */
  out(text: string): void;
  /** Writes a line to the standard error output. */
  err(text: string): void;
  /** Reads the standard input to its end. */
  input(): Promise<string>;
  /** Whether `--json` was given. */
  readonly isJson: boolean;
  /** Whether the standard output is a terminal. */
  readonly isTty: boolean;
  /** Aborted by Ctrl-C and SIGTERM: end what runs, and return. */
  readonly signal: AbortSignal;
  readonly env: Environment;
  readonly options: GlobalOptions;
  /** The status to end with; while it is undefined 0, or 130 after an interruption. What is thrown counts before it. */
  exitCode: ExitCode | undefined;
}
