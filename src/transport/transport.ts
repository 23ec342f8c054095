import type { PeerCertificate } from "./peer-certificate.js";

/** What this side can see of the TLS below a line. */
export interface TransportSecurity {
  /** 32 bytes that both ends of the TLS connection see alike and nobody between them: `EXPORTER-Channel-Binding` of RFC 9266. */
  readonly channelBinding?: Uint8Array | undefined;
  /** 32 bytes for handshakes that rest on certificates alone: `EXPORTER-hearthwire-1`. */
  readonly keyingMaterial?: Uint8Array | undefined;
  readonly peerCertificate?: PeerCertificate | undefined;
}

/** Why and how a transport ended. */
export interface TransportClose {
  /** WebSocket close code; 1006 when the line broke without one. */
  readonly code: number;
  readonly reason: string;
  /** What went wrong underneath, such as a refused connection or a bad certificate. */
  readonly error?: Error;
}

/** Who takes what a transport brings. The transport calls none of these before `start` and none after `closed`. */
export interface TransportReceiver {
  /** The line is open; called at once by transports that are born open, within `start`. */
  opened(): void;
  /** One whole frame. The receiver owns the bytes. */
  frame(bytes: Uint8Array): void;
  /** The line is gone; called exactly once, also after `close()`. */
  closed(close: TransportClose): void;
}

/**
 * A pipe of whole binary frames, in order, without duplicates while it is open: a WebSocket, a MessagePort, a pair in
 * memory. It knows nothing of what is inside. A text frame closes it with 1003.
 */
export interface Transport {
  /** Begins delivery; what came before is kept and delivered in order. Called once. */
  start(receiver: TransportReceiver): void;
  /**
   * Sends one whole frame. The bytes must not be changed afterwards. Silently dropped when the transport is closing or
   * closed: `closed` says so.
   */
  send(frame: Uint8Array): void;
  /** What `task` sends, its close too, goes in one write; gives what it gives. @default each frame is a write of its own */
  together?<T>(task: () => T): T;
  /** Closes in order, after what was sent; safe to call twice. A code outside 1000, 3000..4999 is sent as 1000. */
  close(code?: number, reason?: string): void;
  /** Tears the line down at once; what is queued is lost. */
  destroy(): void;
  /** Of a line over TLS that this side can look at, from `opened` on; browsers tell nothing of it. */
  readonly security?: TransportSecurity | undefined;
  /** Bytes handed over but not yet given to the operating system; 0 where that can't be known. */
  readonly bufferedBytes: number;
}
