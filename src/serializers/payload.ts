import type { BytesLeaf, ErrorRecord, Payload, ReferenceLeaf, StreamLeaf } from "../wire/message.js";

/**
 * The contract between a session and the serializers. A value is taken when a call is made (bytes are copied, plain
 * data becomes text), but what belongs to one body (segment indexes, reference and stream ids, shape numbers) is given
 * out only when the message is put into that body: `encode` is the first step, `EncodedPayload.finish` the second.
 */
export interface PayloadSerializer {
  /** 1 superjson, 2 json, 3 MessagePack, 128..255 private. */
  readonly id: number;
  /**
   * Takes a value. Allocates nothing of the session.
   * @param root where the value stands, for paths in errors: `args`, `result`, `item`.
   * @throws CannotSendError naming the path, when something in the value can't cross.
   */
  encode(value: unknown, values: OutgoingValues, root: string): EncodedPayload;
  /** Takes an error (or any thrown value) as an error record. Never throws: what can't cross is left out. */
  encodeError(error: unknown, values: OutgoingValues, options: ErrorEncodingOptions): EncodedPayload;
  /**
   * Revives a value of the peer behind the gate.
   * @throws PayloadError when the gate refuses; nothing but counted references has happened then.
   */
  decode(payload: Payload, incoming: IncomingBody): unknown;
  /** Revives an error record; never throws: data that the gate refuses is dropped. */
  decodeError(record: ErrorRecord, incoming: IncomingBody, facts: RemoteFacts): unknown;
  /**
   * Ids of earlier calls of the same body whose results stand in this payload (`[2, id]`); cheap when there are none.
   * Asked before `decode`, of payloads that no gate has seen yet. Never throws, and takes no segment.
   */
  dependencies(payload: Payload, incoming: IncomingBody): readonly number[];
}

export interface ErrorEncodingOptions {
  /** Sends `stack`. */
  readonly exposeStacks: boolean;
  /**
   * The error is our own refusal of this very call: it goes out with `wire: 1`, and the peer trusts its code. Only the
   * caller knows that; a HearthwireError which user code let escape from another connection is foreign.
   * @default false
   */
  readonly isRefusal?: boolean | undefined;
}

/** What the caller knows of a failed call, for the error that is revived. */
export interface RemoteFacts {
  readonly object?: string | undefined;
  readonly member?: string | undefined;
  readonly peer?: string | undefined;
  readonly elapsedMs?: number | undefined;
  /** The call may be made again when nobody knows whether it ran. */
  readonly isIdempotent?: boolean | undefined;
}

/** A value ready to be put into a body. */
export interface EncodedPayload {
  /** Nodes, counted as the gate counts them. */
  readonly nodes: number;
  /** Upper bound of the UTF-8 bytes of the text. */
  readonly textBound: number;
  /** Bytes of all segments. */
  readonly segmentBytes: number;
  /** Whether it holds references or streams, which get numbers in `finish`. */
  readonly hasReferences: boolean;
  /** Blobs whose bytes must be read before `finish`; undefined when it holds none, as nearly all payloads do. */
  readonly blobs: BlobReading | undefined;
  /** Puts the value into a body and gives its JSON text; called at most once. */
  finish(body: OutgoingBody): string;
}

/** The reading of a payload's Blobs, which takes time. */
export interface BlobReading {
  readonly isReading: boolean;
  readonly areRead: boolean;
  /** Reads all of them, once. @throws CannotSendError naming the path of one that can't be read */
  read(): Promise<void>;
}

/** Tells a serializer which values travel by reference, without giving out numbers. */
export interface OutgoingValues {
  /**
   * How a value that is not plain data travels: `reference` for functions, exposed objects, proxies, WritableStreams
   * and the pending results of calls, `stream` for generators, AsyncIterables, ReadableStreams and AbortSignals,
   * undefined for everything else. A string is a sentence that says why it can't be sent, such as a proxy of another
   * connection or one that was released.
   */
  travels(value: object): "reference" | "stream" | { readonly refused: string } | undefined;
}

/** The body that a message is being put into. */
export interface OutgoingBody {
  /** Adds bytes, which are not copied, and returns their index. */
  segment(bytes: Uint8Array): number;
  /** Numbers a value for which `travels` said `reference`. */
  reference(value: object): ReferenceLeaf;
  /** Numbers a value for which `travels` said `stream`. */
  stream(value: object): StreamLeaf;
}

/** The body that a payload came in. Each method throws `PayloadError` when the leaf is wrong. */
export interface IncomingBody {
  /** Nodes that the frame may still hold; the serializer counts down. */
  readonly budget: NodeBudget;
  /** The bytes of a segment, once: a second time is refused. A view of the frame; copy what must be aligned. */
  segment(index: number): Uint8Array;
  /** The bytes of a segment that was not taken yet, without taking it; undefined when there is none. */
  peek(index: unknown): Uint8Array | undefined;
  reference(leaf: ReferenceLeaf): unknown;
  stream(leaf: StreamLeaf): unknown;
}

export interface NodeBudget {
  nodes: number;
}

export type { BytesLeaf, ErrorRecord, Payload, ReferenceLeaf, StreamLeaf };

/** The gate refused a payload: the sentence names the rule, never the content. */
export class PayloadError extends Error {
  override readonly name = "PayloadError";
}
