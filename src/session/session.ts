import type { Established } from "../auth/client-handshake.js";
import { ConnectionError, HearthwireError, ProtocolError } from "../errors/hearthwire-error.js";
import { Emitter } from "../observe/emitter.js";
import type { EncodedPayload } from "../serializers/payload.js";
import type { Transport, TransportReceiver } from "../transport/transport.js";
import { decodeBody, frameBody } from "../wire/body.js";
import { CloseCode, MAX_PAYLOAD_NODES } from "../wire/constants.js";
import type { Body, ByeCode, Message } from "../wire/message.js";
import { byeError, CLOSE_CODE_OF_BYE, lostError } from "./bye.js";
import { Conversation, type ReceivedBody } from "./conversation.js";
import { FrameFlow } from "./frame-flow.js";
import { IncomingPieces } from "./incoming-pieces.js";
import type { LiveReference } from "./live-reference.js";
import { Opening } from "./opening.js";
import type { CallMaker, OutboundCall } from "./outbound-call.js";
import { OVERLOADED_BYTES } from "./outbox.js";
import { Outgoing } from "./outgoing.js";
import type { SessionEvents, SessionOptions } from "./session-options.js";

/** A close reason is for people: short, and never a payload. */
const MAX_REASON_LENGTH = 120;

/**
 * Calls, streams and references between two peers, over signed frames in order. It takes a call handler and so never
 * knows objects; it is given transports and so never knows sockets. When it ends, everything pending settles.
 */
export class Session implements CallMaker {
  readonly #options: SessionOptions;
  readonly #events = new Emitter<SessionEvents>();
  readonly #flow: FrameFlow;
  readonly #outgoing: Outgoing;
  readonly #conversation: Conversation;
  readonly #pieces = new IncomingPieces();
  readonly #opening: Opening;
  #isFirstFrame = true;
  #isStarted = false;
  #isEnded = false;
  #pings = 0;
  #idle: (() => void) | undefined;
  #resolveReady!: (answer: unknown) => void;
  #rejectReady!: (error: Error) => void;
  #resolveEnded!: (error: Error | undefined) => void;

