import type { ErrorObjectRecord } from "../wire/message.js";
import { spendNode } from "./annotation-tree.js";
import { dependenciesOf } from "./dependencies.js";
import { DialectSerializer } from "./dialect-serializer.js";
import type { Dialect } from "./dialect.js";
import { errorFromRecord } from "./error-reader.js";
import { Gate } from "./gate.js";
import { PackedError, packedPayload, type Pack } from "./packed-payload.js";
import {
  type EncodedPayload,
  type ErrorEncodingOptions,
  type ErrorRecord,
  type IncomingBody,
  type OutgoingValues,
  type Payload,
  PayloadError,
  type PayloadSerializer,
  type RemoteFacts,
} from "./payload.js";
import { ValueEncoder } from "./value-encoder.js";

/** Trees of plain JSON to bytes and back. */
export interface Packing {
  readonly pack: Pack;
  /** Gives a tree that JSON could have given, or throws, whatever the bytes are. */
  unpack(bytes: Uint8Array): unknown;
}

interface Unpacked {
  readonly payload: Payload;
  readonly tree: unknown;
  readonly refusal: PayloadError | undefined;
}

const NONE: readonly number[] = Object.freeze([]);

/**
 * A byte serializer: the `{json, meta?}` of superjson, with all its types and leaves, packed into a segment of its own.
 * The payload in the message is the segment's index. So every rule of the gate holds for it, as it is.
 */
export class PackedSerializer implements PayloadSerializer {
  readonly id: number;
  readonly #dialect: Dialect;
  readonly #packing: Packing;
  readonly #texts: DialectSerializer;
  /** What was unpacked to look for dependencies, or why it could not be, until the same payload is decoded. */
  readonly #unpacked = new WeakMap<IncomingBody, Unpacked>();

  constructor(id: number, { dialect, packing }: { dialect: Dialect; packing: Packing }) {
    this.id = id;
    this.#dialect = dialect;
    this.#packing = packing;
    this.#texts = new DialectSerializer(id, dialect);
  }

  encode(value: unknown, values: OutgoingValues, root: string): EncodedPayload {
    return new ValueEncoder(this.#dialect, values, root).encode(value, (tree, counts) =>
      packedPayload(tree, counts, this.#packing.pack),
    );
  }

  /** The record stands in the message as JSON; its payloads are segments. */
  encodeError(error: unknown, values: OutgoingValues, options: ErrorEncodingOptions): EncodedPayload {
    return new PackedError(this.#texts.encodeError(error, values, options), this.#packing.pack);
  }

  decode(payload: Payload, incoming: IncomingBody): unknown {
    return new Gate(this.#dialect, incoming).payload(this.#tree(payload, incoming), 0);
  }

  decodeError(record: ErrorRecord, incoming: IncomingBody, facts: RemoteFacts): unknown {
    return errorFromRecord(new Gate(this.#dialect, incoming), this.#unpackRecord(record, incoming), facts);
  }

  dependencies(payload: Payload, incoming: IncomingBody): readonly number[] {
    // A frame without nodes left has nothing that could be revived, however often its payloads name a segment.
    const bytes = incoming.budget.nodes > 0 ? incoming.peek(payload) : undefined;
    if (bytes === undefined) return NONE;
    const unpacked = { payload, ...this.#unpack(bytes) };
    this.#unpacked.set(incoming, unpacked);
    return unpacked.refusal === undefined ? dependenciesOf(unpacked.tree) : NONE;
  }

  /** @throws PayloadError */
  #tree(payload: Payload, incoming: IncomingBody): unknown {
    if (typeof payload !== "number")
      throw new PayloadError("the payload of a byte serializer is the index of a segment");
    // Taken first: no segment of a frame is unpacked twice, whatever becomes of it.
    const bytes = incoming.segment(payload);
    const looked = this.#unpacked.get(incoming);
    this.#unpacked.delete(incoming);
    // Once the frame has no nodes left, nothing more of it is unpacked.
    spendNode(incoming.budget, 0);
    const { tree, refusal } = looked?.payload === payload ? looked : this.#unpack(bytes);
    if (refusal !== undefined) throw refusal;
    return tree;
  }

  #unpack(bytes: Uint8Array): Omit<Unpacked, "payload"> {
    try {
      return { tree: this.#packing.unpack(bytes), refusal: undefined };
    } catch (error) {
      const isRefusal = error instanceof PayloadError;
      const refusal = isRefusal
        ? error
        : new PayloadError("the bytes of a payload can't be unpacked", { cause: error });
      return { tree: undefined, refusal };
    }
  }

  /** The record as its reader knows it. What can't be unpacked becomes null, which is no payload and is dropped there. */
  #unpackRecord(record: ErrorRecord, incoming: IncomingBody): ErrorRecord {
    if ("thrown" in record) return { thrown: this.#treeOrNull(record.thrown, incoming) };
    const { data, cause, errors, ...rest } = record;
    const unpacked: { -readonly [K in keyof ErrorObjectRecord]: ErrorObjectRecord[K] } = { ...rest };
    if (data !== undefined) unpacked.data = this.#treeOrNull(data, incoming);
    if (cause !== undefined) unpacked.cause = this.#unpackRecord(cause, incoming);
    if (errors !== undefined) unpacked.errors = errors.map((error) => this.#unpackRecord(error, incoming));
    return unpacked;
  }

  #treeOrNull(payload: Payload, incoming: IncomingBody): unknown {
    try {
      return this.#tree(payload, incoming);
    } catch (error) {
      if (error instanceof PayloadError) return null;
      throw error;
    }
  }
}
