import type { PayloadSerializer } from "../serializers/payload.js";
import type { AdmissionOptions } from "./call-admission.js";
import type { CallHandler } from "./call-handler.js";
import type { Clock } from "./clock.js";
import type { ErrorListener } from "./inbound-calls.js";
import type { SessionLimits } from "./limits.js";
import type { MessageSink } from "./message-sink.js";
import type { CallMaker, ProxyFactory } from "./outbound-call.js";
import type { UnsentListener } from "./unsent-calls.js";

/** What a conversation is made of. */
export interface ConversationOptions extends AdmissionOptions {
  /** Runs what the peer calls. */
  readonly handler: CallHandler;
  readonly proxies: ProxyFactory;
  /** Whether the peer may be given references of another session. */
  readonly relays?: ((session: CallMaker) => boolean) | undefined;
  readonly serializer: PayloadSerializer;
  readonly limits: SessionLimits;
  readonly clock: Clock;
  /** Where messages go. */
  readonly sink: MessageSink;
  /** The session, as proxies know it. */
  readonly maker: CallMaker;
  /** URL or address of the peer, for errors. */
  readonly peer: string | undefined;
  readonly exposeStacks: boolean;
  /** Keeps with each reference where it came from. @default false */
  readonly traceReferences?: boolean | undefined;
  /** Deadline of calls that set none, in ms; 0 = none. */
  readonly defaultTimeoutMs: number;
  /** Takes what called code threw, which the peer is told. */
  readonly threw?: ErrorListener | undefined;
  /** Takes errors that nobody else is told. */
  readonly unobserved: ErrorListener;
  /** Takes back calls of this side that the peer won't take. */
  readonly unsent?: UnsentListener | undefined;
  /** A call or stream is over. */
  readonly changed?: (() => void) | undefined;
}
