import type { AnswerOptionsRecord, ErrorRecord, Payload } from "../wire/message.js";
import type { ArrivedBody } from "./arrived-body.js";

/** The answer to a call that succeeded. */
export interface ResultAnswer {
  readonly name: "ok";
  readonly payload: Payload;
  readonly options: AnswerOptionsRecord | undefined;
  readonly body: ArrivedBody;
}

/** The answer to a call that failed. */
export interface ErrorAnswer {
  readonly name: "err";
  readonly record: ErrorRecord;
  readonly options: AnswerOptionsRecord | undefined;
  readonly body: ArrivedBody;
}
