import type { EncodedPayload } from "../serializers/payload.js";
import type { InboundCallRecord } from "./inbound-call.js";
import { IntroducingPayload } from "./introducing-payload.js";
import type { OutgoingMessage } from "./message-sink.js";
import { type Ports, sayError } from "./say-error.js";
import { withdraw } from "./spoken-message.js";

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
    const isIntroducing = payload instanceof IntroducingPayload;
    if (isIntroducing) payload.owner = call;
    const Message = isIntroducing ? IntroducingResult : ResultMessage;
    this.#ports.speech.send(new Message(this, call, payload));
  }

  /** Says that a call failed. @param isOurs hearthwire refuses, not the called code */
  sayError(call: InboundCallRecord, error: unknown, isOurs: boolean): void {
    const before = `["err",${call.id},`;
    sayError(this.#ports, { keys: keysOf(call), before, after: call.afterAnswer, error, isOurs });
  }
}

/** A result on its way: the most frequent message of a daemon, so that it costs no closure. */
class ResultMessage implements OutgoingMessage {
  readonly #answers: SpokenAnswers;
  readonly #call: InboundCallRecord;
  readonly before: string;
  readonly payload: EncodedPayload | undefined;
  readonly after: string;

  constructor(answers: SpokenAnswers, call: InboundCallRecord, payload: EncodedPayload | undefined) {
    this.#answers = answers;
    this.#call = call;
    this.before = payload === undefined ? `["ok",${call.id}` : `["ok",${call.id},`;
    this.payload = payload;
    this.after = payload === undefined ? "]" : call.afterAnswer;
  }

  /** Made for the few that look while a body goes in pieces. */
  get keys(): readonly string[] {
    return keysOf(this.#call);
  }

  failed(error: Error): void {
    withdraw(this);
    this.#answers.sayError(this.#call, error, true);
  }
}

/** One that introduces streams or references, which want to know when it has left. */
class IntroducingResult extends ResultMessage {
  sent(): void {
    (this.payload as IntroducingPayload).start();
  }
}

function keysOf({ id }: InboundCallRecord): readonly string[] {
  return [`a${id}`];
}
