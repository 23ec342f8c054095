import type { Annotations } from "../session/call-handler.js";
import type { CallSettings } from "../session/outbound-call.js";

/** How the calls of one view of a proxy are made; what is left out stays as the proxy has it. */
export interface CallOptions {
  /** Deadline in ms, 0 = none. @default the connection's `timeoutMs` */
  timeoutMs?: number | undefined;
  /** Cancels the calls; they reject with `signal.reason`. */
  signal?: AbortSignal | undefined;
  /** At most 16 texts, 4 KiB in all, for this hop only. */
  annotations?: Annotations | undefined;
  /** At most 128 characters. */
  correlationId?: string | undefined;
  /** W3C trace context, at most 64 characters. */
  traceparent?: string | undefined;
  /** Sees the answer's annotations, and the id that the call was sent with: a fresh one unless `correlationId` is set. */
  onAnswer?: ((answer: { readonly annotations: Annotations; readonly correlationId: string }) => void) | undefined;
}

/** What a view of a proxy adds to each call. */
export interface ViewSettings extends CallSettings {
  readonly onAnswer?: CallOptions["onAnswer"] | undefined;
  /** The calls are passed on for another client. */
  readonly isRelayed?: boolean | undefined;
}
