import type { TypeTable } from "./value-type.js";

/** What sets one JSON serializer apart from another; encoder and gate are the same. */
export interface Dialect {
  /** Its name in errors. */
  readonly name: string;
  /** Takes superjson's types: Date, Map and so on. Otherwise only the four leaves of our own. */
  readonly hasSuperjsonTypes: boolean;
  /** Its texts become UTF-8, which can't hold all that JSON's escapes can: those are annotated as `text`. */
  readonly isUtf8: boolean;
  readonly types: TypeTable;
  /** A peer's regular expression may run for hours on a few characters. */
  readonly allowsRegExp: boolean;
}
