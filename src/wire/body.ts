import { ProtocolError } from "../errors/hearthwire-error.js";
import { ByteReader } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import { HEADER_BYTES, MAX_HEAD_BYTES, MAX_JOINED_BODY_BYTES } from "./constants.js";
import { allocateFrame } from "./frame.js";
import { isJsonDeeper } from "./json-depth.js";
import { checkMessages } from "./message-shape.js";
import type { Body } from "./message.js";
import { parseJson } from "./parse-json.js";
import { decodeUtf8, encodeUtf8, encodeUtf8Into } from "./utf8.js";

/** Heads above this are scanned for depth before they are parsed; smaller ones can't nest deep enough to hurt. */
const DEPTH_SCAN_BYTES = 64 * 1024;
const MAX_HEAD_DEPTH = 256;

/**
 * A DATA frame whose body is filled in; header and tag are still zero.
 *
 * | size | field |
 * |---|---|
 * | 4 | length of the head |
 * | n | head: UTF-8 JSON, an array of messages |
 * | 2 | segment count |
 * | 4 each | length of each segment |
 * | n | the segments |
 *
 * @param head JSON text of the array of messages; `[]` is an acknowledgement.
 * @param segments copied into the frame, at most 65 535.
 */
export function frameBody(head: string, segments: readonly Uint8Array[]): Uint8Array {
  let segmentBytes = 2 + 4 * segments.length;
  for (const segment of segments) segmentBytes += segment.length;
  // Most heads are ASCII, one byte a character: one allocation and no copy. What isn't is measured by encoding it.
  const frame = allocateFrame(4 + head.length + segmentBytes);
  if (encodeUtf8Into(head, headOf(frame, head.length)).read === head.length) {
    return fill(frame, head.length, segments);
  }
  const bytes = encodeUtf8(head);
  const longer = allocateFrame(4 + bytes.length + segmentBytes);
  headOf(longer, bytes.length).set(bytes);
  return fill(longer, bytes.length, segments);
}

/**
 * Reads the body of a DATA frame that was verified and is next in sequence: every length and the shape of every message
 * is checked, payloads are left to the serializer's gate. Segments are views of the body.
 * @throws ProtocolError on anything that breaks protocol.md section 6; the session then ends, or the frame would be
 * replayed for ever.
 */
export function decodeBody(body: Uint8Array): Body {
  const decoded = decode(body);
  checkMessages(decoded.messages, { segmentCount: decoded.segments.length, isJoined: false });
  return decoded as Body;
}

/**
 * Joins the segments of `piece` messages and reads them as one body.
 * @throws ProtocolError as {@link decodeBody}, above 16 MiB, and when it holds upkeep (`ping`, `pong`, `drain`, `bye`) or
 * another piece.
 */
export function joinPieces(pieces: readonly Uint8Array[]): Body {
  const size = pieces.reduce((sum, piece) => sum + piece.length, 0);
  if (size > MAX_JOINED_BODY_BYTES) {
    throw new ProtocolError(`a body in pieces has at most ${MAX_JOINED_BODY_BYTES} bytes, got ${size}`);
  }
  const joined = new Uint8Array(size);
  const writer = new ByteWriter(joined);
  for (const piece of pieces) writer.bytes(piece);
  const decoded = decode(joined);
  checkMessages(decoded.messages, { segmentCount: decoded.segments.length, isJoined: true });
  return decoded as Body;
}

function headOf(frame: Uint8Array, headBytes: number): Uint8Array {
  return frame.subarray(HEADER_BYTES + 4, HEADER_BYTES + 4 + headBytes);
}

/** Everything of the body but the head itself, which is in place. */
function fill(frame: Uint8Array, headBytes: number, segments: readonly Uint8Array[]): Uint8Array {
  new ByteWriter(frame, HEADER_BYTES).u32(headBytes);
  const writer = new ByteWriter(frame, HEADER_BYTES + 4 + headBytes).u16(segments.length);
  for (const segment of segments) writer.u32(segment.length);
  for (const segment of segments) writer.bytes(segment);
  return frame;
}

interface UncheckedBody {
  readonly messages: readonly unknown[];
  readonly segments: readonly Uint8Array[];
}

function decode(body: Uint8Array): UncheckedBody {
  const reader = new ByteReader(body, "DATA");
  const headBytes = reader.u32("head length");
  if (headBytes > MAX_HEAD_BYTES) {
    throw new ProtocolError(`DATA: the head has at most ${MAX_HEAD_BYTES} bytes, got ${headBytes}`);
  }
  const head = reader.bytes(headBytes, "head");
  const count = reader.u16("segment count");
  const segments = count === 0 ? [] : readSegments(reader, count);
  reader.end();
  return { messages: parseHead(head), segments };
}

function readSegments(reader: ByteReader, count: number): Uint8Array[] {
  const lengths: number[] = [];
  for (let index = 0; index < count; index++) lengths.push(reader.u32("segment length"));
  return lengths.map((length) => reader.bytes(length, "segment"));
}

function parseHead(head: Uint8Array): readonly unknown[] {
  if (head.length > DEPTH_SCAN_BYTES && isJsonDeeper(head, MAX_HEAD_DEPTH)) {
    throw new ProtocolError(`the head of a body nests deeper than ${MAX_HEAD_DEPTH}`);
  }
  const text = decodeUtf8(head, "DATA: the head");
  let messages: unknown;
  try {
    messages = parseJson(text);
  } catch (error) {
    if (error instanceof ProtocolError) throw error;
    // The parser's own message quotes the text, which is the peer's.
    throw new ProtocolError("DATA: the head must be JSON");
  }
  if (!Array.isArray(messages)) throw new ProtocolError("DATA: the head must be an array of messages");
  return messages;
}
