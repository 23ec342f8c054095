import { Command } from "commander";
import { HearthwireError } from "../errors/hearthwire-error.js";
import type { NameServer } from "../naming/name-server.js";
import type { NameChange } from "../naming/registration.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions, namesAddress } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { nameFilterOf, type NameFilterOptions, withNameFilter } from "./name-filter-options.js";
import { print, printable, type Style, styled } from "./output.js";
import { awayText } from "./registration-text.js";

/** `hearthwire names watch`: what is registered, and then what changes. */
export function watchNamesCommand(io: CommandIo): Command {
  const command = withNameFilter(new Command("watch"))
    .description(
      "print what is registered and then what changes, a line each, until Ctrl-C or the name server's end; listed anew when that was restarted",
    )
    .action(async (options: NameFilterOptions) => {
      await using names = await connectFromOptions<NameServer>(io, namesAddress());
      for (;;) {
        try {
          for await (const change of names.watch(nameFilterOf(options)))
            print(io, { document: change, text: changeText(io, change) });
          return io.err("The name server has ended.");
        } catch (error) {
          if (!isOver(error)) throw error;
          io.err("The name server was restarted: what it has is listed anew.");
        }
      }
    });
  return withExamples(command, [
    ["hearthwire names watch --prefix shop/", "what begins so, as it comes and goes"],
    [
      "hearthwire names watch --json | jq -c .registration.name",
      "for programs; the kind listed ends the first listing",
    ],
  ]);
}

/** The name server's session with this command is, and another one begins. */
function isOver(error: unknown): boolean {
  return error instanceof HearthwireError && error.code === "HW_SESSION_LOST";
}

/** The kinds are words of the other side: of one that there isn't yet there is still a line. */
const SIGNS: ReadonlyMap<NameChange["kind"], readonly [sign: string, style: Style]> = new Map([
  ["added", ["+", "green"]],
  ["changed", ["~", "yellow"]],
  ["removed", ["-", "red"]],
  ["listed", ["=", "dim"]],
]);

function changeText(io: CommandIo, change: NameChange): string {
  const [sign, style] = SIGNS.get(change.kind) ?? ["?", "dim"];
  if (change.kind === "listed") return styled(io, { text: `${sign} from here on changes`, style });
  const { name, address, tags, load, awayUntil } = change.registration;
  const away = awayUntil === undefined ? [] : [awayText(awayUntil)];
  const text = [sign, name, address, ...(tags.length === 0 ? [] : [tags.join(",")]), `load ${load}`, ...away].join(
    "  ",
  );
  return styled(io, { text: printable(text), style });
}
