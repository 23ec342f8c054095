import { LimitError } from "../errors/hearthwire-error.js";
import { MAX_HEAD_BYTES, MAX_JOINED_BODY_BYTES, MIN_FRAME_BYTES } from "../wire/constants.js";
import { bodyOf } from "../wire/frame.js";
import { BodyBuilder, boundOf, type Numbering } from "./body-builder.js";
import type { FlushScheduler } from "./flush-scheduler.js";
import type { MessageSink, OutgoingMessage, SentBody } from "./message-sink.js";
import { bytesOf, frameOfPiece, HeldMessages, PIECE_BYTES, PieceTransfer } from "./outgoing-pieces.js";

/** A body is flushed early at this many messages or bytes; the knees differ between calls and items (measured). */
const EARLY_CALLS = 32;
const EARLY_MESSAGES = 256;
const EARLY_CALL_BYTES = 8 * 1024;
const EARLY_ITEM_BYTES = 16 * 1024;

export interface OutgoingOptions {
  readonly scheduleFlush: FlushScheduler;
  /** Numbers a frame, keeps it for replay and sends it on the current channel; returns its number. */
  readonly transmit: (frame: Uint8Array) => number;
  /** Runs at the end of each flush, when nothing is left to send. */
  readonly flushed: () => void;
  readonly isCongested: () => boolean;
  /** Bulk waits; congestion is more than that. */
  readonly isBusy: () => boolean;
  /** More waits for the peer than before. */
  readonly grew: () => void;
}

/** Puts messages into bodies, bodies into frames, and bodies too large for a frame into pieces, as are large items. */
export class Outgoing implements MessageSink {
  readonly #options: OutgoingOptions;
  #numbering: Numbering | undefined;
  /** The largest body that the peer's `maxFrameBytes` leaves room for. */
  #maxBodyBytes = Infinity;
  #body: BodyBuilder | undefined;
  /** Messages of the body that are no items: calls among items wait for one another as they do without them. */
  #calls = 0;
  #queued = 0;
  #isScheduled = false;
  #isStarted = false;
  #nextPieceId = 1;
  #transfer: PieceTransfer | undefined;
  /** The body that is on its way in pieces. */
  #transferred: BodyBuilder | undefined;
  /** Made with the first transfer. */
  #held: HeldMessages | undefined;

  constructor(options: OutgoingOptions) {
    this.#options = options;
  }

  /** Who numbers references and streams; set once, before the first message. */
  set numbering(numbering: Numbering) {
    this.#numbering = numbering;
  }

  /** Frames may go from now on, up to the peer's size. */
  start(peerMaxFrameBytes: number): void {
    this.#maxBodyBytes = peerMaxFrameBytes - MIN_FRAME_BYTES;
    this.#isStarted = true;
    this.schedule();
  }

