import { ProtocolError } from "../errors/hearthwire-error.js";
import { ByteReader } from "./byte-reader.js";
import { ByteWriter } from "./byte-writer.js";
import { FrameType, HEADER_BYTES, MAX_FRAME_BYTES } from "./constants.js";
import { allocateFrame, bodyOf, readHeader, writeHeader } from "./frame.js";
import { isZero, NONCE_BYTES, SESSION_ID_BYTES } from "./hello.js";

/** Bounds of the heartbeat and of the window in which a session can be resumed, in ms. */
export const HEARTBEAT_MS = { least: 1_000, most: 300_000 } as const;
export const WINDOW_MS = { least: 0, most: 3_600_000 } as const;

const BODY_BYTES = NONCE_BYTES + SESSION_ID_BYTES + 1 + 4 + 1 + 4 + 4;

/** The server's answer to HELLO (protocol.md section 4). */
export interface Welcome {
  /** Highest seq of the client's taken by the session; 0 in a new one. */
  readonly ack: number;
  /** 32 fresh random bytes. */
  readonly nonce: Uint8Array;
  /** 16 bytes, never all zero. */
  readonly sessionId: Uint8Array;
  readonly serializerId: number;
  /** Whole frames that the server accepts, 16 KiB..16 MiB. */
  readonly maxFrameBytes: number;
  readonly isResumed: boolean;
  /** 1 s..5 min. */
  readonly heartbeatMs: number;
  /** 0..1 h. */
  readonly windowMs: number;
}

/**
 * A whole WELCOME frame without its tag, always 110 bytes.
 *
 * | size | field |
 * |---|---|
 * | 32 | server nonce |
 * | 16 | session id |
 * | 1 | serializer id |
 * | 4 | maxFrameBytes |
 * | 1 | resumed, 0 or 1 |
 * | 4 | heartbeat in ms |
 * | 4 | window in ms |
 */
export function encodeWelcome(welcome: Welcome): Uint8Array {
  const frame = allocateFrame(BODY_BYTES);
  writeHeader(frame, { type: FrameType.WELCOME, ack: welcome.ack, seq: 0 });
  new ByteWriter(frame, HEADER_BYTES)
    .bytes(welcome.nonce)
    .bytes(welcome.sessionId)
    .u8(welcome.serializerId)
    .u32(welcome.maxFrameBytes)
    .u8(welcome.isResumed ? 1 : 0)
    .u32(welcome.heartbeatMs)
    .u32(welcome.windowMs);
  return frame;
}

/**
 * Reads a WELCOME frame whose tag was verified. Byte fields are views of the frame.
 * @throws ProtocolError when a field is out of its bounds or bytes are left over.
 */
export function decodeWelcome(frame: Uint8Array): Welcome {
  const { type, ack } = readHeader(frame);
  if (type !== FrameType.WELCOME) throw new ProtocolError("HELLO must be answered by WELCOME");
  const reader = new ByteReader(bodyOf(frame), "WELCOME");
  const nonce = reader.bytes(NONCE_BYTES, "nonce");
  const sessionId = reader.bytes(SESSION_ID_BYTES, "session id");
  const serializerId = reader.u8("serializer id");
  const maxFrameBytes = reader.u32("maxFrameBytes");
  const resumed = reader.u8("resumed");
  const heartbeatMs = reader.u32("heartbeat");
  const windowMs = reader.u32("window");
  reader.end();
  if (isZero(sessionId)) throw new ProtocolError("WELCOME: a session id is never all zero");
  if (resumed > 1) throw new ProtocolError(`WELCOME: resumed must be 0 or 1, got ${resumed}`);
  checkWithin("maxFrameBytes", maxFrameBytes, MAX_FRAME_BYTES);
  checkWithin("heartbeat", heartbeatMs, HEARTBEAT_MS);
  checkWithin("window", windowMs, WINDOW_MS);
  return { ack, nonce, sessionId, serializerId, maxFrameBytes, isResumed: resumed === 1, heartbeatMs, windowMs };
}

function checkWithin(field: string, value: number, bounds: { readonly least: number; readonly most: number }): void {
  if (value < bounds.least || value > bounds.most) {
    throw new ProtocolError(`WELCOME: ${field} must be ${bounds.least}..${bounds.most}, got ${value}`);
  }
}
