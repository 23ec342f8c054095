import type { BytesLeafFacts } from "../wire/message.js";
import { BlobsToRead, type ReadableBlob } from "./blob.js";
import type { BlobReading, EncodedPayload, OutgoingBody } from "./payload.js";

/** One UTF-16 unit of text is at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
/** The longest leaf, `[0,9007199254740991,"function",[9007199254740991]]`, without the members of a new shape. */
const MAX_LEAF_BYTES = 64;

/**
 * Something that gets its number in the body: bytes a segment index, references and streams an id. It stands in the tree
 * of a payload where its JSON will be.
 */
export abstract class NumberedLeaf {
  /** Upper bound of the bytes of its text. */
  get textBound(): number {
    return MAX_LEAF_BYTES;
  }

  /** The leaf's JSON text. */
  abstract finish(body: OutgoingBody): string;
}

export class BytesPlace extends NumberedLeaf {
  readonly #bytes: Uint8Array;
  readonly #type: string;

  constructor(bytes: Uint8Array, type: string) {
    super();
    this.#bytes = bytes;
    this.#type = type;
  }

  finish(body: OutgoingBody): string {
    return `[${body.segment(this.#bytes)},"${this.#type}"]`;
  }
}

/** The longest facts of a leaf beside its segment: what `JSON.stringify` makes of each unit is at most six. */
const MAX_UNITS_PER_UNIT = 6;

/** A Blob or File; its bytes are read between the two steps. */
export class BlobPlace extends NumberedLeaf {
  readonly #blob: ReadableBlob;
  readonly #facts: BytesLeafFacts;

  constructor(blob: ReadableBlob, facts: BytesLeafFacts) {
    super();
    this.#blob = blob;
    this.#facts = facts;
  }

  override get textBound(): number {
    const [, type = "", name = ""] = this.#facts;
    return MAX_LEAF_BYTES + (type.length + name.length) * MAX_UNITS_PER_UNIT;
  }

  finish(body: OutgoingBody): string {
    return JSON.stringify([body.segment(this.#blob.bytes), ...this.#facts]);
  }
}

export class ReferencePlace extends NumberedLeaf {
  readonly #value: object;

  constructor(value: object) {
    super();
    this.#value = value;
  }

  finish(body: OutgoingBody): string {
    return JSON.stringify(body.reference(this.#value));
  }
}

export class StreamPlace extends NumberedLeaf {
  readonly #value: object;

  constructor(value: object) {
    super();
    this.#value = value;
  }

  finish(body: OutgoingBody): string {
    return JSON.stringify(body.stream(this.#value));
  }
}

/** What the walk counted. */
export interface PayloadCounts {
  readonly nodes: number;
  readonly leaves: number;
  readonly segmentBytes: number;
  readonly hasReferences: boolean;
  readonly blobs: readonly ReadableBlob[];
}

/**
 * Turns a checked tree into text at once, so that nothing the program changes later is sent; only the numbered leaves
 * stay open.
 */
export function encodedPayload(tree: unknown, counts: PayloadCounts): EncodedPayload {
  if (counts.leaves === 0) return new FinalText(textOf(tree as object), counts.nodes);
  const template = new TextWithGaps(counts);
  template.take(tree);
  return template;
}

/** A payload's two parts are stringified each for itself, which takes less than the whole at once (measured). */
function textOf(tree: { readonly json?: unknown; readonly meta?: unknown }): string {
  if (!("json" in tree)) return JSON.stringify(tree);
  const meta = tree.meta === undefined ? "" : `,"meta":${JSON.stringify(tree.meta)}`;
  return `{"json":${JSON.stringify(tree.json)}${meta}}`;
}

/** A payload without anything that gets a number. */
export class FinalText implements EncodedPayload {
  readonly nodes: number;
  readonly #text: string;

  constructor(text: string, nodes: number) {
    this.#text = text;
    this.nodes = nodes;
  }

  get textBound(): number {
    return this.#text.length * MAX_BYTES_PER_UNIT;
  }

  get segmentBytes(): number {
    return 0;
  }

  get hasReferences(): boolean {
    return false;
  }

  get blobs(): undefined {
    return undefined;
  }

  finish(): string {
    return this.#text;
  }
}

class TextWithGaps implements EncodedPayload {
  readonly nodes: number;
  readonly segmentBytes: number;
  readonly hasReferences: boolean;
  readonly blobs: BlobReading | undefined;
  /** The text before each leaf. */
  readonly #texts: string[] = [];
  readonly #leaves: NumberedLeaf[] = [];
  #textUnits = 0;
  #leafBytes = 0;
  #text = "";

  constructor(counts: PayloadCounts) {
    this.nodes = counts.nodes;
    this.segmentBytes = counts.segmentBytes;
    this.hasReferences = counts.hasReferences;
    this.blobs = counts.blobs.length === 0 ? undefined : new BlobsToRead(counts.blobs);
  }

  /** The bound of all but the members of shapes that the peer sees for the first time: only the session knows them. */
  get textBound(): number {
    return (this.#textUnits + this.#text.length) * MAX_BYTES_PER_UNIT + this.#leafBytes;
  }

  /** Writes JSON as `JSON.stringify` does, with gaps where leaves stand. The tree is no deeper than a payload may be. */
  take(value: unknown): void {
    if (value instanceof NumberedLeaf) {
      this.#texts.push(this.#text);
      this.#textUnits += this.#text.length;
      this.#leaves.push(value);
      this.#leafBytes += value.textBound;
      this.#text = "";
    } else if (Array.isArray(value)) {
      this.#text += "[";
      for (let index = 0; index < value.length; index++) {
        if (index > 0) this.#text += ",";
        this.take(value[index]);
      }
      this.#text += "]";
    } else if (typeof value === "object" && value !== null) {
      this.#takeObject(value as Readonly<Record<string, unknown>>);
    } else {
      this.#text += JSON.stringify(value);
    }
  }

  #takeObject(object: Readonly<Record<string, unknown>>): void {
    let separator = "{";
    for (const key of Object.keys(object)) {
      const value = object[key];
      if (value === undefined) continue;
      this.#text += `${separator}${JSON.stringify(key)}:`;
      separator = ",";
      this.take(value);
    }
    this.#text += separator === "{" ? "{}" : "}";
  }

  finish(body: OutgoingBody): string {
    let text = "";
    for (let index = 0; index < this.#leaves.length; index++) {
      text += this.#texts[index]! + this.#leaves[index]!.finish(body);
    }
    return text + this.#text;
  }
}
