import { defaultSerializer } from "./default-serializer.js";
import type { PayloadSerializer } from "./payload.js";
import type { ValueType } from "./value-type.js";

export interface SuperjsonOptions {
  /** Classes that travel by value, registered on this endpoint only. @default [] */
  readonly types?: readonly ValueType<never>[] | undefined;
  /**
   * Sends and revives regular expressions. A peer's may block the process for hours on a few characters.
   * @default false
   */
  readonly allowRegExp?: boolean | undefined;
}

/**
 * The default serializer, id 1: superjson's `{json, meta}` behind our gate. undefined, NaN, infinities, -0, BigInt, Date,
 * Map, Set, URL and registered types keep their types; bytes, references, streams and errors are leaves of our own.
 *
 * What travels of an object are its own enumerable properties with string keys, of an array its elements (as in JSON,
 * named properties of arrays don't). A getter of a plain object is read twice and has to give equal values. `toJSON` is
 * never called.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function superjsonSerializer(options: SuperjsonOptions = {}): PayloadSerializer {
  return defaultSerializer(options);
}
