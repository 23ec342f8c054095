import type { Established } from "../auth/client-handshake.js";
import { ConnectionError, HearthwireError, ProtocolError } from "../errors/hearthwire-error.js";
import { Emitter } from "../observe/emitter.js";
import type { EncodedPayload } from "../serializers/payload.js";
import type { Transport, TransportClose, TransportReceiver } from "../transport/transport.js";
import { frameBody } from "../wire/body.js";
import { CloseCode } from "../wire/constants.js";
import type { ByeCode } from "../wire/message.js";
import { byeError, byeText, CLOSE_CODE_OF_BYE, lostError, ownDrainError, sessionLostError } from "./bye.js";
import { ClosedHere } from "./conversation-end.js";
import { Conversation } from "./conversation.js";
import { Drain } from "./drain.js";
import { FrameFlow } from "./frame-flow.js";
import { Lease } from "./lease.js";
import type { LiveReference } from "./live-reference.js";
import { Opening } from "./opening.js";
import type { CallMaker, OutboundCall } from "./outbound-call.js";
import { OVERLOADED_BYTES } from "./outbox.js";
import { Outgoing } from "./outgoing.js";
import { Pings } from "./pings.js";
import { Reception } from "./reception.js";
import type { SessionEvents, SessionOptions } from "./session-options.js";
import type { SessionStatistics } from "./session-statistics.js";

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
  readonly #opening: Opening;
  readonly #reception: Reception;
  readonly #pings: Pings;
  readonly #lease: Lease;
  /** Why the channel was lost that it had last. */
  #lossCause: ConnectionError | undefined;
  #isFetchable = false;
  #isStarted = false;
  #isEnded = false;
  #uses = 0;
  /** Set once the peer was told to make no new calls. */
  #drain: Drain | undefined;
  #resolveReady!: (answer: unknown) => void;
  /** Until it is ready. */
  #rejectReady: ((error: Error) => void) | undefined;
  #resolveEnded!: (error: Error | undefined) => void;

  /** The hook's answer once the session is open; rejects when it never will be. */
  readonly ready: Promise<unknown>;
  /** Resolves when the session is over, with the reason unless it was ended on purpose; never rejects. */
  readonly ended: Promise<Error | undefined>;

  constructor(options: SessionOptions) {
    this.#options = options;
    const { role, clock, scheduleFlush, maxFrameBytes, lateHmac } = options;
    this.#lease = new Lease(clock, () => this.#leaseOver());
    this.#flow = new FrameFlow({
      role,
      clock,
      maxFrameBytes,
      lateHmac,
      body: (bytes, ack) => {
        const wantsAck = this.#reception.take(bytes, ack);
        if (wantsAck) this.#uses++;
        this.#drain?.look();
        return wantsAck;
      },
      scheduleFlush: () => this.#outgoing.schedule(),
      acknowledge: () => this.#acknowledge(),
      ping: () => this.#pings.ping(),
      relieved: () => {
        // Streams stop by themselves at what their readers have not consumed; pieces would take all the room.
        this.#conversation.relieved();
        this.#outgoing.relieved();
      },
      heard: () => this.#events.emit("heard"),
      lost: (close) => this.#lost(close),
      broken: (error) => this.end("protocol", error),
    });
    this.#outgoing = new Outgoing({
      scheduleFlush,
      transmit: (frame) => this.#flow.transmit(frame),
      flushed: () => {
        if (this.#flow.isAckUrgent) this.#acknowledge();
      },
      isCongested: () => this.#flow.isCongested,
      isBusy: () => this.#flow.isBusy,
      grew: () => {
        if (this.#isOverloaded) queueMicrotask(() => this.end("overloaded", byeError("overloaded", this.peer)));
        if (!this.#flow.isAttached) this.#events.emit("kept");
      },
    });
    this.#conversation = new Conversation({
      terms: options,
      sink: this.#outgoing,
      maker: this,
      threw: (error, where) => this.#events.emit("threw", error, where),
      unobserved: (error, where) => this.#events.emit("unobserved", error, where),
      changed: () => this.#drain?.look(),
    });
    this.#outgoing.numbering = this.#conversation;
    this.#opening = new Opening({
      session: options,
      conversation: this.#conversation,
      say: (before, payload) => this.#say(before, payload),
      opened: (answer, waiting) => {
        this.#rejectReady = undefined;
        this.#resolveReady(answer);
        this.#reception.takeWaiting(waiting);
      },
      refused: (error) => this.#refused(error),
    });
    this.#pings = new Pings({ clock, isOpen: () => this.#opening.isDone, say: (n) => this.#say(`["ping",${n}`) });
    this.#reception = new Reception({
      role,
      opening: this.#opening,
      conversation: this.#conversation,
      isFull: () => this.#isFull(),
      ping: (count) => this.#say(`["pong",${count}`),
      pong: (count) => this.#pings.answered(count),
      drain: (graceMs) => this.#drained(graceMs),
      bye: (code, takenSeq) => this.#finish(byeError(code, this.peer), { takenSeq }),
      broken: (error, isFault) => this.#broken(error, isFault),
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

  /** Whether it has a channel. */
  get isAttached(): boolean {
    return this.#flow.isAttached;
  }

  /** How long the server keeps the session after it has lost its channel, in ms; 0 = it ends with its channel. */
  get windowMs(): number {
    return this.#lease.windowMs;
  }

  /** When the session ends unless it is attached before, in ms since the epoch; undefined while it has a channel. */
  get leaseEndsAtMs(): number | undefined {
    return this.#lease.endsAtMs;
  }

  /** What is kept to be sent, or sent again, in bytes. */
  get heldBytes(): number {
    return this.#flow.heldBytes + this.#outgoing.waitingBytes;
  }

  /** It has ended here, and its peer can come for what it has not heard yet, by `attach`, until `forget`. */
  get isFetchable(): boolean {
    return this.#isFetchable;
  }

  /** How many frames came that were not for upkeep alone. */
  get uses(): number {
    return this.#uses;
  }

  /** Whether callers of this side wait, who have not given up, or streams are open. */
  get isAwaited(): boolean {
    return this.#conversation.isAwaited;
  }

  get statistics(): Conversation["statistics"] {
    return this.#conversation.statistics;
  }

  /** What it holds, and what was done since it began; it stays readable when the session is over. */
  get fullStatistics(): SessionStatistics {
    return this.#conversation.fullStatistics({ ...this.#flow.statistics, ...this.#pings.statistics });
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
   * verified. The transport's later frames and its end must be handed to what is returned. A further one takes the place
   * of the one before, or of the one that was lost: the session goes on over it, and frames stay as large as the first
   * allowed. Once the session has ended, the peer is sent what it has not heard yet, and the transport closes.
   */
  attach(transport: Transport, established: Established): Pick<TransportReceiver, "frame" | "closed"> {
    this.#lease.stop();
    const receiver = this.#flow.attach(transport, established);
    if (this.#isEnded) return receiver;
    if (!this.#isStarted) {
      this.#isStarted = true;
      this.#lease.grant(established, this.#options.role);
      this.#outgoing.start(established.peerMaxFrameBytes);
      if (this.#options.role === "client") this.#begin();
    } else if (this.#options.role === "client") {
      // Its answer tells that the server has taken CONFIRM, which it may have no other reason to say.
      this.#pings.ping();
    }
    return receiver;
  }

  call(call: OutboundCall): void {
    this.#conversation.call(call);
  }

  /**
   * Gives the channel up without ending the session, as if its line had broken; without effect when there is none.
   * @param code what its transport closes with
   * @param cause what the event `detached` tells, and the session rejects with if it is not attached again
   */
  detach(code: number, cause?: ConnectionError): void {
    this.#flow.detach({ code, reason: "", ...(cause !== undefined && { error: cause }) });
  }

  /** Gives the channel up if nothing has come over it for too long: timers stand still while the host sleeps. */
  look(): void {
    this.#flow.look();
  }

  /** Ends it without a word to the peer, who doesn't know it any more; pending calls reject, and may have run. */
  lose(error: ConnectionError): void {
    this.#finish(error, { code: CloseCode.DONE });
  }

  /** Drops what an ended session keeps for its peer to fetch. */
  forget(): void {
    this.#isFetchable = false;
    this.#flow.forget();
  }

  /** Sends what was said by now, without waiting for the turn to go quiet. */
  flush(): void {
    this.#outgoing.flush();
  }

  /** Says `bye done` and closes; resolves when the transport is gone. */
  async close(): Promise<void> {
    this.#flow.together(() => {
      const isFetchable = this.#sayBye("done", "");
      this.#finish(undefined, { code: CloseCode.DONE, isFetchable });
    });
    await this.#flow.gone;
  }

  /** Ends the session for a reason that the peer is told, and that everything pending here rejects with. */
  end(code: ByeCode, error: Error): void {
    const isFetchable = this.#sayBye(code, error instanceof HearthwireError ? error.message : "");
    // A frame that broke the protocol would be sent again for ever.
    this.#finish(error, { code: CLOSE_CODE_OF_BYE[code], isFetchable: isFetchable && code !== "protocol" });
  }

  /**
   * Tells the peer to make no new calls, waits until its running ones are done or the grace is over, and ends. Asked again
   * it may shorten the grace. Without a channel it ends at once: whoever drains takes no other.
   */
  async drain(graceMs: number): Promise<void> {
    if (this.#opening.isDone && this.isAttached && !this.#isEnded) {
      this.#drain ??= this.#beginDrain(graceMs);
      this.#drain.endWithin(graceMs);
      await this.#drain.done;
    }
    this.end("drain", ownDrainError());
    await this.#flow.gone;
  }

  #beginDrain(graceMs: number): Drain {
    this.#say(`["drain",${Math.max(0, Math.round(graceMs))}`);
    this.#outgoing.flush();
    const toldSeq = this.#flow.lastSeq;
    this.#conversation.refuseCalls(toldSeq);
    const isIdle = (): boolean => {
      const { callsRunning, streams } = this.#conversation.statistics;
      return callsRunning + streams === 0 && this.#reception.isWhole && this.#flow.acknowledgedSeq >= toldSeq;
    };
    return new Drain({ clock: this.#options.clock, isIdle });
  }

  /** The peer makes an end: it waits for this ack alone if nothing runs. */
  #drained(graceMs: number): void {
    this.#events.emit("draining", graceMs);
    this.#conversation.drained();
    this.#outgoing.flush();
    if (!this.#isEnded) this.#flow.transmit(frameBody("[]", []));
  }

  /** The channel is gone. */
  #lost(close: TransportClose): void {
    const { code, error } = close;
    const cause = error instanceof ConnectionError ? error : lostError(close, this.peer);
    if (this.#lease.windowMs === 0) return this.#finish(error instanceof ProtocolError ? error : cause, { code });
    if (this.#drain !== undefined) return this.end("drain", ownDrainError());
    this.#lossCause = cause;
    this.#events.emit("detached", { cause, leaseEndsAtMs: this.#lease.begin() });
  }

  #leaseOver(): void {
    const why = "it was without a connection for longer than the daemon keeps it";
    this.#finish(sessionLostError(why, { peer: this.peer, cause: this.#lossCause }), {});
  }

  #begin(): void {
    try {
      this.#opening.begin();
    } catch (error) {
      return this.#finish(error as Error, { code: CloseCode.DONE });
    }
    this.#conversation.opened();
  }

  #say(before: string, payload?: EncodedPayload): void {
    this.#outgoing.send({ keys: [], before, payload, after: "]" });
  }

  /** An empty frame: its header carries the ack. The server's seq 1 is kept for its answer to `open`. */
  #acknowledge(): void {
    if (this.#opening.isDone && this.#flow.isAckOwing) this.#flow.transmit(frameBody("[]", []));
  }

  /** No frame may end the process; what broke here is told, and the session is over. */
  #broken(error: ProtocolError, isFault: boolean): void {
    if (isFault) this.#events.emit("unobserved", error, { object: "", member: "" });
    this.end("protocol", error);
  }

  #isFull(): boolean {
    if (this.#isOverloaded) this.end("overloaded", byeError("overloaded", this.peer));
    return this.#isEnded;
  }

  get #isOverloaded(): boolean {
    return this.#flow.pressureBytes + this.#outgoing.waitingBytes > OVERLOADED_BYTES;
  }

  #refused(error: Error): void {
    this.#outgoing.flush();
    this.#finish(error, { code: CloseCode.REFUSED, takenSeq: 0, isFetchable: this.#outlivesChannel });
  }

  /** The server keeps what its peer has not heard yet, with or without a channel; the client's words are lost with it. */
  get #outlivesChannel(): boolean {
    return this.#options.role === "server" && this.#lease.windowMs > 0;
  }

  /** Returns whether it can be fetched. */
  #sayBye(code: ByeCode, reason: string): boolean {
    if (this.#isEnded || !(this.#flow.isAttached || this.#outlivesChannel)) return false;
    // Of what came before its opening was answered nothing has run.
    const ranSeq = this.#opening.isDone ? this.#flow.takenSeq : 0;
    this.#say(byeText(code, reason, ranSeq));
    this.#outgoing.flush();
    return this.#outlivesChannel;
  }

  /**
   * Ends everything, once. Calls whose frame is above `takenSeq`, or that have no frame, were not sent.
   * @param error what pending promises reject with; undefined = closed on purpose
   * @param end.code what the transport closes with; undefined = the peer closes it
   * @param end.takenSeq what the peer says; undefined = it may have taken all that was handed over
   */
  #finish(error: Error | undefined, end: { code?: number; takenSeq?: number; isFetchable?: boolean }): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#isFetchable = end.isFetchable === true;
    this.#lease.stop();
    const takenSeq = end.takenSeq ?? this.#flow.handedOverSeq;
    const ending = error === undefined ? new ClosedHere(takenSeq, this.peer) : { error, takenSeq };
    this.#flow.end({ code: end.code, keeps: this.#isFetchable });
    this.#outgoing.stop();
    this.#opening.end();
    this.#reception.end();
    this.#conversation.end(ending);
    this.#rejectReady?.(ending.error);
    this.#drain?.stop();
    this.#resolveEnded(error);
    this.#events.emit("ended", error);
  }
}
