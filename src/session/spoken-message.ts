import type { EncodedPayload } from "../serializers/payload.js";
import { IntroducingPayload } from "./introducing-payload.js";
import type { MessageSink, OutgoingMessage, SentBody } from "./message-sink.js";

/** What a message says, and what orders it against bodies in pieces. */
export interface Wording {
  readonly keys: readonly string[];
  readonly before: string;
  readonly payload?: EncodedPayload | undefined;
  /** @default "]" */
  readonly after?: string | undefined;
  readonly isItem?: boolean | undefined;
  /** Told when it had to wait behind a body in pieces and then could not be sent after all. */
  readonly unsendable?: ((error: Error) => void) | undefined;
}

/** A message other than a call. */
export class SpokenMessage implements OutgoingMessage {
  readonly keys: readonly string[];
  readonly before: string;
  readonly payload: EncodedPayload | undefined;
  readonly after: string;
  readonly isItem: boolean;
  readonly #unsendable: ((error: Error) => void) | undefined;

  constructor({ keys, before, payload, after = "]", isItem = false, unsendable }: Wording) {
    this.keys = keys;
    this.before = before;
    this.payload = payload;
    this.after = after;
    this.isItem = isItem;
    this.#unsendable = unsendable;
  }

  failed(error: Error): void {
    withdraw(this);
    this.#unsendable?.(error);
  }
}

/** One whose payload introduces streams or references, which wants to know when it has left. */
class IntroducingMessage extends SpokenMessage {
  sent(): void {
    if (this.payload instanceof IntroducingPayload) this.payload.start();
  }
}

/** The sink of a session until it ends: what is said later goes nowhere. */
export class Speech implements MessageSink {
  readonly #sink: MessageSink;
  #isOver = false;

  constructor(sink: MessageSink) {
    this.#sink = sink;
  }

  get currentBody(): SentBody {
    return this.#sink.currentBody;
  }

  get isBusy(): boolean {
    return this.#sink.isBusy;
  }

  get isCongested(): boolean {
    return this.#sink.isCongested;
  }

  /** @throws LimitError when the message is too large; what its payload introduced is undone then */
  send(message: OutgoingMessage): SentBody | undefined {
    if (this.#isOver) return NOWHERE;
    let body: SentBody | undefined;
    try {
      body = this.#sink.send(message);
    } catch (error) {
      withdraw(message);
      throw error;
    }
    if (message.payload instanceof IntroducingPayload) message.payload.prime();
    return body;
  }

  /** @throws LimitError when the message is too large */
  say(wording: Wording): void {
    const isIntroducing = wording.payload instanceof IntroducingPayload;
    this.send(isIntroducing ? new IntroducingMessage(wording) : new SpokenMessage(wording));
  }

  /** Nothing more is said. */
  end(): void {
    this.#isOver = true;
  }
}

const NOWHERE: SentBody = Object.freeze({ seq: undefined });

/** Undoes what the payload of a message introduced that will not be sent. */
export function withdraw(message: OutgoingMessage): void {
  if (message.payload instanceof IntroducingPayload) message.payload.withdraw();
}
