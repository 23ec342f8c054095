import { ProtocolError } from "../errors/hearthwire-error.js";
import { FrameType, MIN_FRAME_BYTES } from "./constants.js";
import { allocateFrame, readHeader, writeHeader } from "./frame.js";

/**
 * A whole CONFIRM frame without its tag: an empty body, and in the header what the client's session has taken.
 * @param ack highest seq of the server's taken by the session; 0 in a new one.
 */
export function encodeConfirm(ack: number): Uint8Array {
  const frame = allocateFrame(0);
  writeHeader(frame, { type: FrameType.CONFIRM, ack, seq: 0 });
  return frame;
}

/**
 * The ack of a CONFIRM frame whose tag was verified.
 * @throws ProtocolError on another type or a body.
 */
export function decodeConfirm(frame: Uint8Array): number {
  const { type, ack } = readHeader(frame);
  if (type !== FrameType.CONFIRM) throw new ProtocolError("WELCOME must be followed by CONFIRM");
  if (frame.length !== MIN_FRAME_BYTES) {
    throw new ProtocolError(`CONFIRM: has no body, got ${frame.length - MIN_FRAME_BYTES} bytes`);
  }
  return ack;
}
