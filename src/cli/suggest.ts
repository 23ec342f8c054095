import type { Argument, Command, Option } from "commander";

/** What may stand in the place of an unfinished word. */
export interface Suggestion {
  readonly word: string;
  readonly description: string;
}

/**
 * What may follow on a command line: commands, options, and values that an option or argument chooses from. Nothing where
 * it may be anything, such as a file.
 *
 * @param words without the program's name; the last one, which may be empty, is unfinished
 */
export function suggest(program: Command, words: readonly string[]): readonly Suggestion[] {
  const unfinished = words.at(-1) ?? "";
  const { commands, option, operands } = read(program, words.slice(0, -1));
  const command = commands.at(-1)!;
  const possible = (): readonly Suggestion[] => {
    if (option !== undefined) return choicesOf(option);
    if (unfinished.startsWith("-")) return commands.flatMap(optionsOf);
    if (command.commands.length > 0) return command.createHelp().visibleCommands(command).map(suggestionOf);
    return choicesOf(command.registeredArguments[operands] ?? command.registeredArguments.at(-1));
  };
  return unique(possible().filter(({ word }) => word.startsWith(unfinished)));
}

/** Where the words of a line lead. */
interface Place {
  /** The program, and the commands that were named below it. */
  readonly commands: readonly Command[];
  /** The option whose value comes next. */
  readonly option: Option | undefined;
  /** How many arguments of the command there are already. */
  readonly operands: number;
}

function read(program: Command, words: readonly string[]): Place {
  const commands = [program];
  let option: Option | undefined;
  let operands = 0;
  for (const word of words) {
    if (option !== undefined) {
      option = undefined;
      continue;
    }
    if (word.startsWith("-")) {
      option = commands.flatMap(({ options }) => options).find((known) => known.required && takes(known, word));
      continue;
    }
    const inner = commands.at(-1)!.commands.find((command) => command.name() === word);
    if (inner === undefined) operands++;
    else commands.push(inner);
  }
  return { commands, option, operands };
}

function takes({ long, short }: Option, word: string): boolean {
  return word === long || word === short;
}

function optionsOf(command: Command): readonly Suggestion[] {
  const options = command.createHelp().visibleOptions(command);
  return options.map(({ long, short, description }) => ({ word: long ?? short ?? "", description }));
}

function suggestionOf(command: Command): Suggestion {
  return { word: command.name(), description: command.summary() || command.description() };
}

function choicesOf(chooser: Option | Argument | undefined): readonly Suggestion[] {
  return (chooser?.argChoices ?? []).map((word) => ({ word, description: "" }));
}

/** Every command has a `--help`. */
function unique(suggestions: readonly Suggestion[]): readonly Suggestion[] {
  return [...new Map(suggestions.map((suggestion) => [suggestion.word, suggestion])).values()];
}
