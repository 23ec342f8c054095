import { InvalidArgumentError } from "commander";
import { isTag, MAX_TAGS, TAG_RULE } from "../wire/named-address.js";
import { isObjectId, OBJECT_ID_RULE } from "../wire/object-id.js";
import { collect } from "./collect.js";

/**
 * The parser of a value that the package checks itself. What is wrong with it is then said of the flag, and with the value:
 * whoever typed it has seen it.
 *
 * @param check throws an error whose sentence says what it must be
 * @example
 * command.option("--id <id>", "its name", checkedBy(checkKeyId));
 */
export function checkedBy(check: (text: string) => unknown): (text: string) => string {
  return (text) => {
    try {
      check(text);
      return text;
    } catch (error) {
      throw new InvalidArgumentError(`it must ${mustOf(error)}.`);
    }
  };
}

/** The parser of object ids, one after another. @throws InvalidArgumentError of commander */
export function parseObjectIds(text: string, before: readonly string[] | undefined): readonly string[] {
  if (isObjectId(text)) return collect(text, before);
  throw new InvalidArgumentError(`it must be ${OBJECT_ID_RULE}.`);
}

/** The parser of tags, one after another. @throws InvalidArgumentError of commander */
export function parseTags(text: string, before: readonly string[] | undefined): readonly string[] {
  if (!isTag(text)) throw new InvalidArgumentError(`it must be ${TAG_RULE}.`);
  const tags = collect(text, before);
  if (tags.length <= MAX_TAGS) return tags;
  throw new InvalidArgumentError(`there may be at most ${MAX_TAGS} tags.`);
}

/** What a sentence of the package asks for, without the name of an option and the value. */
function mustOf(error: unknown): string {
  const sentence = error instanceof Error ? error.message : String(error);
  return sentence.replace(/^.*? must /s, "").replace(/(?:, got |: "address").*$/s, "");
}
