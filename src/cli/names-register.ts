import { Command, Option } from "commander";
import { connectionOf } from "../client/proxy-functions.js";
import type { Connection } from "../client/connection.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import type { NameServer } from "../naming/name-server.js";
import type { Registration } from "../naming/registration.js";
import { parseRegisteredAddress } from "./address-option-values.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions, namesAddress } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { ExitCode } from "./exit-code.js";
import { interrupted } from "./interrupted.js";
import { parseLease, parseLoad, parseName } from "./name-option-values.js";
import { parseTags } from "./option-values.js";
import { print, printable } from "./output.js";
import { lifetimeText } from "./registration-text.js";

interface RegisterOptions {
  readonly tag?: readonly string[];
  readonly replica?: true;
  readonly replace?: true;
  readonly lease?: number;
  readonly load?: number;
}

/** `hearthwire names register`: a name for an address. */
export function registerNameCommand(io: CommandIo): Command {
  const command = new Command("register")
    .description(
      "register an address under a name: until Ctrl-C, or for the time of --lease and then this returns at once",
    )
    .argument("<name>", "such as shop/cart", parseName)
    .argument("<address>", "of the object: ws://host:port/object", parseRegisteredAddress)
    .option("--tag <tag>", "what it can be found by; may be repeated", parseTags)
    .addOption(new Option("--replica", "beside other addresses of the name").conflicts("replace"))
    .option("--replace", "in the place of all other addresses of the name")
    .option("--lease <duration>", "how long it lasts unless it is registered again, 1s to 24h", parseLease)
    .option("--load <number>", "how busy it is, beside the other addresses of the name", parseLoad)
    .action(async (name: string, address: string, options: RegisterOptions) => {
      const { tag: tags, lease: leaseMs, replica, replace, load } = options;
      await using names = await connectFromOptions<NameServer>(io, namesAddress());
      const register = (): Promise<Registration> =>
        names.register(name, address, { tags, replica, replace, leaseMs, load });
      const made = await register();
      const text = `${made.name} is ${made.address} until ${leaseMs === undefined ? "Ctrl-C" : lifetimeText(made)}.`;
      print(io, { document: made, text: printable(text) });
      if (leaseMs === undefined) await hold(io, { connection: connectionOf(names), register });
    });
  return withExamples(command, [
    ["hearthwire names register shop/cart ws://127.0.0.1:7766/cart --tag eu", "until Ctrl-C"],
    ["hearthwire names register printer wss://10.0.0.7:7766/printer --lease 12h", "for half a day"],
    ["hearthwire names register worker ws://127.0.0.1:7801/worker --replica", "one of several"],
  ]);
}

/** The name is bound to the session: a new one registers it anew, and closing the connection ends it. */
async function hold(
  io: CommandIo,
  { connection, register }: { readonly connection: Connection; readonly register: () => Promise<unknown> },
): Promise<void> {
  const failed = new Promise<Error>((resolve) => {
    connection.on("session", () => {
      // Of what ends a session the next one makes good, and the end of the connection is told by itself.
      register().catch((error: Error) => void (error instanceof ConnectionError || resolve(error)));
    });
  });
  const reason = await Promise.race([interrupted(io.signal), failed, connection.closed.then(closedReason)]);
  if (reason !== undefined && !io.signal.aborted) throw reason;
  io.exitCode = ExitCode.DONE;
}

function closedReason(reason: Error | undefined): Error {
  return reason ?? new ConnectionError("HW_CONNECTION_CLOSED", "the name server has closed the connection");
}
