import type { EncodedPayload } from "../serializers/payload.js";

/** The body that a message went into, or will go into. */
export interface SentBody {
  /** Sequence number of its frame (in pieces: of the last piece's); undefined until it was numbered. */
  readonly seq: number | undefined;
}

/** One message to be sent: its JSON text is `before`, then the payload's text, then `after`. */
export interface OutgoingMessage {
  /**
   * What orders it against a body that travels in pieces: `t` + target for calls, `c` + id for own call ids (`cancel`),
   * `a` + id for answers, `s` + id for streams of this side, `p` + id for the peer's. Messages that share a key keep
   * their order always; others may pass a body in pieces.
   */
  readonly keys: readonly string[];
  readonly before: string;
  readonly payload?: EncodedPayload | undefined;
  readonly after: string;
  /** It is good only in this body (pipelining, batches). */
  readonly sameBodyAs?: SentBody | undefined;
  /** Stream items: flushed at 16 KiB instead of 8. */
  readonly isItem?: boolean | undefined;
  /** Told when its frame (in pieces: the last) was handed over and has a number. */
  sent?(): void;
  /** Told when it was accepted, had to wait behind a body in pieces, and could not be put into a body after all. */
  failed?(error: Error): void;
}

/** Where messages of a session go: the body being built. */
export interface MessageSink {
  /**
   * Puts a message at the end of the current body, at once: its payload is finished, ids and shapes are given out.
   * Returns undefined, having done nothing, only when it had to join `sameBodyAs` and can't any more.
   * @throws LimitError when the message alone is above what can be sent in pieces (16 MiB): nothing was sent.
   */
  send(message: OutgoingMessage): SentBody | undefined;
  /** The body that the next small message will join. */
  readonly currentBody: SentBody;
  /** 4 MiB are unacknowledged: stream items and new calls wait until `relieved`; answers and upkeep go on. */
  readonly isCongested: boolean;
  /** So much is under way that bulk waits: stream items and pieces. */
  readonly isBusy: boolean;
}
