import type { EncodedPayload } from "../serializers/payload.js";
import type { InboundCallRecord } from "./inbound-call.js";
import { IntroducingPayload } from "./introducing-payload.js";
import { type Ports, sayError } from "./say-error.js";

/** Words the answers to the peer's calls. */
export class SpokenAnswers {
  readonly #ports: Ports;

  constructor({ codec, speech }: Ports) {
    this.#ports = { codec, speech };
  }

  /**
   * Takes the result of a call; undefined when its answer needs no payload.
   * @throws CannotSendError, LimitError
   */
  encode(call: InboundCallRecord, value: unknown): EncodedPayload | undefined {
    const result = call.kind === "set" ? undefined : value;
    if (result === undefined && call.afterAnswer === "]") return undefined;
    return this.#ports.codec.encode(result, "result");
  }

  /** Says that a call succeeded. @throws LimitError when the payload is too large */
  sayResult(call: InboundCallRecord, payload: EncodedPayload | undefined): void {
    const { speech } = this.#ports;
    const keys = keysOf(call);
    if (payload === undefined) {
      speech.say({ keys, before: `["ok",${call.id}` });
      return;
    }
    if (payload instanceof IntroducingPayload) payload.owner = call;
    const unsendable = (error: Error): void => this.sayError(call, error, true);
    speech.say({ keys, before: `["ok",${call.id},`, payload, after: call.afterAnswer, unsendable });
  }

  /** Says that a call failed. @param isOurs hearthwire refuses, not the called code */
  sayError(call: InboundCallRecord, error: unknown, isOurs: boolean): void {
    const before = `["err",${call.id},`;
    sayError(this.#ports, { keys: keysOf(call), before, after: call.afterAnswer, error, isOurs });
  }
}

function keysOf({ id }: InboundCallRecord): readonly string[] {
  return [`a${id}`];
}
