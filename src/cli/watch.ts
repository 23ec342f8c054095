import { Command } from "commander";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { jsonArguments } from "./json-arguments.js";
import { print } from "./output.js";
import { remoteMember } from "./remote-member.js";
import { valueText } from "./value-text.js";

/** `hearthwire watch`: the items of a stream, a line each. */
export function watchCommand(io: CommandIo): Command {
  const command = new Command("watch")
    .summary("print the items of a stream")
    .description("print the items of a stream, a line each, until it ends or Ctrl-C does")
    .argument("<address>", "the object's: ws://host:port/object, or hearthwire:name")
    .argument("<member>", 'the name of a member that gives a stream; "" when the object is a function')
    .argument("[json...]", "the arguments, each as JSON; - reads one from the standard input")
    .action((address: string, member: string, words: readonly string[]) => watch(io, { address, member, words }));
  return withExamples(command, [
    ["hearthwire watch ws://127.0.0.1:7766/warehouse countdown 3", "three items, and the end"],
    ["hearthwire watch hearthwire:market quotes '[\"ACME\"]' --json | jq .price", "a JSON document a line"],
  ]);
}

interface WatchRequest {
  readonly address: string;
  readonly member: string;
  readonly words: readonly string[];
}

async function watch(io: CommandIo, { address, member: name, words }: WatchRequest): Promise<void> {
  const args = await jsonArguments(io, words);
  await using remote = await connectFromOptions(io, address);
  const member = await remoteMember(remote, name);
  const { kind, isOneway } = member.description;
  if (kind === "accessor" || isOneway) throw noStream(name);
  const stream = await member.use(args);
  if (typeof stream !== "object" || stream === null || !(Symbol.asyncIterator in stream)) throw noStream(name);
  for await (const item of stream as AsyncIterable<unknown>)
    print(io, { document: item, text: valueText(io, item, { isLine: true }) });
}

function noStream(name: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", `"member": "${name}" gives no stream: use hearthwire call`);
}
