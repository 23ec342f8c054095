import { ProtocolError } from "../errors/hearthwire-error.js";
import { decodeBody } from "../wire/body.js";
import { MAX_PAYLOAD_NODES } from "../wire/constants.js";
import type { Body, ByeCode, Message } from "../wire/message.js";
import type { Conversation, ReceivedBody } from "./conversation.js";
import { IncomingPieces } from "./incoming-pieces.js";
import type { Opening, WaitingMessage } from "./opening.js";

export interface ReceptionOptions {
  readonly role: "client" | "server";
  readonly opening: Opening;
  readonly conversation: Conversation;
  /** The session is over, or its peer may not make it answer more. */
  readonly isFull: () => boolean;
  readonly ping: (count: number) => void;
  readonly pong: (count: number) => void;
  readonly drain: (graceMs: number) => void;
  readonly bye: (code: ByeCode, takenSeq: number) => void;
  /**
   * The body broke the protocol: kept, it would be a poison frame for ever. Or this side has a fault, which no frame may
   * end the process by; then `isFault` is set.
   */
  readonly broken: (error: ProtocolError, isFault: boolean) => void;
}

/** Takes the bodies of frames apart and hands each message to whom it is for. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #pieces = new IncomingPieces();
  #isFirstFrame = true;

  constructor(options: ReceptionOptions) {
    this.#options = options;
  }

  /** No body is there in part. */
  get isWhole(): boolean {
    return this.#pieces.isEmpty;
  }

  /** Takes one frame's body, and the ack in its header; returns whether it wants an ack. */
  take(bytes: Uint8Array, ack: number): boolean {
    let wantsAck = false;
    try {
      const { messages, segments } = decodeBody(bytes);
      if (this.#isFirstFrame) this.#checkFirst(messages[0]?.[0]);
      wantsAck = messages.some(isNoUpkeep);
      this.#takeBody(messages, { segments, byteLength: bytes.length, ack, budget: { nodes: MAX_PAYLOAD_NODES } });
    } catch (error) {
      this.#broken(error);
    }
    return wantsAck;
  }

  /** Takes what had to wait until the session was open. */
  takeWaiting(waiting: readonly WaitingMessage[]): void {
    try {
      for (const { message, body } of waiting) {
        if (this.#options.isFull()) return;
        this.#takeMessage(message, body);
      }
    } catch (error) {
      this.#broken(error);
    }
  }

  /** Forgets unfinished pieces. */
  end(): void {
    this.#pieces.clear();
  }

  /** Seq 1 begins with the client's `open`, or the server's answer to it, whole: no piece and no bare acknowledgement. */
  #checkFirst(name: Message[0] | undefined): void {
    this.#isFirstFrame = false;
    const isRight =
      this.#options.role === "server" ? name === "open" : name === "ready" || name === "refused" || name === "bye";
    if (!isRight) throw new ProtocolError("the first frame of a session doesn't begin with its opening");
  }

  #broken(error: unknown): void {
    if (error instanceof ProtocolError) this.#options.broken(error, false);
    else this.#options.broken(new ProtocolError("a frame could not be taken", { cause: error }), true);
  }

  #takeBody(messages: Body["messages"], received: ReceivedBody): void {
    for (const message of messages) {
      this.#takeMessage(message, received);
      // Not later: the answers of one frame could be gigabytes.
      if (this.#options.isFull()) return;
    }
  }

  #takeMessage(message: Message, body: ReceivedBody): void {
    const { opening, conversation, ping, drain, bye } = this.#options;
    switch (message[0]) {
      case "bye":
        // What was never sent goes to the next session.
        if (message[1] === "drain") conversation.drained();
        return bye(message[1], message[3]);
      case "ping":
        return ping(message[1]);
      case "pong":
        return this.#options.pong(message[1]);
      case "drain":
        return drain(message[1]);
      case "piece": {
        const piece = { id: message[1], last: message[2], bytes: body.segments[0]!, ack: body.ack };
        const joined = this.#pieces.take(piece);
        if (joined === undefined) return;
        const { messages, segments } = joined.body;
        return this.#takeBody(messages, {
          segments,
          byteLength: joined.byteLength,
          ack: joined.ack,
          budget: { nodes: MAX_PAYLOAD_NODES },
        });
      }
      case "open":
      case "ready":
      case "refused":
        return opening.take(message, body);
      default:
        if (opening.isDone) conversation.receive(message, body);
        else opening.take(message, body);
    }
  }
}

function isNoUpkeep([name]: Message): boolean {
  return name !== "ping" && name !== "pong";
}
