import type { ErrorListener } from "./inbound-calls.js";
import type { MessageSink } from "./message-sink.js";
import type { CallMaker } from "./outbound-call.js";
import type { SessionOptions } from "./session-options.js";

/** What a conversation takes of its session's options. */
export type ConversationTerms = Pick<
  SessionOptions,
  | "handler"
  | "proxies"
  | "relays"
  | "serializer"
  | "limits"
  | "admission"
  | "limited"
  | "clock"
  | "peer"
  | "exposeStacks"
  | "traceReferences"
  | "defaultTimeoutMs"
  | "unsent"
  | "offersUnsentAtEnd"
  | "objectIdOf"
>;

/** What a conversation is made of. */
export interface ConversationOptions {
  /** As the session has them, lest each keeps a copy. */
  readonly terms: ConversationTerms;
  /** Where messages go. */
  readonly sink: MessageSink;
  /** The session, as proxies know it. */
  readonly maker: CallMaker;
  /** Takes what called code threw, which the peer is told. */
  readonly threw?: ErrorListener | undefined;
  /** Takes errors that nobody else is told. */
  readonly unobserved: ErrorListener;
  /** A call or stream is over. */
  readonly changed?: (() => void) | undefined;
}
