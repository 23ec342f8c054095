import type { Established } from "../auth/client-handshake.js";
import { ProtocolError } from "../errors/hearthwire-error.js";
import type { Transport, TransportClose, TransportReceiver } from "../transport/transport.js";
import { Acknowledger } from "./acknowledger.js";
import { Channel, type ReceivedFrame } from "./channel.js";
import type { Clock, Timer } from "./clock.js";
import { Liveness } from "./liveness.js";
import { CONGESTED_BYTES, Outbox } from "./outbox.js";
import { CloseCode } from "../wire/constants.js";

/** How often a line is looked at that alone holds senders back: it doesn't say when it has handed its bytes over. */
const LINE_LOOK_MS = 100;

/** How long a closing transport may take to end in order before it is torn down. */
const CLOSE_DEADLINE_MS = 2_000;

export interface FrameFlowOptions {
  readonly role: "client" | "server";
  readonly clock: Clock;
  /** Whole frames that this side accepts, in bytes. */
  readonly maxFrameBytes: number;
  /** Takes the body of the next frame; says whether the frame wants an ack. */
  readonly body: (bytes: Uint8Array) => boolean;
  /** Asks for a flush at the end of the turn, which then looks at `isAckUrgent`. */
  readonly scheduleFlush: () => void;
  /** The oldest unacknowledged frame has waited long enough. */
  readonly acknowledge: () => void;
  readonly ping: () => void;
  /** Congestion is over. */
  readonly relieved: () => void;
  /** The first frame of a channel was taken: the peer uses it too. */
  readonly heard?: (() => void) | undefined;
  /** The channel is gone, by the line's fault or because a frame did not pass. */
  readonly lost: (close: TransportClose, cause: ProtocolError | undefined) => void;
  /** The peer broke a rule of the session itself. */
  readonly broken: (error: ProtocolError) => void;
}

/**
 * The frames of a session: numbers, signs and keeps what goes out, takes what comes in exactly once and in order. The
 * numbers belong to the session and outlive its channels (protocol.md section 5). It sends on one channel at a time, and
 * listens to no other.
 */
export class FrameFlow {
  readonly #options: FrameFlowOptions;
  readonly #outbox = new Outbox();
  readonly #acknowledger: Acknowledger;
  #channel: Channel | undefined;
  #liveness: Liveness | undefined;
  /** The current channel has brought a frame. */
  #isHeard = false;
  /** Channels that are of no use any more and whose transports have not ended yet, with their deadlines. */
  #leaving: Map<Channel, Timer | undefined> | undefined;
  /** There was congestion, and nobody has been told yet that it is over. */
  #isHolding = false;
  #lineLook: Timer | undefined;
  /** The highest sequence number taken in the inbound direction, over all channels. */
  #taken = 0;
  #isEnded = false;
  #resolveGone!: () => void;
  /** Resolves when the last transport has ended. */
  readonly gone: Promise<void>;

