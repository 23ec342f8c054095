import { Command } from "commander";
import { ConfigError } from "../errors/hearthwire-error.js";
import type { NameServer } from "../naming/name-server.js";
import type { CommandIo } from "./command-io.js";
import { connectFromOptions, namesAddress } from "./connect-from-options.js";
import { withExamples } from "./examples.js";
import { parseName } from "./name-option-values.js";
import { parseTags } from "./option-values.js";
import { printTable } from "./output.js";
import { REGISTRATION_COLUMNS } from "./registration-text.js";

interface TagOptions {
  readonly add?: readonly string[];
  readonly remove?: readonly string[];
  readonly clear?: true;
}

/** `hearthwire names tag`: other tags for a name. */
export function tagNameCommand(io: CommandIo): Command {
  const command = new Command("tag")
    .description("give a name other tags: these, or some more and some less")
    .argument("<name>", "such as shop/cart", parseName)
    .argument("[tag...]", "all tags that it has from now on", parseTags)
    .option("--add <tag>", "one more; may be repeated", parseTags)
    .option("--remove <tag>", "one less; may be repeated", parseTags)
    .option("--clear", "no tags from now on")
    .action(async (name: string, tags: readonly string[], options: TagOptions) => {
      const change = changeOf(tags, options);
      await using names = await connectFromOptions<NameServer>(io, namesAddress());
      await printTable(io, { rows: await names.tag(name, change), columns: REGISTRATION_COLUMNS });
    });
  return withExamples(command, [
    ["hearthwire names tag shop/cart eu gpu", "these two and no others"],
    ["hearthwire names tag shop/cart --add gpu --remove cpu", "the others stay"],
  ]);
}

function changeOf(tags: readonly string[], { add, remove, clear }: TagOptions): Parameters<NameServer["tag"]>[1] {
  const isChange = add !== undefined || remove !== undefined;
  const ways = [tags.length > 0, isChange, clear === true].filter(Boolean).length;
  if (ways !== 1)
    throw new ConfigError(
      "HW_OPTION_INVALID",
      '"tag" must be given tags, or --add and --remove, or --clear: one of these',
    );
  return isChange ? { add, remove } : tags;
}
