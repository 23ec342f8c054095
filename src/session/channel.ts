import type { LateHmac, Mac } from "../auth/mac.js";
import { ProtocolError } from "../errors/hearthwire-error.js";
import { sendTogether } from "../transport/send-together.js";
import type { Transport } from "../transport/transport.js";
import { CloseCode, FrameType, MIN_FRAME_BYTES } from "../wire/constants.js";
import { bodyOf, readHeader, writeHeader } from "../wire/frame.js";
import { InOrder } from "./in-order.js";
import { UnsentFrames } from "./unsent-frames.js";

/** What a verified DATA frame brings. */
export interface ReceivedFrame {
  readonly seq: number;
  readonly ack: number;
  readonly body: Uint8Array;
}

/**
 * A transport plus the keys of one handshake: the only place where DATA frames are signed and verified. No byte of a
 * body is decoded before its tag and sequence number pass.
 */
export class Channel {
  readonly #transport: Transport;
  readonly #sendMac: Mac;
  readonly #receiveMac: Mac;
  readonly #maxFrameBytes: number;
  readonly #lateHmac: LateHmac | undefined;
  /** Made with the first large frame whose tag comes late, in either direction. */
  #unsent: UnsentFrames | undefined;
  #receiving: InOrder | undefined;
  /** 0 until the first frame of this channel, which may be any from 1 to taken + 1. */
  #lastSeq = 0;
  #lastAck: number;

  /**
   * @param options.peerAck the ack of the peer's WELCOME or CONFIRM
   * @param options.maxFrameBytes what this side accepts, header and tag included
   * @param options.lateHmac signs and verifies large frames beside this thread @default none
   */
  constructor(
    transport: Transport,
    options: {
      sendMac: Mac;
      receiveMac: Mac;
      maxFrameBytes: number;
      peerAck: number;
      lateHmac?: LateHmac | undefined;
    },
  ) {
    this.#transport = transport;
    this.#sendMac = options.sendMac;
    this.#receiveMac = options.receiveMac;
    this.#maxFrameBytes = options.maxFrameBytes;
    this.#lateHmac = options.lateHmac;
    this.#lastAck = options.peerAck;
  }

  /** Writes header and tag around a body that stands in its frame, and sends it. */
  send(frame: Uint8Array, numbers: { seq: number; ack: number }): void {
    writeHeader(frame, { type: FrameType.DATA, ack: numbers.ack, seq: numbers.seq });
    const signing = this.#sendMac.signLate(frame, this.#lateHmac);
    if (signing === undefined) this.#sendMac.sign(frame);
    if (signing === undefined && this.#unsent?.isEmpty !== false) this.#transport.send(frame);
    else (this.#unsent ??= new UnsentFrames((signed) => this.#transport.send(signed))).add(frame, signing);
  }

  /**
   * Gives frames on in their order: at once, or when a large one has been verified.
   * @param take told whether the tag is right when that is known already
   */
  arrived(frame: Uint8Array, take: (frame: Uint8Array, isRight?: boolean) => void): void {
    // Refused at once, whatever waits: such frames shall not gather here.
    if (frame.length > this.#maxFrameBytes) return take(frame);
    const verifying = this.#receiveMac.verifyLate(frame, this.#lateHmac);
    if (verifying === undefined && this.#receiving?.isWaiting !== true) return take(frame);
    (this.#receiving ??= new InOrder()).add(verifying, (isRight) => take(frame, isRight));
  }

  /** Runs a task once all frames that have come were given on. */
  afterArrived(task: () => void): void {
    if (this.#receiving?.isWaiting === true) this.#receiving.add(undefined, task);
    else task();
  }

  /** What `task` sends, its close too, goes in one write where the transport can do that. */
  together(task: () => void): void {
    sendTogether(this.#transport, task);
  }

  /**
   * Checks a frame in this order: length, tag, magic, version, type, seq.
   * @param taken the highest sequence number that the session has taken
   * @param isRight whether its tag is right, when that is known already
   * @throws ProtocolError: the channel must close then; the session is not harmed
   */
  receive(frame: Uint8Array, taken: number, isRight?: boolean): ReceivedFrame {
    if (frame.length > this.#maxFrameBytes) {
      throw new ProtocolError(`a frame of ${frame.length} bytes is above "maxFrameBytes" ${this.#maxFrameBytes}`, {
        code: "HW_FRAME_TOO_LARGE",
        closeCode: CloseCode.TOO_LARGE,
      });
    }
    if (frame.length < MIN_FRAME_BYTES) throw new ProtocolError(`a frame of ${frame.length} bytes is too short`);
    if (!(isRight ?? this.#receiveMac.verify(frame))) throw new ProtocolError("a frame's tag is wrong");
    const { type, ack, seq } = readHeader(frame);
    if (type !== FrameType.DATA) throw new ProtocolError(`a frame of type ${type} stands after the handshake`);
    const fits = this.#lastSeq === 0 ? seq >= 1 && seq <= taken + 1 : seq === this.#lastSeq + 1;
    if (!fits) throw new ProtocolError(`sequence number ${seq} is not the next one`);
    this.#lastSeq = seq;
    return { seq, ack, body: bodyOf(frame) };
  }

  /** Whether an ack goes on from the earlier ones of this channel; notes it. */
  isAckInOrder(ack: number): boolean {
    if (ack < this.#lastAck) return false;
    this.#lastAck = ack;
    return true;
  }

  /** Bytes that the peer has not let this side hand over. */
  get bufferedBytes(): number {
    return (this.#unsent?.bytes ?? 0) + this.#transport.bufferedBytes;
  }

  /** Closes after what was sent, at once: a page that is left gets no tag that comes later. */
  close(code: number): void {
    this.#unsent?.hurry((frame) => this.#sendMac.sign(frame));
    this.#transport.close(code);
  }

  destroy(): void {
    this.#transport.destroy();
  }
}
