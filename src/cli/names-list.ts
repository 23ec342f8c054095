import { Command } from "commander";
import type { NameServer } from "../naming/name-server.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions, namesAddress } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { nameFilterOf, type NameFilterOptions, withNameFilter } from "./name-filter-options.js";
import { print, printable, printTable } from "./output.js";
import { REGISTRATION_COLUMNS } from "./registration-text.js";

/** `hearthwire names list`: what is registered. */
export function listNamesCommand(io: CommandIo): Command {
  const command = withNameFilter(new Command("list"))
    .description("list what is registered, in the order of names")
    .option("--count", "say only how many there are")
    .action(async (options: NameFilterOptions & { readonly count?: true }) => {
      await using names = await connectFromOptions<NameServer>(io, namesAddress());
      const filter = nameFilterOf(options);
      if (options.count === true) {
        const count = await names.count(filter);
        return print(io, { document: { count }, text: printable(String(count)) });
      }
      const listed = await printTable(io, { rows: names.list(filter), columns: REGISTRATION_COLUMNS });
      if (listed > 0 || io.isJson || !io.isTty) return;
      io.err(filter === undefined ? "Nothing is registered." : "Nothing that is registered matches.");
    });
  return withExamples(command, [
    ["hearthwire names list --prefix shop/ --tag eu", "what begins with shop/ and is tagged eu"],
    ["hearthwire names list --json | jq -r .address", "all addresses"],
  ]);
}
