import { Command } from "commander";
import { config } from "../node/config.js";
import { type ConfigValues, CONFIG_ITEMS, variableOf } from "../node/config-items.js";
import type { CommandIo } from "./command-io.js";
import { withExamples } from "./examples.js";
import { keyFilePath } from "./key-file-path.js";
import { jsonText } from "./json-text.js";
import { printTable } from "./output.js";

/** One setting that holds for the command now. */
interface Setting {
  readonly name: string;
  /** null: none. */
  readonly value: unknown;
  /** `default`, a variable of the environment, or an option. */
  readonly source: string;
}

/** What stands for a value that is not to be seen. */
const NOT_SHOWN = "(not shown)";
const VARIABLE = /^HEARTHWIRE_/;

/** `hearthwire config`: the settings that hold, and where each comes from. */
export function configCommand(io: CommandIo): Command {
  const command = new Command("config")
    .summary("print the settings that hold, and where each comes from")
    .description("print the settings that hold, and where each comes from; of keys there are only the places of files")
    .action(async () => {
      await printTable(io, {
        rows: settingsOf(io),
        columns: [
          { title: "SETTING", text: ({ name }) => name },
          { title: "VALUE", text: ({ value }) => (typeof value === "string" ? value : jsonText(value)) },
          { title: "FROM", text: ({ source }) => source },
        ],
      });
    });
  return withExamples(command, [
    ["hearthwire config", "all settings"],
    ["HEARTHWIRE_TIMEOUT_MS=5000 hearthwire config --json", "for programs"],
  ]);
}

function settingsOf(io: CommandIo): readonly Setting[] {
  const given = optionsGiven(io);
  const settings = Object.entries(config.dump()).map(([name, { value, from }]): Setting => {
    const option = given.get(name);
    if (option !== undefined) return option;
    const source = from === "environment" ? variableOf(name) : from;
    return { name, value: value ?? (name === "keyFile" ? keyFilePath(io) : null), source };
  });
  const known = new Set(Object.keys(CONFIG_ITEMS).map(variableOf));
  const strange = Object.keys(io.env).filter((name) => VARIABLE.test(name) && !known.has(name));
  return [
    ...settings,
    ...(io.options.ca === undefined ? [] : [{ name: "ca", value: io.options.ca, source: "--ca" }]),
    // Whatever they hold was meant for something: it may be a secret.
    ...strange.map((name) => ({ name, value: NOT_SHOWN, source: "no variable of this package, and without effect" })),
  ];
}

/** What options of the command line say in place of the configuration. */
function optionsGiven({ options }: CommandIo): ReadonlyMap<string, Setting> {
  const { keyFile, timeout, names } = options;
  const given: readonly (readonly [keyof ConfigValues, unknown, string])[] = [
    ["keyFile", keyFile, "--key-file"],
    ["timeoutMs", timeout, "--timeout"],
    ["connectTimeoutMs", timeout, "--timeout"],
    ["names", names, "--names"],
  ];
  return new Map(
    given.filter(([, value]) => value !== undefined).map(([name, value, source]) => [name, { name, value, source }]),
  );
}
