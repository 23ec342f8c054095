import { CallError, ConnectionError, HearthwireError, ProtocolError } from "../errors/hearthwire-error.js";
import { type EncodedPayload, PayloadError } from "../serializers/payload.js";
import type { ErrorRecord, Message, Payload } from "../wire/message.js";
import type { Conversation, ReceivedBody } from "./conversation.js";
import { isRefusal } from "./refusal.js";
import type { SessionOptions } from "./session-options.js";

/** Bytes of bodies that may wait for a slow handshake hook. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

export interface WaitingMessage {
  readonly message: Message;
  readonly body: ReceivedBody;
}

export interface OpeningOptions {
  readonly session: Pick<SessionOptions, "role" | "openData" | "onOpen" | "peer">;
  readonly conversation: Conversation;
  /** Sends a message: `before`, its payload if there is one, the closing bracket. */
  readonly say: (before: string, payload?: EncodedPayload) => void;
  /** The session is open; `answer` is what the hook said, `waiting` what came meanwhile. */
  readonly opened: (answer: unknown, waiting: readonly WaitingMessage[]) => void;
  /** Server: the refusal was said. Client: it came, or `ready` could not be read. Nothing ran. */
  readonly refused: (error: Error) => void;
}

/**
 * The first words of a session: the client's `open`, the server's `ready` or `refused`. What else comes before the
 * server's hook has answered waits, and never ran if the hook refuses.
 */
export class Opening {
  readonly #options: OpeningOptions;
  #stage: "new" | "opening" | "done" = "new";
  #waiting: WaitingMessage[] = [];
  #waitingBytes = 0;

  constructor(options: OpeningOptions) {
    this.#options = options;
  }

  get isDone(): boolean {
    return this.#stage === "done";
  }

  /** Client: says `open`, which is the first message of seq 1. */
  begin(): void {
    const { conversation, say, session } = this.#options;
    const { openData } = session;
    if (openData === undefined) say('["open"');
    else say('["open",', conversation.encode(openData, "handshake"));
    this.#stage = "opening";
  }

  /** Takes a message while the session is not open yet. @throws ProtocolError when it may not stand there */
  take(message: Message, body: ReceivedBody): void {
    const isServer = this.#options.session.role === "server";
    if (isServer && this.#stage === "new" && message[0] === "open") this.#takeOpen(message[1], body);
    else if (isServer && this.#stage === "opening" && message[0] !== "open") this.#wait(message, body);
    else if (isServer || this.#stage !== "opening") throw misplaced(message);
    else if (message[0] === "ready") this.#takeReady(message[1], body);
    else if (message[0] === "refused") this.#takeRefused(message[1], body);
    else throw misplaced(message);
  }

  /** Forgets what waits. */
  end(): void {
    this.#stage = "done";
    this.#waiting = [];
  }

  #wait(message: Message, body: ReceivedBody): void {
    // Segments are views of the frame, so one message that waits holds all of it.
    if (this.#waiting.at(-1)?.body !== body) this.#waitingBytes += body.byteLength;
    if (this.#waitingBytes > MAX_WAITING_BYTES) {
      throw new ProtocolError(`more than ${MAX_WAITING_BYTES} bytes came before the handshake was answered`);
    }
    this.#waiting.push({ message, body });
  }

  #takeOpen(payload: Payload, body: ReceivedBody): void {
    const { conversation, session } = this.#options;
    this.#stage = "opening";
    let answer: unknown;
    try {
      answer = session.onOpen?.(payload === undefined ? undefined : conversation.decode(payload, body));
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (isPromiseLike(answer))
      answer.then(
        (answered) => this.#sayReady(answered),
        (error: unknown) => this.#refuse(error),
      );
    else this.#sayReady(answer);
  }

  #sayReady(answer: unknown): void {
    if (this.#stage === "done") return;
    const { conversation, say, opened } = this.#options;
    try {
      if (answer === undefined) say('["ready"');
      else say('["ready",', conversation.encode(answer, "handshake"));
    } catch (error) {
      this.#refuse(error);
      return;
    }
    const waiting = this.#waiting;
    this.end();
    conversation.opened();
    opened(answer, waiting);
  }

  #refuse(error: unknown): void {
    if (this.#stage === "done") return;
    const cause = error instanceof PayloadError ? badHandshakeData(error) : error;
    this.#options.say('["refused",', this.#options.conversation.encodeError(cause, isRefusal(cause)));
    this.end();
    this.#options.refused(
      error instanceof Error ? error : new Error("the handshake hook threw a value that is no error"),
    );
  }

  #takeReady(payload: Payload, body: ReceivedBody): void {
    let answer: unknown;
    try {
      answer = payload === undefined ? undefined : this.#options.conversation.decode(payload, body);
    } catch (error) {
      throw new ProtocolError("the answer to the handshake can't be read", { cause: error });
    }
    this.end();
    this.#options.opened(answer, []);
  }

  #takeRefused(record: ErrorRecord, body: ReceivedBody): void {
    const cause = this.#options.conversation.decodeError(record, body);
    const why = cause instanceof Error ? `: ${cause.message}` : "";
    this.end();
    this.#options.refused(
      new ConnectionError("HW_REFUSED", `${this.#options.session.peer ?? "the daemon"} refused the connection${why}`, {
        cause,
        // Of sessions there may be room again.
        retryable: cause instanceof HearthwireError && cause.code === "HW_LIMIT",
      }),
    );
  }
}

function misplaced([name]: Message): ProtocolError {
  return new ProtocolError(`"${name}" may not stand at this point of a session`);
}

function badHandshakeData(error: PayloadError): Error {
  return new CallError("HW_BAD_PAYLOAD", `"handshake" data were refused: ${error.message}`);
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && "then" in value && typeof value.then === "function";
}
