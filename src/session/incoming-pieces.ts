import { ProtocolError } from "../errors/hearthwire-error.js";
import { joinPieces } from "../wire/body.js";
import { MAX_BODIES_IN_PIECES, MAX_JOINED_BODY_BYTES, MAX_JOINED_TOTAL_BYTES } from "../wire/constants.js";
import type { Body } from "../wire/message.js";

/** Bounds what one-byte pieces cost; a body of 16 MiB in the smallest frames needs 1030. */
const MAX_PIECES = 16_384;

interface HalfJoined {
  readonly pieces: Uint8Array[];
  bytes: number;
  /** The ack that came with its first piece. */
  readonly ack: number;
}

/** A body that is whole again. */
export interface JoinedBody {
  readonly body: Body;
  readonly byteLength: number;
  /** What its sender had taken when it began to send it. */
  readonly ack: number;
}

/** Joins bodies that came in pieces; session state, bounded. */
export class IncomingPieces {
  /** Made on first use, as most sessions send none. */
  #bodies: Map<number, HalfJoined> | undefined;
  #bytes = 0;

  get isEmpty(): boolean {
    return (this.#bodies?.size ?? 0) === 0;
  }

  /**
   * Takes a piece; returns the whole body with the last one.
   * @param piece.last 0 more follow, 1 this is the last, 2 the sender abandoned the body
   * @param piece.ack of the frame that it came in
   * @throws ProtocolError above 4 bodies, 16 MiB a body or 32 MiB in all
   */
  take(piece: { id: number; last: 0 | 1 | 2; bytes: Uint8Array; ack: number }): JoinedBody | undefined {
    const body = this.#bodies?.get(piece.id) ?? this.#begin(piece);
    if (piece.last === 2) {
      this.#forget(piece.id, body);
      return undefined;
    }
    body.pieces.push(withoutRest(piece.bytes));
    body.bytes += piece.bytes.length;
    this.#bytes += piece.bytes.length;
    if (body.bytes > MAX_JOINED_BODY_BYTES || this.#bytes > MAX_JOINED_TOTAL_BYTES || body.pieces.length > MAX_PIECES) {
      throw new ProtocolError(`a body in pieces is above ${MAX_JOINED_BODY_BYTES} bytes or ${MAX_PIECES} pieces`);
    }
    if (piece.last === 0) return undefined;
    this.#forget(piece.id, body);
    return { body: joinPieces(body.pieces), byteLength: body.bytes, ack: body.ack };
  }

  clear(): void {
    this.#bodies = undefined;
    this.#bytes = 0;
  }

  #begin({ id, ack }: { readonly id: number; readonly ack: number }): HalfJoined {
    const bodies = (this.#bodies ??= new Map());
    if (bodies.size >= MAX_BODIES_IN_PIECES) {
      throw new ProtocolError(`more than ${MAX_BODIES_IN_PIECES} bodies are in pieces`);
    }
    const body = { pieces: [], bytes: 0, ack };
    bodies.set(id, body);
    return body;
  }

  #forget(id: number, body: HalfJoined): void {
    this.#bodies?.delete(id);
    this.#bytes -= body.bytes;
  }
}

/** A view keeps the whole frame alive: where that is much more than the piece, the piece is copied out. */
function withoutRest(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.length ? bytes.slice() : bytes;
}
