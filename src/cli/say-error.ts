import { inspect } from "node:util";
import { ConfigError, ConnectionError, HearthwireError, InsecureBindError } from "../errors/hearthwire-error.js";
import { commandSentence } from "./command-sentence.js";
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
 *
 * @param flags of the command that failed
 */
export async function sayError(io: CommandIo, error: unknown, flags: ReadonlySet<string>): Promise<void> {
  const message = error instanceof Error ? await commandSentence(io, error, flags) : `${inspect(error)} was thrown`;
  if (io.isJson) return io.err(jsonText({ error: documentOf(error, message) }));
  if (io.options.debug === true) return io.err(printable(inspect(error)));
  const label = styled(io, { text: "error:", style: "red" });
  io.err(`${label} ${printable(`${foreignName(error)}${message}`)}${codeOf(io, error)}`);
}

/** What stands before the words of an error that is not the package's own. */
function foreignName(error: unknown): string {
  const isOurs = error instanceof HearthwireError && error.code.startsWith("HW_");
  return isOurs || !(error instanceof Error) ? "" : `${error.name}: `;
}

function codeOf(io: CommandIo, error: unknown): string {
  const { code } = error instanceof Error ? (error as { readonly code?: unknown }) : {};
  return typeof code === "string" && code !== ""
    ? ` ${styled(io, { text: `(${printable(code)})`, style: "dim" })}`
    : "";
}

function documentOf(error: unknown, message: string): object {
  if (!(error instanceof Error)) return { name: "Error", message };
  const { name } = error;
  const { code, delivery } = error as { readonly code?: unknown; readonly delivery?: unknown };
  return {
    name,
    message,
    ...(typeof code === "string" && code !== "" && { code }),
    ...(typeof delivery === "string" && { delivery }),
  };
}
