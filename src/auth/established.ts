import type { Mac } from "./mac.js";

/** What a finished handshake gives a channel and its session. */
export interface Established {
  /** 16 bytes. */
  readonly sessionId: Uint8Array;
  readonly isResumed: boolean;
  readonly serializerId: number;
  /** Whole frames that the peer accepts. */
  readonly peerMaxFrameBytes: number;
  readonly heartbeatMs: number;
  /** How long the server keeps the session after its last channel closed. */
  readonly windowMs: number;
  /** Highest seq of ours that the peer has taken. On the server it is 0 until CONFIRM brings it. */
  readonly peerAck: number;
  readonly sendMac: Mac;
  readonly receiveMac: Mac;
  /** Of the handshake that created the session, for its whole life. */
  readonly resumeKey: Uint8Array;
}
