import { Command } from "commander";
import { isRemote, release } from "../client/proxy-functions.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { jsonArguments } from "./json-arguments.js";
import { print } from "./output.js";
import { type RemoteMember, remoteMember } from "./remote-member.js";
import { valueText } from "./value-text.js";

/** `hearthwire call`: one call, and its result. */
export function callCommand(io: CommandIo): Command {
  const command = new Command("call")
    .summary("call a member of a remote object")
    .description("call a member of a remote object and print its result; an accessor is read")
    .argument("<address>", "the object's: ws://host:port/object, or hearthwire:name")
    .argument("<member>", 'a member\'s name; "" when the object is a function')
    .argument("[json...]", "the arguments, each as JSON; - reads one from the standard input")
    .option("--oneway", "the member must be one-way: don't wait for an answer, there is none")
    .action((address: string, member: string, words: readonly string[], { oneway }: { readonly oneway?: true }) =>
      call(io, { address, member, words, isOneway: oneway === true }),
    );
  return withExamples(command, [
    [
      "hearthwire call ws://127.0.0.1:7766/warehouse store '\"candle\"' 3",
      "a text needs quotes for the shell and for JSON",
    ],
    ["hearthwire call hearthwire:warehouse list --json", "by name; the result as JSON, a Map as a list of pairs"],
    ["hearthwire call hearthwire:warehouse store - 3 < item.json", "an argument from the standard input"],
    ["hearthwire call hearthwire:warehouse audit --timeout 120000", "wait for two minutes"],
  ]);
}

interface CallRequest {
  readonly address: string;
  readonly member: string;
  readonly words: readonly string[];
  readonly isOneway: boolean;
}

async function call(io: CommandIo, { address, member: name, words, isOneway }: CallRequest): Promise<void> {
  // Before anybody is dialled: what is wrong here is wrong in any case.
  const args = await jsonArguments(io, words);
  await using remote = await connectFromOptions(io, address);
  const member = await remoteMember(remote, name);
  requireKind(member, { isOneway, args });
  const result = await member.use(args);
  if (member.description.isOneway) return;
  if (isStream(result)) {
    await result[Symbol.asyncIterator]().return?.();
    throw streamGiven(name);
  }
  if (result === undefined && !io.isJson) return;
  print(io, { document: isRemote(result) ? { remote: String(result) } : result, text: valueText(io, result) });
  if (isRemote(result)) release(result);
}

function requireKind(
  { description }: RemoteMember,
  { isOneway, args }: { readonly isOneway: boolean; readonly args: readonly unknown[] },
): void {
  const { name, kind } = description;
  if (kind === "stream") throw streamGiven(name);
  if (kind === "accessor" && args.length > 0)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"json": "${name}" is an accessor, which is read without arguments, got ${args.length}`,
    );
  if (isOneway && !description.isOneway)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"--oneway": "${name}" is answered; call it without, or expose it as one-way`,
    );
}

function streamGiven(name: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", `"member": "${name}" gives a stream: use hearthwire watch`);
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && !isRemote(value) && Symbol.asyncIterator in value;
}
