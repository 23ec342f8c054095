import type { Command } from "commander";
import { callCommand } from "./call.js";
import { certsCommand } from "./certs.js";
import type { CommandIo } from "./command-io.js";
import { completeCommand, completionCommand } from "./completion.js";
import { configCommand } from "./config.js";
import { describeCommand } from "./describe.js";
import { doctorCommand } from "./doctor.js";
import { echoCommand } from "./echo.js";
import { keysCommand } from "./keys.js";
import { namesCommand } from "./names.js";
import { pingCommand } from "./ping.js";
import { serveCommand } from "./serve.js";
import { ticketCommand } from "./ticket.js";
import { watchCommand } from "./watch.js";

/** What makes a command. */
export type MakeCommand = (io: CommandIo) => Command;

/** All commands, in the order of the help. */
export const commands: readonly MakeCommand[] = [
  serveCommand,
  callCommand,
  watchCommand,
  describeCommand,
  pingCommand,
  namesCommand,
  keysCommand,
  ticketCommand,
  certsCommand,
  echoCommand,
  configCommand,
  doctorCommand,
  completionCommand,
];

/** Commands that no help shows: shells ask them. */
export const hiddenCommands: readonly MakeCommand[] = [completeCommand];
