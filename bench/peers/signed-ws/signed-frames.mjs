import {
  allocateFrame,
  bodyOf,
  FrameType,
  Mac,
  nodeHmac,
  readHeader,
  usePlatformHmac,
  writeHeader,
} from "../../signing.mjs";

/** As a session on Node has it. */
usePlatformHmac(nodeHmac);

/** One key for both directions: a measurement keeps no secret. */
const mac = new Mac(new Uint8Array(32).fill(7));
const HEADER_BYTES = 16;

/** Makes and takes the frames of one connection: numbered, signed, verified before they are read. */
export class SignedFrames {
  #sent = 0;
  #taken = 0;

  /** @param {Uint8Array} body */
  seal(body) {
    const frame = allocateFrame(body.length);
    this.#sent += 1;
    writeHeader(frame, { type: FrameType.DATA, ack: this.#taken, seq: this.#sent });
    frame.set(body, HEADER_BYTES);
    mac.sign(frame);
    return frame;
  }

  /** @param {Uint8Array} frame */
  open(frame) {
    if (!mac.verify(frame)) throw new Error("the tag is wrong");
    const { seq } = readHeader(frame);
    if (seq !== this.#taken + 1) throw new Error(`frame ${seq} came after frame ${this.#taken}`);
    this.#taken = seq;
    return bodyOf(frame);
  }
}
