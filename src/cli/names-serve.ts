import { Command } from "commander";
import { serveNames, type ServeNamesOptions } from "../node/serve-names.js";
import { collect } from "./collect.js";
import type { CommandIo } from "./command-io.js";
import { withExamples } from "./examples.js";
import { type ListenOptions, serveOptionsOf, withListenOptions } from "./listen-options.js";
import { runDaemon } from "./run-daemon.js";

interface ServeNamesCommandOptions extends ListenOptions {
  readonly storage?: string | undefined;
  readonly admin?: readonly string[] | undefined;
}

/** `hearthwire names serve`: a name server. */
export function serveNamesCommand(io: CommandIo): Command {
  const command = withListenOptions(new Command("serve"))
    .description("serve a name server as the object names, on loopback and port 7765 unless told otherwise")
    .option("--storage <file>", "keep the names in this SQLite file, beyond the end of the process")
    .option("--admin <principal>", "who may change the names of others, such as key:ann; may be repeated", collect)
    .action(async (options: ServeNamesCommandOptions) => {
      const { storage, admin = [], grace } = options;
      const admins = new Set(admin);
      const daemon = await serveNames({
        ...(await serveOptionsOf(io, options)),
        ...(storage !== undefined && { storage }),
        ...(admins.size > 0 && { admins: ({ id }: { readonly id: string }) => admins.has(id) }),
      } as ServeNamesOptions);
      await runDaemon(io, { daemon, objectIds: ["names"], graceMs: grace });
    });
  return withExamples(command, [
    ["hearthwire names serve --storage names.db", "names that outlive the name server"],
    [
      "hearthwire names serve --host 0.0.0.0 --key-file team.json --tls-cert server.pem --tls-key server.key",
      "for other machines",
    ],
  ]);
}
