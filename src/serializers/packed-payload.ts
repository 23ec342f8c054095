import { CannotSendError } from "../errors/hearthwire-error.js";
import type { ErrorRecord } from "../wire/message.js";
import { parseJson } from "../wire/parse-json.js";
import { encodedPayload, type PayloadCounts } from "./encoded-payload.js";
import type { BlobReading, EncodedPayload, OutgoingBody } from "./payload.js";

/** Makes bytes of a tree of plain JSON, at most three for each character that its JSON text has. */
export type Pack = (tree: unknown) => Uint8Array;

/** The index of a segment in decimal: there are at most 65 535. */
const INDEX_BYTES = 5;
/** What a packed tree may take for each UTF-16 unit of its JSON text: so much is reckoned for it before it is known. */
const BYTES_PER_UNIT = 3;

/**
 * Packs a checked tree at once, so that nothing the program changes later is sent. One with numbered leaves waits as its
 * JSON text until they have their numbers.
 */
export function packedPayload(tree: unknown, counts: PayloadCounts, pack: Pack): EncodedPayload {
  return counts.leaves === 0
    ? new PackedBytes(packed(tree, pack), counts.nodes)
    : new PackedTemplate(encodedPayload(tree, counts), pack);
}

class PackedBytes implements EncodedPayload {
  readonly nodes: number;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array, nodes: number) {
    this.#bytes = bytes;
    this.nodes = nodes;
  }

  get textBound(): number {
    return INDEX_BYTES;
  }

  get segmentBytes(): number {
    return this.#bytes.length;
  }

  get hasReferences(): boolean {
    return false;
  }

  get blobs(): undefined {
    return undefined;
  }

  finish(body: OutgoingBody): string {
    return String(body.segment(this.#bytes));
  }
}

/** A payload of which JSON text is there already. */
abstract class PackedText implements EncodedPayload {
  protected readonly payload: EncodedPayload;
  protected readonly pack: Pack;

  constructor(payload: EncodedPayload, pack: Pack) {
    this.payload = payload;
    this.pack = pack;
  }

  get nodes(): number {
    return this.payload.nodes;
  }

  abstract get textBound(): number;

  get segmentBytes(): number {
    return this.payload.textBound + this.payload.segmentBytes;
  }

  get hasReferences(): boolean {
    return this.payload.hasReferences;
  }

  get blobs(): BlobReading | undefined {
    return this.payload.blobs;
  }

  abstract finish(body: OutgoingBody): string;

  /** @throws CannotSendError when the packed bytes are more than was reckoned: the frame would be too large for the peer */
  protected segment(tree: unknown, { body, units }: { body: OutgoingBody; units: number }): number {
    const bytes = packed(tree, this.pack);
    if (bytes.length > units * BYTES_PER_UNIT) {
      const sentence = `the serializer made ${bytes.length} bytes of ${units} characters of JSON; more than ${BYTES_PER_UNIT} for each can't be sent`;
      throw new CannotSendError(sentence, { path: "" });
    }
    return body.segment(bytes);
  }
}

class PackedTemplate extends PackedText {
  get textBound(): number {
    return INDEX_BYTES;
  }

  finish(body: OutgoingBody): string {
    const text = this.payload.finish(body);
    return String(this.segment(parseJson(text), { body, units: text.length }));
  }
}

/** An error record: JSON in the message, and a segment for each payload in it. */
export class PackedError extends PackedText {
  get textBound(): number {
    return this.payload.textBound;
  }

  finish(body: OutgoingBody): string {
    const text = this.payload.finish(body);
    return JSON.stringify(this.#packRecord(parseJson(text) as ErrorRecord, { body, units: text.length }));
  }

  #packRecord(record: ErrorRecord, place: { body: OutgoingBody; units: number }): ErrorRecord {
    if ("thrown" in record) return { thrown: this.segment(record.thrown, place) };
    const { data, cause, errors } = record;
    return {
      ...record,
      ...(data !== undefined && { data: this.segment(data, place) }),
      ...(cause !== undefined && { cause: this.#packRecord(cause, place) }),
      ...(errors !== undefined && { errors: errors.map((error) => this.#packRecord(error, place)) }),
    };
  }
}

function packed(tree: unknown, pack: Pack): Uint8Array {
  const bytes: unknown = pack(tree);
  if (bytes instanceof Uint8Array) return bytes;
  throw new CannotSendError(`the serializer must encode to a Uint8Array, got ${typeof bytes}`, { path: "" });
}
