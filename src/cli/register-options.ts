import type { Command } from "commander";
import type { NamesOptions } from "../node/names-options.js";
import type { Daemon } from "../node/served-daemon.js";
import { commandSentence } from "./command-sentence.js";
import type { CommandIo } from "./command-io.js";
import { namesAddress, tlsFromOptions } from "./connect-from-options.js";
import { parsePrefix } from "./name-option-values.js";
import { parseTags } from "./option-values.js";
import { printable, styled } from "./output.js";

/** Whether and how a command's daemon registers its objects, as its options say. */
export interface RegisterOptions {
  readonly register?: true | undefined;
  readonly prefix?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly replica?: true | undefined;
}

/** Adds the options by which a daemon registers what it serves. */
export function withRegisterOptions(command: Command): Command {
  return command
    .option("--register", "register each object by its id with the name server; said by --names and those below too")
    .option("--prefix <text>", "stands before the ids in the names", parsePrefix)
    .option("--tag <tag>", "what they can be found by; may be repeated", parseTags)
    .option("--replica", "register beside other daemons of the same names");
}

/** The option `names` of `serve` that the command line stands for; undefined when it says nothing of names. */
export function namesFromOptions(io: CommandIo, options: RegisterOptions): NamesOptions | undefined {
  const { register, prefix, tag, replica } = options;
  const isSaid = [register, prefix, tag, replica, io.options.names].some((option) => option !== undefined);
  if (!isSaid) return undefined;
  const server = namesAddress();
  const tls = tlsFromOptions(io, server);
  return { server, prefix, tags: tag, replica, ...(tls !== undefined && { connect: { tls } }) };
}

/**
 * Tells people what is registered, and what is not: that is tried again.
 * @param flags of the command that serves
 */
export function sayNaming(io: CommandIo, daemon: Daemon, flags: ReadonlySet<string>): void {
  daemon.on("named", ({ names }) => {
    if (!io.isJson) io.err(`registered: ${names.map((name) => `hearthwire:${name}`).join(", ")}`);
  });
  daemon.on("namingFailed", async (error) => {
    const label = styled(io, { text: "warning:", style: "yellow" });
    io.err(`${label} not registered, but tried again: ${printable(await commandSentence(io, error, flags))}`);
  });
  daemon.on("nameRemoved", ({ name, by }) => {
    const label = styled(io, { text: "warning:", style: "yellow" });
    const sentence = `hearthwire:${name} was removed by ${by}: its object is served still, and registered again when this is started anew`;
    io.err(`${label} ${printable(sentence)}`);
  });
}
