import type { Command } from "commander";
import type { NameFilter } from "../naming/registration.js";
import { parsePattern, parsePrefix } from "./name-option-values.js";
import { parseTags } from "./option-values.js";

/** Which names are meant, as the options say. */
export interface NameFilterOptions {
  readonly prefix?: string | undefined;
  readonly glob?: string | undefined;
  readonly tag?: readonly string[] | undefined;
  readonly anyTag?: readonly string[] | undefined;
}

/** Adds the options of a filter of names. */
export function withNameFilter(command: Command): Command {
  return command
    .option("--prefix <text>", "names that begin so", parsePrefix)
    .option("--glob <pattern>", "names that match: * is any but /, ** any, ? one but /", parsePattern)
    .option("--tag <tag>", "names that have this tag; repeated: all of them", parseTags)
    .option("--any-tag <tag>", "names that have one of these tags; may be repeated", parseTags);
}

/** The filter that the options stand for; undefined when they say nothing. */
export function nameFilterOf({ prefix, glob, tag, anyTag }: NameFilterOptions): NameFilter | undefined {
  const given = { prefix, glob, tags: tag, anyTags: anyTag };
  return Object.values(given).every((value) => value === undefined) ? undefined : given;
}
