import { Encoder } from "@msgpack/msgpack";
import { customSerializer } from "../../src/serializers/custom-serializer.js";
import { messagePackSerializer } from "../../src/serializers/messagepack-serializer.js";
import type { PayloadSerializer } from "../../src/serializers/payload.js";
import { superjsonSerializer, type SuperjsonOptions } from "../../src/serializers/superjson-serializer.js";
import { parseJson } from "../../src/wire/parse-json.js";
import { packedBy } from "./bodies.js";

export type MakeSerializer = (options?: SuperjsonOptions) => PayloadSerializer;

const encoder = new Encoder({ maxDepth: 1000 });
/** MessagePack as anybody writes it. */
export const toMessagePack = (tree: unknown): Uint8Array => encoder.encode(tree);
const toJsonBytes = (tree: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(tree));

/** A program's own serializer: JSON in bytes. 1e999 stands for what JSON can't say, so that infinities come through. */
export function jsonInBytes(options: SuperjsonOptions = {}): PayloadSerializer {
  const serializer = customSerializer({
    ...options,
    id: 200,
    name: "json in bytes",
    encode: toJsonBytes,
    decode: (bytes) => parseJson(new TextDecoder().decode(bytes)),
  });
  const withInfinities = (tree: unknown): Uint8Array => {
    const text = JSON.stringify(tree, (_, value: unknown) =>
      value === Infinity ? "+inf+" : value === -Infinity ? "-inf-" : value,
    );
    return new TextEncoder().encode(text.replaceAll('"+inf+"', "1e999").replaceAll('"-inf-"', "-1e999"));
  };
  return packedBy(serializer, withInfinities);
}

/** The contract: every serializer that has superjson's types is held to the same tables. */
export const serializers: readonly (readonly [name: string, make: MakeSerializer])[] = [
  ["superjson", superjsonSerializer],
  ["messagepack", (options) => packedBy(messagePackSerializer(options), toMessagePack)],
  ["a program's own", jsonInBytes],
];
