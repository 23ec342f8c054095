import type { CallOptionsRecord, Payload, Target } from "../wire/message.js";
import type { ArrivedBody } from "./arrived-body.js";
import type { InboundCallFacts } from "./inbound-call.js";

/** A call as its message says it. */
export interface ArrivedCall {
  readonly kind: InboundCallFacts["kind"];
  readonly id: number;
  readonly target: Target;
  readonly member: string;
  readonly payload: Payload;
  readonly options: CallOptionsRecord | undefined;
  readonly body: ArrivedBody;
}
