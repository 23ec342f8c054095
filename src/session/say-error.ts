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

/** Says an error; when it is too large to be sent, says that instead. */
export function sayError({ codec, speech }: Ports, { error, isOurs, ...wording }: ErrorWording): void {
  try {
    speech.say({ ...wording, payload: codec.encodeError(error, isOurs) });
  } catch (unsendable) {
    if (!(unsendable instanceof LimitError)) throw unsendable;
    speech.say({ ...wording, payload: codec.encodeError(unsendable, true) });
  }
}