  /** The hook's answer once the session is open; rejects when it never will be. */
  readonly ready: Promise<unknown>;
  /** Resolves when the session is over, with the reason unless it was ended on purpose; never rejects. */
  readonly ended: Promise<Error | undefined>;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { role, clock, scheduleFlush, maxFrameBytes } = options;
    this.#flow = new FrameFlow({
      role,
      clock,
      maxFrameBytes,
      body: (bytes) => this.#takeFrame(bytes),
      scheduleFlush: () => this.#outgoing.schedule(),
      acknowledge: () => this.#acknowledge(),
      ping: () => this.#ping(),
      relieved: () => {
        this.#outgoing.relieved();
        this.#conversation.relieved();
      },
      heard: () => this.#events.emit("heard"),
      lost: (close, cause) => this.#finish(cause ?? lostError(close, options.peer), { code: close.code }),
      broken: (error) => this.end("protocol", error),
    });
    this.#outgoing = new Outgoing({
      scheduleFlush,
      transmit: (frame) => this.#flow.transmit(frame),
      flushed: () => {
        if (this.#flow.isAckUrgent) this.#acknowledge();
      },
      isCongested: () => this.#flow.isCongested,
      grew: () => {
        if (this.#isOverloaded) queueMicrotask(this.#endOverloaded);
      },
    });
    this.#conversation = new Conversation({
      ...options,
      exposeStacks: options.exposeStacks ?? false,
      peer: options.peer,
      sink: this.#outgoing,
      maker: this,
      threw: (error, where) => this.#events.emit("threw", error, where),
      unobserved: (error, where) => this.#events.emit("unobserved", error, where),
      changed: () => this.#idle?.(),
    });
    this.#outgoing.numbering = this.#conversation;
    this.#opening = new Opening({
      ...options,
      conversation: this.#conversation,
      say: (before, payload) => this.#say(before, payload),
      opened: (answer, waiting) => {
        this.#resolveReady(answer);
        this.#guard(() => waiting.forEach(({ message, body }) => this.#takeMessage(message, body)));
      },
      refused: (error) => this.#refused(error),
    });
    this.ready = new Promise((resolve, reject) => ([this.#resolveReady, this.#rejectReady] = [resolve, reject]));
    this.ready.catch(() => undefined);
    this.ended = new Promise((resolve) => (this.#resolveEnded = resolve));
  }

  get peer(): string | undefined {
    return this.#options.peer;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The highest frame of the peer that was taken: what a handshake that goes on with the session says. */
  get takenSeq(): number {
    return this.#flow.takenSeq;
  }

  get statistics(): Conversation["statistics"] {
    return this.#conversation.statistics;
  }

  /** The references that either side holds now. */
  references(): readonly LiveReference[] {
    return this.#conversation.references();
  }

  on<E extends keyof SessionEvents>(event: E, listener: (...args: SessionEvents[E]) => void): () => void {
    return this.#events.on(event, listener);
  }

  /**
   * Takes a transport whose handshake is done: client, WELCOME was verified and CONFIRM sent; server, CONFIRM was
   * verified. The transport's later frames and its end must be handed to what is returned. A second one takes the place
   * of the first: the session goes on over it, and frames stay as large as the first allowed.
   */
  attach(transport: Transport, established: Established): Pick<TransportReceiver, "frame" | "closed"> {
    const receiver = this.#flow.attach(transport, established);
    if (this.#isEnded) return receiver;
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#outgoing.start(established.peerMaxFrameBytes);
      if (this.#options.role === "client") this.#begin();
    } else if (this.#options.role === "client") {
      // Its answer tells that the server has taken CONFIRM, which it may have no other reason to say.
      this.#ping();
    }
    return receiver;
  }

  call(call: OutboundCall): void {
    this.#conversation.call(call);
  }

  /** Says `bye done` and closes; resolves when the transport is gone. */
  async close(): Promise<void> {
    this.#sayBye("done", "");
    this.#finish(undefined, { code: CloseCode.DONE });
    await this.#flow.gone;
  }

  /** Ends the session for a reason that the peer is told, and that everything pending here rejects with. */
  end(code: ByeCode, error: Error): void {
    this.#sayBye(code, error instanceof HearthwireError ? error.message : "");
    this.#finish(error, { code: CLOSE_CODE_OF_BYE[code] });
  }

  /** Tells the peer to make no new calls, waits until its running ones are done or the grace is over, and ends. */
  async drain(graceMs: number): Promise<void> {
    if (this.#opening.isDone && !this.#isEnded) {
      this.#say(`["drain",${Math.max(0, Math.round(graceMs))}`);
      await this.#untilIdle(graceMs);
    }
    this.end("drain", new ConnectionError("HW_CONNECTION_CLOSED", "the daemon is shutting down"));
    await this.#flow.gone;
  }

  #untilIdle(graceMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#options.clock.after(graceMs, resolve);
      const look = (): void => {
        const { callsRunning, streams } = this.#conversation.statistics;
        if (!this.#isEnded && callsRunning + streams > 0) return;
        timer.cancel();
        resolve();
      };
      this.#idle = look;
      look();
    });
  }

  #begin(): void {
    try {
      this.#opening.begin();
    } catch (error) {
      this.#finish(error as Error, { code: CloseCode.DONE });
      return;
    }
    this.#conversation.opened();
  }

  #say(before: string, payload?: EncodedPayload): void {
    this.#outgoing.send({ keys: [], before, payload, after: "]" });
  }

  #ping(): void {
    if (this.#opening.isDone) this.#say(`["ping",${++this.#pings}`);
  }

  /** An empty frame: its header carries the ack. The server's seq 1 is kept for its answer to `open`. */
  #acknowledge(): void {
    if (this.#opening.isDone && this.#flow.isAckOwing) this.#flow.transmit(frameBody("[]", []));
  }

  /** One frame's body; returns whether it wants an ack. */
  #takeFrame(bytes: Uint8Array): boolean {
    let wantsAck = false;
    this.#guard(() => {
      const body = decodeBody(bytes);
      if (this.#isFirstFrame) this.#checkFirst(body.messages[0]?.[0]);
      wantsAck = body.messages.some(([name]) => name !== "ping" && name !== "pong");
      this.#takeBody(body, bytes.length);
    });
    return wantsAck;
  }

  /** Seq 1 begins with the client's `open`, or the server's answer to it, whole: no piece and no bare acknowledgement. */
  #checkFirst(name: Message[0] | undefined): void {
    this.#isFirstFrame = false;
    const isRight =
      this.#options.role === "server" ? name === "open" : name === "ready" || name === "refused" || name === "bye";
    if (!isRight) throw new ProtocolError("the first frame of a session doesn't begin with its opening");
  }

  /**
   * A verified body that breaks the protocol ends the session: kept, it would be a poison frame for ever. So does one
   * that finds a fault here, since no frame may end the process.
   */
  #guard(take: () => void): void {
    try {
      take();
    } catch (error) {
      if (error instanceof ProtocolError) return this.end("protocol", error);
      const fault = new ProtocolError("a frame could not be taken", { cause: error });
      this.#events.emit("unobserved", fault, { object: "", member: "" });
      this.end("protocol", fault);
    }
  }

  #takeBody({ messages, segments }: Body, byteLength: number): void {
    const received: ReceivedBody = { segments, byteLength, budget: { nodes: MAX_PAYLOAD_NODES } };
    for (const message of messages) {
      this.#takeMessage(message, received);
      // Not later: the answers of one frame could be gigabytes.
      if (this.#isOverloaded) return this.#endOverloaded();
    }
  }

  #takeMessage(message: Message, body: ReceivedBody): void {
    if (this.#isEnded) return;
    switch (message[0]) {
      case "bye":
        return this.#takeBye(message[1], message[3]);
      case "ping":
        return this.#say(`["pong",${message[1]}`);
      case "pong":
        return;
      case "drain":
        return this.#conversation.drained();
      case "piece": {
        const joined = this.#pieces.take({ id: message[1], last: message[2], bytes: body.segments[0]! });
        if (joined !== undefined) this.#takeBody(joined.body, joined.byteLength);
        return;
      }
      case "open":
      case "ready":
      case "refused":
        return this.#opening.take(message, body);
      default:
        if (this.#opening.isDone) this.#conversation.receive(message, body);
        else this.#opening.take(message, body);
    }
  }

  get #isOverloaded(): boolean {
    return this.#flow.pressureBytes + this.#outgoing.waitingBytes > OVERLOADED_BYTES;
  }

  readonly #endOverloaded = (): void => {
    this.end("overloaded", byeError("overloaded", this.peer));
  };

  #takeBye(code: ByeCode, ack: number): void {
    this.#finish(byeError(code, this.peer), { takenSeq: ack });
  }

  #refused(error: Error): void {
    this.#outgoing.flush();
    this.#finish(error, { code: CloseCode.REFUSED, takenSeq: 0 });
  }

  #sayBye(code: ByeCode, reason: string): void {
    if (this.#isEnded || !this.#flow.isAttached) return;
    this.#say(
      `["bye",${JSON.stringify(code)},${JSON.stringify(reason.slice(0, MAX_REASON_LENGTH))},${this.#flow.takenSeq}`,
    );
    this.#outgoing.flush();
  }

  /**
   * Ends everything, once. Calls whose frame is above `takenSeq`, or that have no frame, were not sent.
   * @param error what pending promises reject with; undefined = closed on purpose
   * @param end.code what the transport closes with; undefined = the peer closes it
   */
  #finish(error: Error | undefined, end: { code?: number; takenSeq?: number }): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    const reason =
      error ?? new ConnectionError("HW_CONNECTION_CLOSED", "the connection was closed here", { peer: this.peer });
    this.#flow.end(end.code);
    this.#outgoing.stop();
    this.#opening.end();
    this.#pieces.clear();
    this.#conversation.end({ error: reason, takenSeq: end.takenSeq });
    this.#rejectReady(reason);
    this.#idle?.();
    this.#resolveEnded(error);
    this.#events.emit("ended", error);
  }
}
