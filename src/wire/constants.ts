/** WebSocket subprotocol of this version of the wire. */
export const SUBPROTOCOL = "hearthwire.v1";

/** First two bytes of every frame: "HW". */
export const MAGIC = 0x4857;
export const VERSION = 1;

/** Frame types, byte 3 of the header. */
export const FrameType = { HELLO: 1, WELCOME: 2, CONFIRM: 3, DATA: 4 } as const;
export type FrameType = (typeof FrameType)[keyof typeof FrameType];

/** magic 2, version 1, type 1, ack 6, seq 6. */
export const HEADER_BYTES = 16;
/** HMAC-SHA-256, never truncated. */
export const TAG_BYTES = 32;
export const MIN_FRAME_BYTES = HEADER_BYTES + TAG_BYTES;
/** Sequence numbers and acks are u48. */
export const MAX_SEQ = 2 ** 48 - 1;

/** Bounds of the option `maxFrameBytes`: whole frames, header and tag included. */
export const MAX_FRAME_BYTES = { least: 16 * 1024, most: 16 * 1024 * 1024, default: 2 * 1024 * 1024 } as const;
export const MAX_HELLO_BYTES = 4096;
export const MAX_TICKET_BYTES = 2048;
export const MAX_AUDIENCE_BYTES = 512;

/** Close codes are unsigned hints; only signed messages decide anything. */
export const CloseCode = {
  DONE: 1000,
  TEXT: 1003,
  TOO_LARGE: 1009,
  PROTOCOL: 4400,
  UNAUTHENTICATED: 4401,
  REFUSED: 4403,
  LIVENESS: 4408,
  REPLACED: 4409,
  LIMITS: 4429,
  DRAINING: 4503,
} as const;

/** How a client proves itself. */
export const AuthMethod = { KEY: 1, TICKET: 2, TLS: 3 } as const;
export type AuthMethod = (typeof AuthMethod)[keyof typeof AuthMethod];

export const BindingType = { NONE: 0, TLS_EXPORTER: 1 } as const;
export type BindingType = (typeof BindingType)[keyof typeof BindingType];

export const SerializerId = { SUPERJSON: 1, JSON: 2, MESSAGEPACK: 3 } as const;

/** Budget of a DATA body's head, and of one joined from pieces. */
export const MAX_HEAD_BYTES = 4 * 1024 * 1024;
export const MAX_JOINED_BODY_BYTES = 16 * 1024 * 1024;
export const MAX_JOINED_TOTAL_BYTES = 32 * 1024 * 1024;
export const MAX_BODIES_IN_PIECES = 4;

/** Payload budgets: nodes per frame, nesting of containers, nesting of annotations. */
export const MAX_PAYLOAD_NODES = 100_000;
export const MAX_PAYLOAD_DEPTH = 64;
export const MAX_ANNOTATION_DEPTH = 32;

export const MAX_OBJECT_ID_LENGTH = 256;
export const INITIAL_CREDIT = 16;
export const MAX_CREDIT = 1024;
export const CREDIT_BYTES = 256 * 1024;
