import { Command } from "commander";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { NameServer } from "../naming/name-server.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions, namesAddress } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { ExitCode } from "./exit-code.js";
import { nameFilterOf, type NameFilterOptions, withNameFilter } from "./name-filter-options.js";
import { print, printable } from "./output.js";

type RemoveOptions = NameFilterOptions & { readonly address?: string };

/** `hearthwire names remove`: a name, or those of yours that match. */
export function removeNamesCommand(io: CommandIo): Command {
  const command = withNameFilter(new Command("remove"))
    .description("remove a name, or all names of yours that match; the status is 1 when there was none")
    .argument("[name]", "such as shop/cart")
    .option("--address <address>", "only this one of the addresses")
    .action(async (name: string | undefined, { address, ...options }: RemoveOptions) => {
      const what = name ?? nameFilterOf(options);
      if (what === undefined || (name !== undefined && nameFilterOf(options) !== undefined))
        throw new ConfigError(
          "HW_OPTION_INVALID",
          '"name" or a filter must say what is to be removed: give one of them',
        );
      await using names = await connectFromOptions<NameServer>(io, namesAddress());
      const removed = await names.remove(what, { address });
      const text = `Removed ${removed} ${removed === 1 ? "registration" : "registrations"}.`;
      print(io, { document: { removed }, text: printable(text) });
      if (removed === 0) io.exitCode = ExitCode.FAILED;
    });
  return withExamples(command, [
    ["hearthwire names remove shop/cart", "all of its addresses"],
    ["hearthwire names remove --prefix shop/test-", "all names of yours that begin so"],
  ]);
}
