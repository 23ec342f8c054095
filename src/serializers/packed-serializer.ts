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
  /** Trees that were unpacked to look for dependencies, until the same payload is decoded. */
  readonly #unpacked = new WeakMap<IncomingBody, { readonly payload: Payload; readonly tree: unknown }>();

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
    const bytes = incoming.peek(payload);
    if (bytes === undefined) return NONE;
    let tree: unknown;
    try {
      tree = this.#packing.unpack(bytes);
    } catch {
      return NONE;
    }
    this.#unpacked.set(incoming, { payload, tree });
    return dependenciesOf(tree);
  }

  /** @throws PayloadError */
  #tree(payload: Payload, incoming: IncomingBody): unknown {
    if (typeof payload !== "number")
      throw new PayloadError("the payload of a byte serializer is the index of a segment");
    // Once the frame has no nodes left, nothing more of it is unpacked.
    spendNode(incoming.budget, 0);
    const bytes = incoming.segment(payload);
    const unpacked = this.#unpacked.get(incoming);
    this.#unpacked.delete(incoming);
    if (unpacked?.payload === payload) return unpacked.tree;
    try {
      return this.#packing.unpack(bytes);
    } catch (error) {
      if (error instanceof PayloadError) throw error;
      throw new PayloadError("the bytes of a payload can't be unpacked", { cause: error });
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
