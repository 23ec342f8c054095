import { Command } from "commander";
import { serve } from "../node/serve.js";
import type { ServeOptions } from "../node/serve-options.js";
import type { CommandIo } from "./command-io.js";
import { withExamples } from "./examples.js";
import { type ListenOptions, serveOptionsOf, withListenOptions } from "./listen-options.js";
import { loadModule } from "./load-module.js";
import { namesFromOptions, type RegisterOptions, sayNaming, withRegisterOptions } from "./register-options.js";
import { requireObjects, runDaemon } from "./run-daemon.js";

interface ServeCommandOptions extends ListenOptions, RegisterOptions {
  readonly listObjects?: true | undefined;
}

/** `hearthwire serve`: a daemon of what a module exports. */
export function serveCommand(io: CommandIo): Command {
  const command = withRegisterOptions(withListenOptions(new Command("serve")))
    .summary("serve what a module exports")
    .description(
      'serve what a module exports: "objects", a record of objects by id, and, if it likes, "options" of serve();\nwhat is given here goes before those. TypeScript takes a loader where Node does not load it by itself.',
    )
    .argument("<module>", "a file of JavaScript or TypeScript")
    .option("--list-objects", "let clients list the objects that they may use")
    .action((module: string, options: ServeCommandOptions) => serveModule(io, { module, options }));
  return withExamples(command, [
    ["hearthwire serve ./warehouse.js --port 7766", "on loopback, with this user's key file"],
    [
      "hearthwire serve ./warehouse.js --register --tag eu",
      "and registered with the name server, as hearthwire:warehouse",
    ],
    ['NODE_OPTIONS="--import tsx" hearthwire serve ./warehouse.ts', "TypeScript on any Node, by tsx"],
    [
      "hearthwire serve ./warehouse.js --host 0.0.0.0 --port 7766 --key-file team.json --tls-cert cert.pem --tls-key key.pem",
      "for other machines",
    ],
  ]);
}

async function serveModule(
  io: CommandIo,
  { module, options }: { readonly module: string; readonly options: ServeCommandOptions },
): Promise<void> {
  const loaded = await loadModule(module);
  requireObjects(loaded.objects, module);
  const names = namesFromOptions(io, options);
  const daemon = await serve(loaded.objects, {
    ...loaded.options,
    ...(await serveOptionsOf(io, options)),
    ...(names !== undefined && { names }),
    ...(options.listObjects === true && { listObjects: true }),
  } as ServeOptions);
  sayNaming(io, daemon);
  await runDaemon(io, { daemon, objectIds: Object.keys(loaded.objects), graceMs: options.grace });
}