  constructor(options: FrameFlowOptions) {
    this.#options = options;
    this.#acknowledger = new Acknowledger(options.clock, options.acknowledge);
    this.gone = new Promise((resolve) => (this.#resolveGone = resolve));
  }

  get isAttached(): boolean {
    return this.#channel !== undefined;
  }

  /** The highest sequence number taken: what `bye` tells the peer. */
  get takenSeq(): number {
    return this.#taken;
  }

  /**
   * Bytes that wait for the peer: unacknowledged, or not even handed over. Of an honest peer the first includes the
   * second; one that acknowledges what it has not read shall gain nothing by it.
   */
  get pressureBytes(): number {
    return Math.max(this.#outbox.heldBytes, this.#channel?.bufferedBytes ?? 0);
  }

  get isCongested(): boolean {
    return this.pressureBytes >= CONGESTED_BYTES;
  }

  get isAckUrgent(): boolean {
    return this.#acknowledger.isUrgent;
  }

  get isAckOwing(): boolean {
    return this.#acknowledger.isOwing;
  }

  /**
   * Takes a transport whose handshake is done; its later frames and its end must be handed to what is returned. If there
   * was a channel it is left, and what the peer lacks is sent again.
   */
  attach(transport: Transport, established: Established): Pick<TransportReceiver, "frame" | "closed"> {
    const { role, clock, maxFrameBytes, ping } = this.#options;
    const { sendMac, receiveMac, peerAck, heartbeatMs } = established;
    const channel = new Channel(transport, { sendMac, receiveMac, peerAck, maxFrameBytes });
    const dead = (): void => this.#drop(channel, CloseCode.LIVENESS);
    this.#leave();
    this.#channel = channel;
    this.#isHeard = false;
    this.#liveness = new Liveness({ heartbeatMs, pings: role === "server", clock, ping, dead });
    this.#resume(channel, peerAck);
    return {
      frame: (frame) => this.#receive(channel, frame),
      closed: (close) => this.#closed(channel, close),
    };
  }

  /** Sends what the peer lacks: it may be more than `peerAck` says, since the old channel went on meanwhile. */
  #resume(channel: Channel, peerAck: number): void {
    try {
      this.#outbox.acknowledge(peerAck);
    } catch (error) {
      this.#options.broken(error as ProtocolError);
      return;
    }
    this.#outbox.resend((frame, seq) => this.#send(channel, { frame, seq }));
    if (this.#isHolding) this.#relieve();
  }

  /** Numbers a frame, keeps it and sends it; returns its number. */
  transmit(frame: Uint8Array): number {
    const seq = this.#outbox.add(frame);
    if (this.#channel !== undefined) this.#send(this.#channel, { frame, seq });
    this.#isHolding ||= this.isCongested;
    return seq;
  }

  /**
   * Ends the flow: nothing more is sent or taken. The transport closes after what was sent, in bounded time.
   * @param code undefined when the peer said `bye`: closing is the peer's part then
   */
  end(code: number | undefined): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#acknowledger.stop();
    this.#liveness?.stop();
    this.#lineLook?.cancel();
    this.#outbox.clear();
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel !== undefined) this.#expectEnd(channel);
    for (const [left, deadline] of this.#leaving ?? []) if (deadline === undefined) this.#expectEnd(left);
    if (code !== undefined) channel?.close(code);
    this.#checkGone();
  }

  #send(channel: Channel, { frame, seq }: { readonly frame: Uint8Array; readonly seq: number }): void {
    channel.send(frame, { seq, ack: this.#taken });
    this.#acknowledger.sent();
    this.#liveness?.sent();
  }

  /**
   * Turns to another channel. The server closes the old one; the client lets it do so: if the close came before CONFIRM,
   * the server would take the session for lost.
   */
  #leave(): void {
    const old = this.#channel;
    if (old === undefined) return;
    this.#liveness?.stop();
    if (this.#options.role === "client") {
      this.#leaving = (this.#leaving ?? new Map<Channel, undefined>()).set(old, undefined);
      return;
    }
    this.#expectEnd(old);
    old.close(CloseCode.REPLACED);
    // A peer that doesn't read shall not gain memory by channel after channel.
    const left = [...(this.#leaving?.keys() ?? [])];
    if (left.reduce((bytes, { bufferedBytes }) => bytes + bufferedBytes, 0) < CONGESTED_BYTES) return;
    for (const channel of left) channel.destroy();
  }

  #expectEnd(channel: Channel): void {
    const deadline = this.#options.clock.after(CLOSE_DEADLINE_MS, () => channel.destroy());
    (this.#leaving ??= new Map()).set(channel, deadline);
  }

  #receive(channel: Channel, frame: Uint8Array): void {
    if (channel !== this.#channel) return;
    let received: ReceivedFrame;
    try {
      received = channel.receive(frame, this.#taken);
    } catch (error) {
      const cause = error as ProtocolError;
      this.#drop(channel, cause.closeCode, cause);
      return;
    }
    this.#liveness?.received();
    try {
      if (!channel.isAckInOrder(received.ack)) throw new ProtocolError(`ack ${received.ack} goes back`);
      this.#outbox.acknowledge(received.ack);
      if (!this.#isHeard) this.#hear();
    } catch (error) {
      this.#options.broken(error as ProtocolError);
      return;
    }
    if (received.seq > this.#taken) {
      // Same synchronous step: a crash of what follows must not let the peer's copy of this frame count as untaken.
      this.#taken = received.seq;
      const wantsAck = this.#options.body(received.body);
      if (this.#isEnded) return;
      if (wantsAck) this.#acknowledger.taken(frame.length);
      if (this.#acknowledger.isUrgent) this.#options.scheduleFlush();
    }
    if (this.#isHolding) this.#relieve();
  }

  /** Tells that congestion is over, once it is. */
  #relieve(): void {
    if (!this.isCongested) {
      this.#isHolding = false;
      this.#options.relieved();
    } else if (this.#outbox.unacknowledgedBytes < CONGESTED_BYTES) {
      this.#lineLook ??= this.#options.clock.after(LINE_LOOK_MS, () => {
        this.#lineLook = undefined;
        this.#relieve();
      });
    }
  }

  /** Gives a channel up; what it still brings is not looked at. */
  #drop(channel: Channel, code: number, cause?: ProtocolError): void {
    this.#expectEnd(channel);
    channel.close(code);
    this.#lose({ code, reason: "" }, cause);
  }

  #closed(channel: Channel, close: TransportClose): void {
    if (channel === this.#channel) {
      this.#lose(close);
      return;
    }
    this.#leaving?.get(channel)?.cancel();
    this.#leaving?.delete(channel);
    this.#checkGone();
  }

  #lose(close: TransportClose, cause?: ProtocolError): void {
    this.#channel = undefined;
    this.#liveness?.stop();
    this.#options.lost(close, cause);
  }

  /** The server has taken CONFIRM, so that it has closed what was left. */
  #hear(): void {
    this.#isHeard = true;
    for (const [left, deadline] of this.#leaving ?? []) if (deadline === undefined) this.#expectEnd(left);
    this.#options.heard?.();
  }

  #checkGone(): void {
    if (this.#isEnded && (this.#leaving?.size ?? 0) === 0) this.#resolveGone();
  }
}
