import { Command, InvalidArgumentError, Option } from "commander";
import { VERSION } from "../daemon/version.js";
import { parseNamesAddress } from "./address-option-values.js";
import type { CommandIo, GlobalOptions } from "./command-io.js";
import { commands, hiddenCommands } from "./commands.js";
import { withExamples } from "./examples.js";
import { printable } from "./output.js";

/** What the program is told of, apart from its commands. */
export interface ProgramOptions {
  /** Gets the global options, and the command, before it runs. */
  readonly use: (options: GlobalOptions, command: Command) => void;
}

/** The command line: global options, and every command with its own. It throws where commander would end the process. */
export function createProgram(io: CommandIo, { use }: ProgramOptions): Command {
  const program = new Command("hearthwire")
    .description("Remote objects for TypeScript over WebSocket, every frame signed.")
    .version(VERSION)
    .addOption(new Option("--json", "print one JSON document a line, for programs"))
    .addOption(new Option("--key-file <file>", "use the keys of this file instead of this user's"))
    .addOption(
      new Option(
        "--names <address>",
        "the name server, HOST[:PORT] or a URL (else HEARTHWIRE_NAMES, else the one on this machine)",
      ).argParser(parseNamesAddress),
    )
    .addOption(new Option("--ca <file>", "accept the certificates of the authorities in this PEM file"))
    .addOption(new Option("--timeout <ms>", "deadline of connecting and of each call, 0 = none").argParser(parseMs))
    .addOption(new Option("--debug", "show the stacks of errors"))
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => io.out(text.replace(/\n$/, "")),
      writeErr: (text) => io.err(printable(text.replace(/\n$/, ""))),
    })
    .hook("preAction", (_program, action) => use(action.optsWithGlobals(), action));
  withExamples(program, [
    ["hearthwire echo --port 7799", "serve an object to try things out with"],
    ["hearthwire call ws://127.0.0.1:7799/echo echo 1", "call a method of it, in another terminal"],
    ["hearthwire help serve", "more about a command, such as how your own objects are served"],
    ["hearthwire completion bash >> ~/.bashrc", "let Tab complete all of this"],
  ]);
  for (const make of [...commands, ...hiddenCommands]) {
    const command = make(io);
    inherit(command, program);
    program.addCommand(command, { hidden: hiddenCommands.includes(make) });
  }
  return program;
}

/** How a command ends and where it writes is the program's matter; `addCommand` alone would leave that out. */
function inherit(command: Command, parent: Command): void {
  command.copyInheritedSettings(parent);
  for (const inner of command.commands) inherit(inner, command);
}

function parseMs(text: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) <= 2_147_483_647) return Number(text);
  throw new InvalidArgumentError("it must be a number of milliseconds, 0..2147483647.");
}
