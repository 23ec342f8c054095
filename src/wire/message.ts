/**
 * The messages inside a DATA frame, as they stand in the head's JSON. Each is an array of exactly the listed elements;
 * optional ones stand only at the end and are left out, never null.
 */

/** What a serializer made of a value; any JSON value to the codec, its inside is the gate's business. */
export type Payload = unknown;

/** An object id, a reference exported by the receiver, or the result of an earlier call of the same body. */
export type Target = string | number | readonly [callId: number];

export interface CallOptionsRecord {
  /** Deadline in ms from arrival. */
  d?: number;
  /** Correlation id. */
  c?: string;
  /** W3C traceparent. */
  t?: string;
  /** Annotations, one hop. */
  a?: Readonly<Record<string, string>>;
  /** One-way: never answered. */
  w?: 1;
  /** Start after the previous call of this body has settled (1), and only if it succeeded (2). */
  o?: 1 | 2;
}
/** On `ok` and `err` only annotations stand. */
export type AnswerOptionsRecord = Pick<CallOptionsRecord, "a">;

export type MemberKind = "method" | "stream" | "oneway" | "get" | "get set";
/** The third element stands for what may be called again when it is unknown whether it ran; never for an accessor. */
export type MemberShape = readonly [name: string, kind: MemberKind, isIdempotent?: 1];

/** What a `look` for details tells of a member beside its kind: only what is not the default. */
export interface MemberDetails {
  /** May be called again when it is unknown whether it ran. */
  readonly idempotent?: 1;
  /** One for each parameter that is checked. */
  readonly input?: readonly ParameterLeaf[];
}
/** The library that checks a parameter, and the JSON Schema of it as text; 1: there is one that is too large to tell. */
export type ParameterLeaf = readonly [vendor: string, schema?: string | 1];
export type DetailedMember = readonly [name: string, kind: MemberKind, details?: MemberDetails];
/** A member as `look` tells it, with details or without. */
export type ToldMember = MemberShape | DetailedMember;

/** An error on the wire, or a thrown value that is no error. */
export type ErrorRecord = ErrorObjectRecord | { readonly thrown: Payload };
export interface ErrorObjectRecord {
  readonly name: string;
  readonly message: string;
  readonly code?: string;
  /** On hearthwire's own refusals only. */
  readonly wire?: 1;
  readonly stack?: string;
  readonly cause?: ErrorRecord;
  readonly errors?: readonly ErrorRecord[];
  readonly data?: Payload;
}

export type ByeCode = "done" | "drain" | "protocol" | "overloaded" | "expired" | "revoked";

export type Message =
  | readonly ["open", Payload?]
  | readonly ["ready", Payload?]
  | readonly ["refused", ErrorRecord]
  | readonly ["call", number, Target, string, Payload, CallOptionsRecord?]
  | readonly ["get", number, Target, string, CallOptionsRecord?]
  | readonly ["set", number, Target, string, Payload, CallOptionsRecord?]
  | readonly ["look", number, Target, 1?]
  | readonly ["ok", number, Payload?, AnswerOptionsRecord?]
  | readonly ["err", number, ErrorRecord, AnswerOptionsRecord?]
  | readonly ["cancel", number]
  | readonly ["item", number, Payload]
  | readonly ["credit", number, number]
  | readonly ["end", number, Payload?]
  | readonly ["fail", number, ErrorRecord]
  | readonly ["stop", number, ErrorRecord?]
  | readonly ["release", number, number]
  | readonly ["piece", number, 0 | 1 | 2]
  | readonly ["ping", number]
  | readonly ["pong", number]
  | readonly ["drain", number]
  | readonly ["bye", ByeCode, string, number];

/** Messages by name: `MessageOf<"call">`. */
export type MessageOf<Name extends Message[0]> = Extract<Message, readonly [Name, ...unknown[]]>;

/** A decoded DATA body: shapes checked, payloads untouched. Segments are views of the frame. */
export interface Body {
  readonly messages: readonly Message[];
  readonly segments: readonly Uint8Array[];
}

/** The annotation values that stand for what can't be JSON (protocol.md section 7). */
export type BytesLeaf = readonly [segment: number, ...BytesLeafFacts];
/** The class of the bytes; of a Blob and File also its type, of a File its name and `lastModified` in ms since 1970. */
export type BytesLeafFacts = readonly [kind: string, type?: string, name?: string, lastModified?: number];
export type ReferenceKind = "function" | "object" | "writable";
export type ShapeLeaf = readonly [shape: number] | readonly [shape: number, members: readonly MemberShape[]];
export type ReferenceLeaf =
  | readonly [0, number, ReferenceKind]
  | readonly [0, number, ReferenceKind, ShapeLeaf]
  | readonly [1, number]
  | readonly [2, number];
export type StreamKind = "iterable" | "readable" | "signal";
export type StreamLeaf = readonly [id: number, kind: StreamKind];
