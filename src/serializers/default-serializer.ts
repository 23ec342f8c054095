import { SerializerId } from "../wire/constants.js";
import { DialectSerializer } from "./dialect-serializer.js";
import type { PayloadSerializer } from "./payload.js";
import { TypeTable, type ValueType } from "./value-type.js";

/** What the default serializer is made from. */
export interface DefaultSerializerOptions {
  readonly types?: readonly ValueType<never>[] | undefined;
  readonly allowRegExp?: boolean | undefined;
}

/**
 * The serializer of who names none, superjson's format. In a file that no entry exports: esbuild puts what an entry
 * exports into the page's first file, though only what is loaded later uses it.
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export function defaultSerializer({ types, allowRegExp = false }: DefaultSerializerOptions): PayloadSerializer {
  return new DialectSerializer(SerializerId.SUPERJSON, {
    name: "superjson",
    hasSuperjsonTypes: true,
    isUtf8: false,
    types: new TypeTable(types),
    allowsRegExp: allowRegExp,
  });
}
