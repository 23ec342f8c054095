import type { CollectionWriter } from "./collection-writer.js";
import type { TypeTable } from "./value-type.js";

/** What sets one JSON serializer apart from another; encoder and gate are the same. */
export interface Dialect {
  /** Its name in errors. */
  readonly name: string;
  /** Writes maps and sets, and with them all of superjson's types; undefined: only the four leaves of our own. */
  readonly collections: CollectionWriter | undefined;
  readonly types: TypeTable;
  /** A peer's regular expression may run for hours on a few characters. */
  readonly allowsRegExp: boolean;
}
