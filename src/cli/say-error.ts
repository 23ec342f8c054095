import { inspect } from "node:util";
import { ConfigError, ConnectionError, HearthwireError, InsecureBindError } from "../errors/hearthwire-error.js";
import { ExitCode } from "./exit-code.js";
import type { CommandIo } from "./command-io.js";
import { jsonText } from "./json-text.js";
import { printable, styled } from "./output.js";

/** Codes that say that there was nobody to talk to. */
const UNCONNECTED: ReadonlySet<string> = new Set<ConnectionError["code"]>([
  "HW_CONNECT_FAILED",
  "HW_CONNECT_TIMEOUT",
  "HW_TLS_FAILED",
  "HW_CREDENTIALS_EXPIRED",
  "HW_REFUSED",
]);

/** The exit status that an error ends the command with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof ConfigError || error instanceof InsecureBindError) return ExitCode.USAGE;
  if (error instanceof ConnectionError && UNCONNECTED.has(error.code)) return ExitCode.NO_CONNECTION;
  return ExitCode.FAILED;
}

/**
 * Tells people what went wrong by its sentence and code, programs by `{ "error": { ... } }`. Stacks are shown by `--debug`
 * alone.
 */
export function sayError(io: CommandIo, error: unknown): void {
  if (io.isJson) return io.err(jsonText({ error: documentOf(error) }));
  if (io.options.debug === true) return io.err(printable(inspect(error)));
  io.err(`${styled(io, { text: "error:", style: "red" })} ${printable(sentenceOf(error))}${codeOf(io, error)}`);
}

function sentenceOf(error: unknown): string {
  if (!(error instanceof Error)) return `${inspect(error)} was thrown`;
  const isOurs = error instanceof HearthwireError && error.code.startsWith("HW_");
  return isOurs ? error.message : `${error.name}: ${error.message}`;
}

function codeOf(io: CommandIo, error: unknown): string {
  const { code } = error instanceof Error ? (error as { readonly code?: unknown }) : {};
  return typeof code === "string" && code !== ""
    ? ` ${styled(io, { text: `(${printable(code)})`, style: "dim" })}`
    : "";
}

function documentOf(error: unknown): object {
  if (!(error instanceof Error)) return { name: "Error", message: sentenceOf(error) };
  const { name, message } = error;
  const { code, delivery } = error as { readonly code?: unknown; readonly delivery?: unknown };
  return {
    name,
    message,
    ...(typeof code === "string" && code !== "" && { code }),
    ...(typeof delivery === "string" && { delivery }),
  };
}
