import { Command } from "commander";
import type { CommandIo } from "./command-io.js";
import { withExamples } from "./examples.js";
import { discoverNamesCommand } from "./names-discover.js";
import { listNamesCommand } from "./names-list.js";
import { lookupNameCommand } from "./names-lookup.js";
import { registerNameCommand } from "./names-register.js";
import { removeNamesCommand } from "./names-remove.js";
import { serveNamesCommand } from "./names-serve.js";
import { tagNameCommand } from "./names-tag.js";
import { watchNamesCommand } from "./names-watch.js";
import { INSTALL_SQLITE } from "./optional-packages.js";

/** `hearthwire names`: a name server, and what one asks it. */
export function namesCommand(io: CommandIo): Command {
  const makers = [
    serveNamesCommand,
    listNamesCommand,
    lookupNameCommand,
    registerNameCommand,
    removeNamesCommand,
    tagNameCommand,
    watchNamesCommand,
    discoverNamesCommand,
  ];
  const names = new Command("names").description("serve names, and ask the name server that --names says");
  names.addHelpText(
    "after",
    `\nWhat serve keeps by --storage needs a package that is not installed with this one:\n  ${INSTALL_SQLITE}`,
  );
  for (const make of makers) names.addCommand(make(io));
  return withExamples(names, [
    ["hearthwire names serve", "a name server for this user, on this machine"],
    ["hearthwire names register warehouse ws://127.0.0.1:7766/warehouse", "a name, for as long as the command runs"],
    ["hearthwire names list --names wss://names.lan:7765/names --ca ca.pem", "the names of another machine"],
  ]);
}
