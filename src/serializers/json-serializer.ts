import { SerializerId } from "../wire/constants.js";
import { DialectSerializer } from "./dialect-serializer.js";
import type { PayloadSerializer } from "./payload.js";
import { TypeTable } from "./value-type.js";

/**
 * Plain JSON, id 2, for peers without superjson: the same `{json, meta}`, annotated only by the four leaves of our own
 * (bytes, references, streams, errors). As in JSON, a property that is undefined is left out and -0 becomes 0; undefined
 * elsewhere, NaN, infinities, BigInt, Date, Map, Set and URL are refused with their path. The payload of `undefined` itself
 * is `{}`.
 */
export function jsonSerializer(): PayloadSerializer {
  return new DialectSerializer(SerializerId.JSON, {
    name: "json",
    hasSuperjsonTypes: false,
    isUtf8: false,
    types: new TypeTable(),
    allowsRegExp: false,
  });
}
