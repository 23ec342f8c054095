import { Command } from "commander";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { Remote } from "../client/remote.js";
import type { NameServer } from "../naming/name-server.js";
import type { NameFilter, Registration } from "../naming/registration.js";
import { parseRegisteredAddress } from "./address-option-values.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions, namesAddress } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { ExitCode } from "./exit-code.js";
import { nameFilterOf, type NameFilterOptions, withNameFilter } from "./name-filter-options.js";
import { parseName } from "./name-option-values.js";
import { print, printable } from "./output.js";

type RemoveOptions = NameFilterOptions & { readonly address?: string };

/** A registration, as far as this command tells of it. */
type Place = Pick<Registration, "name" | "address">;

/** Daemons that are told of by name and address. */
const MOST_TOLD = 10;

/** `hearthwire names remove`: a name, or those of yours that match. */
export function removeNamesCommand(io: CommandIo): Command {
  const command = withNameFilter(new Command("remove"))
    .description("remove a name, or all names of yours that match; the status is 1 when there was none")
    .argument("[name]", "such as shop/cart", parseName)
    .option("--address <address>", "only this one of the addresses", parseRegisteredAddress)
    .action(async (name: string | undefined, { address, ...options }: RemoveOptions) => {
      const what = name ?? nameFilterOf(options);
      if (what === undefined || (name !== undefined && nameFilterOf(options) !== undefined))
        throw new ConfigError(
          "HW_OPTION_INVALID",
          '"name" or a filter must say what is to be removed: give one of them, and not both',
        );
      await using names = await connectFromOptions<NameServer>(io, namesAddress());
      const before = await heldBySessions(names, what);
      const removed = await names.remove(what, { address });
      const after = new Set((await heldBySessions(names, what)).map(keyOf));
      const served = before
        .filter((one) => !after.has(keyOf(one)))
        .map(({ name, address: at }) => ({ name, address: at }));
      const text = `Removed ${removed} ${removed === 1 ? "registration" : "registrations"}.`;
      print(io, { document: { removed, served }, text: [text, ...servedText(served)].map(printable).join("\n") });
      if (removed === 0) io.exitCode = ExitCode.FAILED;
    });
  return withExamples(command, [
    ["hearthwire names remove shop/cart", "all of its addresses"],
    ["hearthwire names remove --prefix shop/test-", "all names of yours that begin so"],
  ]);
}

/** What is registered by sessions that are there: who has them serves on when their names are gone. */
async function heldBySessions(names: Remote<NameServer>, what: string | NameFilter): Promise<readonly Registration[]> {
  const held: Registration[] = [];
  const filter = typeof what === "string" ? { glob: what } : what;
  for await (const one of names.list(filter)) {
    if (one.leaseEndsAt === undefined && one.awayUntil === undefined) held.push(one);
  }
  return held;
}

function keyOf({ name, address }: Place): string {
  return `${name} ${address}`;
}

function servedText(served: readonly Place[]): readonly string[] {
  if (served.length === 0) return [];
  const places = served.slice(0, MOST_TOLD).map(({ name, address }) => `  ${name}  ${address}`);
  const more = served.length > MOST_TOLD ? [`  and ${served.length - MOST_TOLD} more`] : [];
  const what =
    served.length === 1
      ? "Its daemon serves on, and registers it again when it is started anew:"
      : "Their daemons serve on, and register them again when they are started anew:";
  return [what, ...places, ...more];
}
