import type { Command } from "commander";

/**
 * Ends a command's help with examples: what is typed, and what it does.
 *
 * @example
 * withExamples(command, [["hearthwire ping ws://127.0.0.1:7766", "ten round trips"]]);
 */
export function withExamples(command: Command, examples: readonly (readonly [typed: string, does: string])[]): Command {
  const lines = examples.flatMap(([typed, does]) => [`  # ${does}`, `  $ ${typed}`]);
  return command.addHelpText("after", `\nExamples:\n${lines.join("\n")}`);
}
