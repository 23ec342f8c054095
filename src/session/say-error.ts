import { LimitError } from "../errors/hearthwire-error.js";
import type { PayloadCodec } from "./payload-codec.js";
import type { Speech, Wording } from "./spoken-message.js";

/** What everything that speaks in a conversation is given. */
export interface Ports {
  readonly codec: PayloadCodec;
  readonly speech: Speech;
}

export interface ErrorWording extends Pick<Wording, "keys" | "before" | "after"> {
  /** Any thrown value. */
  readonly error: unknown;
  /** It is hearthwire's own refusal. */
  readonly isOurs: boolean;
}

/** Says an error; when it is too large to be sent, or a stream in it can't be opened, says that instead. */
export function sayError({ codec, speech }: Ports, { error, isOurs, ...wording }: ErrorWording): void {
  try {
    speech.say({ ...wording, payload: codec.encodeError(error, isOurs) });
  } catch (unsendable) {
    const isLimit = unsendable instanceof LimitError;
    const standIn = isLimit ? unsendable : new Error("what was thrown can't be sent: a stream in it can't be opened");
    speech.say({ ...wording, payload: codec.encodeError(standIn, isLimit) });
  }
}
