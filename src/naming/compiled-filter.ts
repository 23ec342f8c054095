import { Glob } from "./glob.js";
import { areTags, checkCallArguments, isPattern, isPrefix } from "./naming-rules.js";
import type { NameFilter, Registration } from "./registration.js";

const FILTER_RULES = { prefix: isPrefix, glob: isPattern, tags: areTags, anyTags: areTags };

/** A filter that was checked, ready to be asked often. */
export class CompiledFilter {
  /** What all names begin with that can match. */
  readonly prefix: string;
  /** The one name that can match, where there is one. */
  readonly name: string | undefined;
  /** It says nothing, as `{}`, an empty prefix and no tags do: everything matches. */
  readonly isEmpty: boolean;
  readonly #glob: Glob | undefined;
  readonly #tags: readonly string[];
  readonly #anyTags: readonly string[] | undefined;
  /** No name fulfils both the prefix and the pattern. */
  readonly #isVoid: boolean;

  /** @throws CallError `HW_ARGUMENTS_INVALID` */
  constructor(filter: NameFilter = {}) {
    checkCallArguments(filter, FILTER_RULES, "filter");
    const { prefix = "", glob, tags = [], anyTags } = filter;
    this.isEmpty = prefix === "" && glob === undefined && tags.length === 0 && anyTags === undefined;
    this.#glob = glob === undefined ? undefined : new Glob(glob);
    this.#tags = tags;
    this.#anyTags = anyTags;
    const { prefix: other = "", isLiteral = false } = this.#glob ?? {};
    this.#isVoid = !prefix.startsWith(other) && !other.startsWith(prefix);
    this.prefix = other.length > prefix.length ? other : prefix;
    this.name = isLiteral ? other : undefined;
  }

  matches({ name, tags }: Pick<Registration, "name" | "tags">): boolean {
    if (this.#isVoid || !name.startsWith(this.prefix)) return false;
    if (this.#glob?.matches(name) === false) return false;
    if (!this.#tags.every((tag) => tags.includes(tag))) return false;
    return this.#anyTags?.some((tag) => tags.includes(tag)) ?? true;
  }
}
