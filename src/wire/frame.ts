import { ProtocolError } from "../errors/hearthwire-error.js";
import { FrameType, HEADER_BYTES, MAGIC, MAX_SEQ, MIN_FRAME_BYTES, TAG_BYTES, VERSION } from "./constants.js";

/** What stands before the body of every frame (protocol.md section 2). */
export interface FrameHeader {
  readonly type: FrameType;
  /** Highest seq of the other direction taken by the session, 0..2^48-1; 0 in HELLO. */
  readonly ack: number;
  /** 0 in HELLO, WELCOME and CONFIRM; DATA counts from 1 per direction and session, up to 2^48-1. */
  readonly seq: number;
}

/** A zeroed frame with room for the header, `bodyBytes` and the tag. The caller owns it. */
export function allocateFrame(bodyBytes: number): Uint8Array {
  return new Uint8Array(HEADER_BYTES + bodyBytes + TAG_BYTES);
}

/**
 * Fills in the first 16 bytes.
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 2 | magic `48 57` |
 * | 2 | 1 | version `01` |
 * | 3 | 1 | type |
 * | 4 | 6 | ack |
 * | 10 | 6 | seq |
 *
 * @throws RangeError when ack or seq is no integer 0..2^48-1: a number that wrapped round would be signed and believed.
 */
export function writeHeader(frame: Uint8Array, header: FrameHeader): void {
  frame[0] = MAGIC >>> 8;
  frame[1] = MAGIC & 0xff;
  frame[2] = VERSION;
  frame[3] = header.type;
  writeU48(frame, 4, header.ack);
  writeU48(frame, 10, header.seq);
}

/**
 * Reads the header of a frame whose tag was verified; of HELLO it is read before (protocol.md section 2).
 * @throws ProtocolError on a length below 48, another magic or version, an unknown type, or a seq or ack that the type
 * forbids.
 */
export function readHeader(frame: Uint8Array): FrameHeader {
  if (frame.length < MIN_FRAME_BYTES) {
    throw new ProtocolError(`a frame has at least ${MIN_FRAME_BYTES} bytes, got ${frame.length}`);
  }
  if (frame[0] !== MAGIC >>> 8 || frame[1] !== (MAGIC & 0xff)) {
    throw new ProtocolError("a frame starts with the bytes 48 57");
  }
  if (frame[2] !== VERSION) throw new ProtocolError(`this side speaks version ${VERSION} of the wire, got ${frame[2]}`);
  const type = frame[3]!;
  if (!isFrameType(type)) throw new ProtocolError(`a frame's type is 1, 2, 3 or 4, got ${type}`);
  const ack = readU48(frame, 4);
  const seq = readU48(frame, 10);
  if (type === FrameType.DATA ? seq === 0 : seq !== 0) {
    throw new ProtocolError(`the seq of a frame of type ${type} can't be ${seq}: only DATA is numbered, from 1`);
  }
  if (type === FrameType.HELLO && ack !== 0) throw new ProtocolError(`the ack of HELLO must be 0, got ${ack}`);
  return { type, ack, seq };
}

/** The bytes between header and tag, as a view. */
export function bodyOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(HEADER_BYTES, frame.length - TAG_BYTES);
}

function isFrameType(type: number): type is FrameType {
  return type >= FrameType.HELLO && type <= FrameType.DATA;
}

/** Two halves: shifts cut at 32 bits, a DataView has no u48. */
function readU48(bytes: Uint8Array, at: number): number {
  const high = (bytes[at]! << 8) | bytes[at + 1]!;
  const low = (bytes[at + 2]! << 24) | (bytes[at + 3]! << 16) | (bytes[at + 4]! << 8) | bytes[at + 5]!;
  return high * 0x1_0000_0000 + (low >>> 0);
}

function writeU48(bytes: Uint8Array, at: number, value: number): void {
  if (!Number.isInteger(value) || value < 0 || value > MAX_SEQ) {
    throw new RangeError(`ack and seq are integers 0..2^48-1, got ${value}`);
  }
  const high = Math.floor(value / 0x1_0000_0000);
  bytes[at] = high >>> 8;
  bytes[at + 1] = high;
  bytes[at + 2] = value >>> 24;
  bytes[at + 3] = value >>> 16;
  bytes[at + 4] = value >>> 8;
  bytes[at + 5] = value;
}
