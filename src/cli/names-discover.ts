import { Command, InvalidArgumentError } from "commander";
import { discoverNames, type DiscoverOptions } from "../node/discover-names.js";
import type { FoundNameServer } from "../node/discovery-asker.js";
import { keyFile } from "../node/key-file.js";
import type { CommandIo } from "./command-io.js";
import { keysFromOptions } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { ExitCode } from "./exit-code.js";
import { type Column, printTable } from "./output.js";
import { parseDuration } from "./time-text.js";

/** How long answers are waited for, in ms. */
const WAIT_MS = 3_000;
const MOST_WAIT_MS = 60_000;

const COLUMNS: readonly Column<FoundNameServer>[] = [
  { title: "SERVER", text: ({ name }) => name },
  { title: "ADDRESS", text: ({ address }) => address },
];

/** Looks for name servers, as `discoverNames` does. */
export type Discover = (options: DiscoverOptions) => AsyncIterable<FoundNameServer>;

/** `hearthwire names discover`: the team's name servers on the local network. */
export function discoverNamesCommand(io: CommandIo, discover: Discover = discoverNames): Command {
  const command = new Command("discover")
    .description(
      "look on the local network for name servers that have this key; the status is 1 when none answers. It takes the package multicast-dns",
    )
    .option("--wait <duration>", "wait so long for answers, such as 10s, at most 1m (default: 3s)", parseWait)
    .action(async ({ wait: timeoutMs = WAIT_MS }: { readonly wait?: number }) => {
      const keys = (await keysFromOptions(io)) ?? (await keyFile());
      let count = 0;
      const found = async function* (): AsyncGenerator<FoundNameServer> {
        for await (const server of discover({ key: keys.primary, timeoutMs, signal: io.signal })) {
          count += 1;
          yield server;
        }
      };
      await printTable(io, { rows: found(), columns: COLUMNS });
      if (count > 0) return;
      io.err(
        "no name server answered: is one served with --discovery, with this key, on a network that passes multicast?",
      );
      io.exitCode = ExitCode.FAILED;
    });
  return withExamples(command, [
    ["hearthwire names discover --key-file team.json", "the name servers of a team"],
    ["hearthwire names discover --json | jq -r .address", "their addresses, for --names"],
  ]);
}

function parseWait(text: string): number {
  const waitMs = parseDuration(text);
  if (waitMs <= MOST_WAIT_MS) return waitMs;
  throw new InvalidArgumentError("it must be at most 1m.");
}
