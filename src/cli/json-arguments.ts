import { ConfigError } from "../errors/hearthwire-error.js";
import type { CommandIo } from "./command-io.js";

/**
 * The arguments of a call from the words of a command line: each is JSON; `-` stands for the JSON that the standard input
 * holds.
 *
 * @throws ConfigError `HW_OPTION_INVALID` for a word that is no JSON, which says how to write it; for a second `-`
 */
export async function jsonArguments(io: CommandIo, words: readonly string[]): Promise<readonly unknown[]> {
  if (words.filter((word) => word === "-").length > 1)
    throw new ConfigError("HW_OPTION_INVALID", '"-" can stand for one argument alone: there is one standard input');
  return Promise.all(words.map(async (word, index) => (word === "-" ? readInput(io) : parseWord(word, index))));
}

async function readInput(io: CommandIo): Promise<unknown> {
  const text = await io.input();
  try {
    return JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which may be secret here: that is why it came by another way.
    throw new ConfigError(
      "HW_OPTION_INVALID",
      `"-": the standard input must be one JSON value, got ${text.length} other characters`,
    );
  }
}

function parseWord(word: string, index: number): unknown {
  try {
    return JSON.parse(word);
  } catch {
    throw new ConfigError("HW_OPTION_INVALID", `"args[${index}]" must be JSON, got ${cut(word)}; ${remedyFor(word)}`);
  }
}

function remedyFor(word: string): string {
  // A text that closes a shell's quote itself needs more than a hint.
  if (word.length > 60 || word.includes("'") || /^[[{"]/.test(word))
    return "or give - and write the JSON to the standard input";
  return `a text needs quotes for the shell and for JSON: '${JSON.stringify(word)}'`;
}

function cut(word: string): string {
  return word === "" ? "an empty word" : word.length > 60 ? `${word.slice(0, 60)}...` : word;
}
