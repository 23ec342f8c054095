import { Decoder, Encoder } from "@msgpack/msgpack";
import { SerializerId } from "../wire/constants.js";
import { FORBIDDEN_KEY_RULE } from "./annotation.js";
import { scanMessagePack } from "./messagepack-scan.js";
import { type Packing, PackedSerializer } from "./packed-serializer.js";
import { PayloadError, type PayloadSerializer } from "./payload.js";
import type { SuperjsonOptions } from "./superjson-serializer.js";
import { TypeTable } from "./value-type.js";

/** Containers in containers of a whole payload, annotations included, stay below it. */
const MAX_DEPTH = 256;
/** An encoder keeps its buffer for the next payload; one that grew beyond this is given up. */
const MAX_KEPT_BYTES = 1024 * 1024;

/**
 * MessagePack, id 3: what superjson's format says, in bytes. Numbers and many small records take less of the line;
 * texts take about the same. All types, limits and rules are those of `superjsonSerializer`. Needs the package
 * `@msgpack/msgpack`, which hearthwire does not bring along.
 * @throws ConfigError `HW_OPTION_INVALID`
 * @example
 * ```ts
 * const serializers = [messagePackSerializer(), superjsonSerializer()];
 * const connection = openConnection("ws://127.0.0.1:7766/", { serializers });
 * ```
 */
export function messagePackSerializer(options: SuperjsonOptions = {}): PayloadSerializer {
  return new PackedSerializer(SerializerId.MESSAGEPACK, {
    dialect: {
      name: "messagepack",
      hasSuperjsonTypes: true,
      isUtf8: true,
      types: new TypeTable(options.types),
      allowsRegExp: options.allowRegExp ?? false,
    },
    packing: new MessagePack(),
  });
}

class MessagePack implements Packing {
  #encoder = newEncoder();
  readonly #decoder = new Decoder();

  readonly pack = (tree: unknown): Uint8Array => {
    const bytes = this.#encoder.encode(tree);
    if (bytes.length > MAX_KEPT_BYTES) this.#encoder = newEncoder();
    return bytes;
  };

  unpack(bytes: Uint8Array): unknown {
    scanMessagePack(bytes);
    try {
      return this.#decoder.decode(bytes);
    } catch (cause) {
      // After the scan there is one thing left that the decoder minds: the key __proto__.
      throw new PayloadError(FORBIDDEN_KEY_RULE, { cause });
    }
  }
}

function newEncoder(): Encoder {
  return new Encoder({ maxDepth: MAX_DEPTH, ignoreUndefined: true });
}
