import { frameBody } from "../wire/body.js";
import type { OutgoingMessage, SentBody } from "./message-sink.js";

/**
 * Small enough that calls of other objects soon get their turn (measured). Chunks are mostly multiples of 16 KiB: with
 * their heads they shall not take a piece more.
 */
export const PIECE_BYTES = 17 * 1024;
/** Room for a piece's own head, lengths included; protocol numbers are at most 16 digits. */
const PIECE_HEAD_BYTES = 64;

/** A part of a body too large for a frame. `last` is 1 on the final one. */
export interface Piece {
  readonly id: number;
  readonly last: 0 | 1;
  readonly bytes: Uint8Array;
}

/** The frame of one piece, header and tag still empty: exactly one message and one segment. */
export function frameOfPiece(piece: Piece): Uint8Array {
  return frameBody(`[["piece",${piece.id},${piece.last}]]`, [piece.bytes]);
}

/** One body on its way in pieces. Until its last piece is sent, nothing that shares a key with it may pass. */
export class PieceTransfer {
  readonly #id: number;
  readonly #bytes: Uint8Array;
  #offset = 0;
  readonly keys: readonly string[];
  readonly hasReferences: boolean;

  constructor(id: number, options: { bytes: Uint8Array; keys: readonly string[]; hasReferences: boolean }) {
    this.#id = id;
    this.#bytes = options.bytes;
    this.keys = options.keys;
    this.hasReferences = options.hasReferences;
  }

  /** Bytes that have not been sent. */
  get remainingBytes(): number {
    return Math.max(0, this.#bytes.length - this.#offset);
  }

  next(maxBodyBytes: number): Piece {
    const end = this.#offset + Math.min(PIECE_BYTES, maxBodyBytes - PIECE_HEAD_BYTES);
    const bytes = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return { id: this.#id, last: end >= this.#bytes.length ? 1 : 0, bytes };
  }
}

/** A message that waits behind a body in pieces; its body is known once it was put into one. */
class HeldMessage implements SentBody {
  readonly message: OutgoingMessage;
  body: SentBody | undefined;

  constructor(message: OutgoingMessage) {
    this.message = message;
  }

  get seq(): number | undefined {
    return this.body?.seq;
  }
}

/**
 * Messages that may not pass a body in pieces: those with a key of its own or of an earlier waiting message, those
 * holding references if the body does (it may introduce the same ones), and releases.
 */
export class HeldMessages {
  #messages: HeldMessage[] = [];
  readonly #keys = new Set<string>();
  #bytes = 0;

  /** What the payloads that wait take. */
  get bytes(): number {
    return this.#bytes;
  }

  mustHold(message: OutgoingMessage, transfer: PieceTransfer): boolean {
    return (
      (transfer.hasReferences && message.payload?.hasReferences === true) ||
      message.before.startsWith('["release"') ||
      message.keys.some((key) => transfer.keys.includes(key) || this.#keys.has(key))
    );
  }

  hold(message: OutgoingMessage): SentBody {
    const held = new HeldMessage(message);
    this.#messages.push(held);
    this.#bytes += bytesOf(message);
    for (const key of message.keys) this.#keys.add(key);
    return held;
  }

  /** The body in pieces is sent: all go on in their order; some may come back to wait behind the next one. */
  release(send: (message: OutgoingMessage) => SentBody | undefined): void {
    const messages = this.#messages;
    this.clear();
    for (const held of messages) {
      try {
        held.body = send(held.message);
      } catch (error) {
        held.message.failed?.(error as Error);
      }
    }
  }

  clear(): void {
    this.#messages = [];
    this.#keys.clear();
    this.#bytes = 0;
  }
}

/** `textBound` is three bytes for each unit of text, the worst case; here it counts as ASCII. */
export function bytesOf({ before, payload }: OutgoingMessage): number {
  return before.length + (payload === undefined ? 0 : payload.textBound / 3 + payload.segmentBytes);
}
