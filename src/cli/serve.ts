import { Command } from "commander";
import { serve } from "../node/serve.js";
import type { ServeOptions } from "../node/serve-options.js";
import type { CommandIo } from "./command-io.js";
import { withExamples } from "./examples.js";
import { flagsOf } from "./in-flags.js";
import { type ListenOptions, serveOptionsOf, withListenOptions } from "./listen-options.js";
import { loadModule } from "./load-module.js";
import { INSTALL_TSX } from "./optional-packages.js";
import { namesFromOptions, type RegisterOptions, sayNaming, withRegisterOptions } from "./register-options.js";
import { requireObjects, runDaemon } from "./run-daemon.js";

interface ServeCommandOptions extends ListenOptions, RegisterOptions {
  readonly listObjects?: true | undefined;
}

/** What the first examples of the help are about. */
const FIRST_MODULE = `import { expose } from "hearthwire";

class Warehouse {
  #stock = new Map();
  store(item, count) {
    this.#stock.set(item, (this.#stock.get(item) ?? 0) + count);
  }
  list() {
    return this.#stock;
  }
}
expose(Warehouse, ["store", "list"]);
export const objects = { warehouse: new Warehouse() };`;

/** `hearthwire serve`: a daemon of what a module exports. */
export function serveCommand(io: CommandIo): Command {
  const command: Command = withRegisterOptions(withListenOptions(new Command("serve")))
    .summary("serve what a module exports")
    .description(
      'serve what a module exports: "objects", a record of objects by id, and, if it likes, "options" of serve(); what is ' +
        `given here goes before those. TypeScript is loaded by tsx where the project has it (${INSTALL_TSX}), else by Node itself.`,
    )
    .argument("<module>", "a file of JavaScript or TypeScript")
    .option("--list-objects", "let clients list the objects that they may use")
    .action((module: string, options: ServeCommandOptions) =>
      serveModule(io, { module, options, flags: flagsOf(command) }),
    )
    .addHelpText("after", `\nA module to begin with, warehouse.js:\n${indented(FIRST_MODULE)}`);
  return withExamples(command, [
    ["hearthwire serve ./warehouse.js --port 7766", "the module above: on loopback, with this user's key file"],
    ["hearthwire call ws://127.0.0.1:7766/warehouse store '\"candle\"' 3", "and a call of it, in another terminal"],
    [
      "hearthwire serve ./warehouse.js --register --tag eu",
      "and registered with the name server, as hearthwire:warehouse",
    ],
    [
      "hearthwire serve ./warehouse.js --host 192.168.1.7 --port 7766 --key-file team.json --tls-cert certs/server.pem --tls-key certs/server.key",
      "for other machines, at this address; keys and certificates are made by hearthwire keys and hearthwire certs",
    ],
  ]);
}

async function serveModule(
  io: CommandIo,
  request: {
    readonly module: string;
    readonly options: ServeCommandOptions;
    readonly flags: ReadonlySet<string>;
  },
): Promise<void> {
  const { module, options, flags } = request;
  const loaded = await loadModule(module);
  requireObjects(loaded.objects, module);
  const names = namesFromOptions(io, options);
  const daemon = await serve(loaded.objects, {
    ...loaded.options,
    ...(await serveOptionsOf(io, options)),
    ...(names !== undefined && { names }),
    ...(options.listObjects === true && { listObjects: true }),
  } as ServeOptions);
  sayNaming(io, daemon, flags);
  await runDaemon(io, { daemon, objectIds: Object.keys(loaded.objects), graceMs: options.grace });
}

function indented(text: string): string {
  return text.replace(/^(?=.)/gm, "  ");
}