  get currentBody(): SentBody {
    return (this.#body ??= new BodyBuilder(this.#numbering!));
  }

  get isCongested(): boolean {
    return this.#options.isCongested();
  }

  get isBusy(): boolean {
    return this.#options.isBusy();
  }

  /** Bytes that have not become frames: of a body in pieces, and of what waits behind it. */
  get waitingBytes(): number {
    return (this.#transfer?.remainingBytes ?? 0) + (this.#held?.bytes ?? 0);
  }

  send(message: OutgoingMessage): SentBody | undefined {
    const isLargeForItem = isLargeItem(message);
    if (isLargeForItem || this.#body?.fits(message, this.#maxBodyBytes) === false) this.flush();
    if (message.sameBodyAs !== undefined && message.sameBodyAs !== this.#body) return undefined;
    const bound = boundOf(message);
    const isLarge = bound > this.#maxBodyBytes || bound - (message.payload?.segmentBytes ?? 0) > MAX_HEAD_BYTES;
    if (this.#transfer !== undefined) {
      if (!isLarge && !this.#heldMessages.mustHold(message, this.#transfer)) return this.#join(message);
      return message.sameBodyAs === undefined ? this.#hold(message) : undefined;
    }
    return isLarge || isLargeForItem ? this.#sendAlone(message) : this.#join(message);
  }

  get #heldMessages(): HeldMessages {
    return (this.#held ??= new HeldMessages());
  }

  #hold(message: OutgoingMessage): SentBody {
    const held = this.#heldMessages.hold(message);
    this.#options.grew();
    return held;
  }

  #transmit(frame: Uint8Array): number {
    const seq = this.#options.transmit(frame);
    this.#options.grew();
    return seq;
  }

  #join(message: OutgoingMessage): SentBody {
    const body = (this.#body ??= new BodyBuilder(this.#numbering!));
    body.add(message);
    this.#queued++;
    if (message.isItem !== true) this.#calls++;
    const earlyBytes = body.messageCount > this.#calls ? EARLY_ITEM_BYTES : EARLY_CALL_BYTES;
    const isFull = this.#calls >= EARLY_CALLS || body.messageCount >= EARLY_MESSAGES;
    if (isFull || body.approximateBytes >= earlyBytes) this.flush();
    else this.schedule();
    return body;
  }

  /** A message that may be too large for a frame, or for an item among small calls, gets a body of its own. */
  #sendAlone(message: OutgoingMessage): SentBody {
    if (message.payload?.hasReferences === true)
      refuseAbove(boundOf(message), MAX_HEAD_BYTES + message.payload.segmentBytes);
    const body = new BodyBuilder(this.#numbering!);
    body.add(message);
    const frame = body.toFrame();
    const bytes = bodyOf(frame);
    refuseAbove(headBytesOf(bytes), MAX_HEAD_BYTES);
    refuseAbove(bytes.length, MAX_JOINED_BODY_BYTES);
    if (bytes.length <= this.#maxBodyBytes && !isLargeItem(message)) {
      body.handedOver(this.#transmit(frame));
    } else {
      const hasReferences = message.payload?.hasReferences === true;
      this.#transfer = new PieceTransfer(this.#nextPieceId++, { bytes, keys: message.keys, hasReferences });
      this.#transferred = body;
      this.#sendPieces();
    }
    return body;
  }

  #sendPieces(): void {
    while (this.#transfer !== undefined && this.#isStarted && !this.isBusy) {
      const piece = this.#transfer.next(this.#maxBodyBytes);
      const seq = this.#transmit(frameOfPiece(piece));
      if (piece.last === 0) continue;
      const body = this.#transferred;
      this.#transfer = this.#transferred = undefined;
      body?.handedOver(seq);
      this.#held?.release((message) => this.send(message));
    }
  }

  /** Asks for a flush once the turn has gone quiet. */
  schedule(): void {
    if (this.#isScheduled || !this.#isStarted) return;
    this.#isScheduled = true;
    this.#options.scheduleFlush(
      () => {
        this.#isScheduled = false;
        this.flush();
        this.#options.flushed();
      },
      () => this.#queued,
    );
  }

  /** Sends the current body, if there is one. */
  flush(): void {
    const body = this.#body;
    if (body === undefined || body.messageCount === 0 || !this.#isStarted) return;
    this.#body = undefined;
    this.#calls = 0;
    body.handedOver(this.#transmit(body.toFrame()));
  }

  /** Less is under way: pieces go on. */
  relieved(): void {
    this.#sendPieces();
  }

  /** Nothing more goes out. */
  stop(): void {
    this.#isStarted = false;
    this.#body = undefined;
    this.#transfer = this.#transferred = undefined;
    this.#held?.clear();
  }
}

/**
 * An item that goes in pieces though a frame would hold it, so that small calls pass between. Not while another body
 * does: the item would have to wait for the whole of it.
 */
function isLargeItem(message: OutgoingMessage): boolean {
  return message.isItem === true && bytesOf(message) > PIECE_BYTES;
}

/** @throws LimitError when one message is larger than the wire allows */
function refuseAbove(bytes: number, limit: number): void {
  if (bytes <= limit) return;
  const message = `one message of ${bytes} bytes is above ${limit}; send large data as a stream, large text as bytes`;
  throw new LimitError(message, { limit: "messageBytes", allowed: limit, delivery: "not-sent" });
}

/** The head's length stands first in a body (protocol.md section 6). */
function headBytesOf(body: Uint8Array): number {
  return new DataView(body.buffer, body.byteOffset, 4).getUint32(0);
}
