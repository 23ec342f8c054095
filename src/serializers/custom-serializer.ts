import { ConfigError } from "../errors/hearthwire-error.js";
import { PackedSerializer } from "./packed-serializer.js";
import type { PayloadSerializer } from "./payload.js";
import { checkTree } from "./plain-tree.js";
import type { SuperjsonOptions } from "./superjson-serializer.js";
import { TypeTable } from "./value-type.js";

/** A serializer of a program's own: how a tree of plain JSON becomes bytes, and comes back. */
export interface CustomSerializerOptions extends SuperjsonOptions {
  /** Its number on the wire, the same on both ends: 128..255. */
  readonly id: number;
  /** Its name in errors. @default "custom" */
  readonly name?: string | undefined;
  /**
   * Packs a tree of null, booleans, numbers, texts, arrays and plain objects; at most three bytes for each character of
   * its JSON. The tree may be the program's own objects: change nothing in it.
   */
  readonly encode: (tree: unknown) => Uint8Array;
  /** Unpacks the bytes of a peer, which may be anything: throw when they are wrong, and bound what they make you do. */
  readonly decode: (bytes: Uint8Array) => unknown;
}

const IDS = { least: 128, most: 255 } as const;

/**
 * Makes a serializer out of a function that packs JSON into bytes and one that unpacks it: CBOR, a compression, whatever
 * both ends agree on. The rest stays hearthwire's: Dates, Maps, bytes, errors, functions and registered types travel as
 * they do with superjson, and what `decode` gives passes the same checks.
 * @throws ConfigError `HW_OPTION_INVALID`
 * @example
 * ```ts
 * const compressed = customSerializer({
 *   id: 128,
 *   encode: (tree) => deflateRawSync(JSON.stringify(tree)),
 *   decode: (bytes) => JSON.parse(inflateRawSync(bytes, { maxOutputLength: 2 ** 22 }).toString()),
 * });
 * ```
 */
export function customSerializer(options: CustomSerializerOptions): PayloadSerializer {
  const { id, name = "custom", encode, decode, types, allowRegExp = false } = options;
  if (!Number.isInteger(id) || id < IDS.least || id > IDS.most) {
    throw invalid(`"id" must be an integer ${IDS.least}..${IDS.most}, got ${String(id)}`);
  }
  if (typeof encode !== "function") throw invalid(`"encode" must be a function, got ${typeof encode}`);
  if (typeof decode !== "function") throw invalid(`"decode" must be a function, got ${typeof decode}`);
  return new PackedSerializer(id, {
    dialect: {
      name,
      hasSuperjsonTypes: true,
      isUtf8: true,
      types: new TypeTable(types),
      allowsRegExp: allowRegExp,
    },
    packing: {
      pack: encode,
      unpack: (bytes) => {
        // A copy: the program may keep or change what it is given, and the segment is a view of the frame.
        const tree = decode(new Uint8Array(bytes));
        checkTree(tree);
        return tree;
      },
    },
  });
}

function invalid(sentence: string): ConfigError {
  return new ConfigError("HW_OPTION_INVALID", sentence);
}
