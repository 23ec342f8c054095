import { Command } from "commander";
import { withOptions } from "../client/proxy-functions.js";
import type { NameServer } from "../naming/name-server.js";
import type { Registration } from "../naming/registration.js";
import { config } from "../node/config.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions, namesAddress } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { parseName, parseWait } from "./name-option-values.js";
import { print, printable } from "./output.js";
import { awayText } from "./registration-text.js";

/** `hearthwire names lookup`: the addresses of a name. */
export function lookupNameCommand(io: CommandIo): Command {
  const command = new Command("lookup")
    .description(
      "print the addresses of a name, one a line, those that are away last; the status is 1 when there is none",
    )
    .argument("<name>", "such as shop/cart", parseName)
    .option("--wait <duration>", "wait so long for the name, such as 30s; at most 1h", parseWait)
    .action(async (name: string, { wait: waitMs = 0 }: { readonly wait?: number }) => {
      await using names = await connectFromOptions<NameServer>(io, namesAddress());
      const timeoutMs = io.options.timeout ?? config.get("timeoutMs");
      // What is waited for does not count as being late; 0 is no deadline.
      const patient = withOptions(names, { timeoutMs: timeoutMs === 0 ? 0 : timeoutMs + waitMs });
      for (const registration of await patient.lookup(name, { waitMs }))
        print(io, { document: registration, text: printable(addressText(io, registration)) });
    });
  return withExamples(command, [
    ["hearthwire names lookup shop/cart", "where it is"],
    ["hearthwire names lookup shop/cart --wait 30s --json", "all that is known, once it is there"],
  ]);
}

/** For what is not a terminal the address alone: scripts take a line for an address. */
function addressText({ isTty }: CommandIo, { address, awayUntil }: Registration): string {
  return awayUntil === undefined || !isTty ? address : `${address}  ${awayText(awayUntil)}`;
}
