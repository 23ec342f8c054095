import type { Command } from "commander";
import type { CommandIo } from "./command-io.js";

/** What makes a command. */
export type MakeCommand = (io: CommandIo) => Command;

/** All commands, in the order of the help. */
export const commands: readonly MakeCommand[] = [];
