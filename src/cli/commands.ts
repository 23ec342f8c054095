import type { Command } from "commander";
import { certsCommand } from "./certs.js";
import type { CommandIo } from "./command-io.js";
import { keysCommand } from "./keys.js";
import { ticketCommand } from "./ticket.js";

/** What makes a command. */
export type MakeCommand = (io: CommandIo) => Command;

/** All commands, in the order of the help. */
export const commands: readonly MakeCommand[] = [keysCommand, ticketCommand, certsCommand];
