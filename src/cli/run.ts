import { type Command, CommanderError } from "commander";
import { config } from "../node/config.js";
import type { CommandIo, GlobalOptions } from "./command-io.js";
import { ExitCode } from "./exit-code.js";
import { createProgram } from "./program.js";
import { exitCodeOf, sayError } from "./say-error.js";
import { flagsOf } from "./in-flags.js";

/**
 * Runs a command line to its end, and says how it ended. Never throws.
 *
 * @param line `args` without the program's name; `use` is given the global options
 */
export async function run(
  io: CommandIo,
  { args, use }: { readonly args: readonly string[]; readonly use: (options: GlobalOptions) => void },
): Promise<ExitCode> {
  let flags: ReadonlySet<string> = new Set();
  try {
    config.reset({ environment: io.env });
    const begin = (options: GlobalOptions, command: Command): void => {
      flags = flagsOf(command);
      if (options.names !== undefined) config.set({ names: options.names });
      use(options);
    };
    await createProgram(io, { use: begin }).parseAsync(args, { from: "user" });
    return io.exitCode ?? (io.signal.aborted ? ExitCode.INTERRUPTED : ExitCode.DONE);
  } catch (error) {
    // Commander has said by itself what is wrong.
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.DONE : ExitCode.USAGE;
    // What fails after an interruption fails by it.
    if (io.signal.aborted) return io.exitCode ?? ExitCode.INTERRUPTED;
    await sayError(io, error, flags);
    return exitCodeOf(error);
  }
}
