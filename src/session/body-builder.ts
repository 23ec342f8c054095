import { LimitError } from "../errors/hearthwire-error.js";
import type { OutgoingBody } from "../serializers/payload.js";
import { frameBody } from "../wire/body.js";
import { MAX_HEAD_BYTES, MAX_PAYLOAD_NODES } from "../wire/constants.js";
import type { ReferenceLeaf, StreamLeaf } from "../wire/message.js";
import type { OutgoingMessage, SentBody } from "./message-sink.js";

/** Gives ids to the values of a payload that travel by reference. */
export type Numbering = Pick<OutgoingBody, "reference" | "stream">;

/** One UTF-16 unit becomes at most three bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
/** Length of the head, number of segments. */
const FIXED_BYTES = 4 + 2;
const MAX_SEGMENTS = 0xffff;

/** The DATA body that messages are being put into: their JSON texts and the raw segments. */
export class BodyBuilder implements OutgoingBody, SentBody {
  readonly #numbering: Numbering;
  readonly #texts: string[] = [];
  readonly #segments: Uint8Array[] = [];
  readonly #waiting: OutgoingMessage[] = [];
  #nodes = 0;
  #textUnits = 0;
  #segmentBytes = 0;
  seq: number | undefined;

  constructor(numbering: Numbering) {
    this.#numbering = numbering;
  }

  get messageCount(): number {
    return this.#texts.length;
  }

  /** What early flushing looks at: text as it would be in ASCII, and segments. */
  get approximateBytes(): number {
    return this.#textUnits + this.#segmentBytes;
  }

  /** Whether a message surely fits beside what is here. */
  fits(message: OutgoingMessage, maxBodyBytes: number): boolean {
    const textBound = (this.#textUnits + this.#texts.length) * MAX_BYTES_PER_UNIT;
    const bytes = textBound + this.#segmentBytes + 4 * this.#segments.length + boundOf(message);
    const nodes = this.#nodes + (message.payload?.nodes ?? 0);
    return nodes <= MAX_PAYLOAD_NODES && bytes <= Math.min(maxBodyBytes, MAX_HEAD_BYTES);
  }

  /** Finishes a message's payload and takes its text. When that throws, nothing has changed here. */
  add(message: OutgoingMessage): void {
    const segments = this.#segments.length;
    const segmentBytes = this.#segmentBytes;
    let text = message.before;
    try {
      if (message.payload !== undefined) text += message.payload.finish(this);
    } catch (error) {
      this.#segments.length = segments;
      this.#segmentBytes = segmentBytes;
      throw error;
    }
    text += message.after;
    this.#nodes += message.payload?.nodes ?? 0;
    this.#textUnits += text.length;
    this.#texts.push(text);
    if (message.sent !== undefined) this.#waiting.push(message);
  }

  /** The frame with this body in it, header and tag still empty. */
  toFrame(): Uint8Array {
    return frameBody(`[${this.#texts.join(",")}]`, this.#segments);
  }

  /** Says that the frame was numbered and handed over. */
  handedOver(seq: number): void {
    this.seq = seq;
    for (const message of this.#waiting) message.sent?.();
  }

  segment(bytes: Uint8Array): number {
    if (this.#segments.length >= MAX_SEGMENTS) {
      const message = `one message holds at most ${MAX_SEGMENTS} byte arrays; send fewer, larger ones`;
      throw new LimitError(message, { limit: "segments", allowed: MAX_SEGMENTS, delivery: "not-sent" });
    }
    this.#segmentBytes += bytes.length;
    return this.#segments.push(bytes) - 1;
  }

  reference(value: object): ReferenceLeaf {
    return this.#numbering.reference(value);
  }

  stream(value: object): StreamLeaf {
    return this.#numbering.stream(value);
  }
}

/** Upper bound of the bytes of a body that holds one message only. */
export function boundOf(message: OutgoingMessage): number {
  const payload = message.payload;
  const fixed = FIXED_BYTES + 2 + (message.before.length + message.after.length) * MAX_BYTES_PER_UNIT;
  // Every segment of a payload is a node of it, and costs four bytes of length.
  return payload === undefined ? fixed : fixed + payload.textBound + payload.segmentBytes + 4 * payload.nodes;
}
