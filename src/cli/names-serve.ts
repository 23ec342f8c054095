import { Command } from "commander";
import { ConnectionError } from "../errors/hearthwire-error.js";
import { DEFAULT_NAMES } from "../naming/name-server-place.js";
import { isWildcardAddress, LOOPBACK_ADDRESS } from "../node/loopback.js";
import { serveNames, type ServeNamesOptions } from "../node/serve-names.js";
import { formatAddress, parseDaemonUrl } from "../wire/address.js";
import { collect } from "./collect.js";
import type { CommandIo } from "./command-io.js";
import { withExamples } from "./examples.js";
import { type ListenOptions, serveOptionsOf, withListenOptions } from "./listen-options.js";
import { type Listener, nameServerAt, namesText } from "./name-server-at.js";
import { runDaemon } from "./run-daemon.js";

interface ServeNamesCommandOptions extends ListenOptions {
  readonly storage?: string | undefined;
  readonly admin?: readonly string[] | undefined;
  readonly discovery?: true | undefined;
}

/** `hearthwire names serve`: a name server. */
export function serveNamesCommand(io: CommandIo): Command {
  const command = withListenOptions(new Command("serve"))
    .description("serve a name server as the object names, on loopback and port 7765 unless told otherwise")
    .option("--storage <file>", "keep the names in this SQLite file, beyond the end of the process")
    .option("--admin <principal>", "who may change the names of others, such as key:ann; may be repeated", collect)
    .option("--discovery", "let names discover find it on the local network, by who has its key")
    .action(async (options: ServeNamesCommandOptions) => {
      const { storage, admin = [], grace, discovery } = options;
      const admins = new Set(admin);
      const daemon = await serveNames({
        ...(await serveOptionsOf(io, options)),
        ...(storage !== undefined && { storage }),
        ...(admins.size > 0 && { admins: ({ id }: { readonly id: string }) => admins.has(id) }),
        ...(discovery === true && { discovery }),
      } as ServeNamesOptions).catch((error: unknown) => failed(io, options, error));
      await runDaemon(io, { daemon, objectIds: ["names"], graceMs: grace });
    });
  return withExamples(command, [
    ["hearthwire names serve --storage names.db", "names that outlive the name server"],
    [
      "hearthwire names serve --host 192.168.1.5 --key-file team.json --tls-cert server.pem --tls-key server.key",
      "for other machines",
    ],
  ]);
}

/** Of a port that is in use: by what, and what to do. */
async function failed(io: CommandIo, { path = "/", tlsCert }: ListenOptions, error: unknown): Promise<never> {
  const isTaken = error instanceof ConnectionError && error.code === "HW_PORT_IN_USE";
  const [, host = "", port = ""] = (isTaken && /^(.*):(\d+)$/.exec(error.peer ?? "")) || [];
  if (port === "") throw error;
  const dialled = isWildcardAddress(host) ? LOOPBACK_ADDRESS : host.includes(":") ? `[${host}]` : host;
  const address = formatAddress(
    parseDaemonUrl(`${tlsCert === undefined ? "ws" : "wss"}://${dialled}:${port}${path}`),
    "names",
  );
  const why = takenBy(await nameServerAt(io, address), { address, place: `"--port" ${port} of ${host} is in use` });
  throw new ConnectionError("HW_PORT_IN_USE", why, { cause: error, peer: `${host}:${port}` });
}

function takenBy(listener: Listener, { address, place }: { readonly address: string; readonly place: string }): string {
  const another = "choose another by --port, and tell programs by --names or HEARTHWIRE_NAMES";
  switch (listener.kind) {
    case "names": {
      const isDefault = address === DEFAULT_NAMES;
      const users = isDefault
        ? "all programs of this machine that have its key and name no other"
        : "those that name it";
      return `a name server is already running at ${address}, with ${namesText(listener.count)}; it is used by ${users}. There is nothing to do, unless you want one more: --port`;
    }
    case "daemon":
      return `${place} by a daemon with this key that is no name server: end it, or ${another}`;
    case "foreign daemon":
      return `${place} by a daemon that does not accept this key, such as another user's: name its key file by --key-file, or ${another}`;
    case "other":
      return `${place} by another program, which is no daemon that could be asked: end it, or ${another}`;
  }
}
