import type { Established } from "../auth/client-handshake.js";
import { ProtocolError } from "../errors/hearthwire-error.js";
import type { Transport, TransportClose, TransportReceiver } from "../transport/transport.js";
import { Acknowledger } from "./acknowledger.js";
import { BulkWindow } from "./bulk-window.js";
import { Channel, type ReceivedFrame } from "./channel.js";
import type { Timer } from "./clock.js";
import type { FrameFlowOptions } from "./frame-flow-options.js";
import { LeftChannels } from "./left-channels.js";
import { Liveness } from "./liveness.js";
import { CONGESTED_BYTES, Outbox } from "./outbox.js";
import { type Resender, ResendQueue } from "./resend-queue.js";
import type { FrameStatistics } from "./session-statistics.js";
import { CloseCode } from "../wire/constants.js";

/** How often a line is looked at that alone holds senders back: it doesn't say when it has handed its bytes over. */
const LINE_LOOK_MS = 100;

/** How a flow ends. */
export interface FlowEnd {
  /** What the transport closes with; undefined when the peer said `bye`: closing is the peer's part then. */
  readonly code: number | undefined;
  /** Keeps what the peer has not acknowledged, so that it can be fetched by `attach` until `forget`. */
  readonly keeps: boolean;
}

/**
 * The frames of a session: numbers, signs and keeps what goes out, takes what comes in exactly once and in order. The
 * numbers belong to the session and outlive its channels (protocol.md section 5). It sends on one channel at a time, and
 * listens to no other.
 */
export class FrameFlow implements Resender {
  readonly #options: FrameFlowOptions;
  readonly #outbox = new Outbox();
  readonly #acknowledger: Acknowledger;
  readonly #window: BulkWindow;
  #channel: Channel | undefined;
  #liveness: Liveness | undefined;
  /** The next frame that the current channel is to carry; what was added beyond it waits for its turn. */
  #nextSeq = 1;
  /** The highest frame that was ever handed to a transport. */
  #handedOverSeq = 0;
  /** The current channel has brought a frame. */
  #isHeard = false;
  /** Made with the first one. */
  #left: LeftChannels | undefined;
  /** So much was under way that bulk waited, or calls too, and nobody has been told yet that this is over. */
  #isHolding = false;
  #lineLook: Timer | undefined;
  /** The highest sequence number taken in the inbound direction, over all channels. */
  #taken = 0;
  /** What the newest frame said of it. */
  #acknowledged = 0;
  #isEnded = false;
  readonly #counters = { framesResent: 0, bytesSent: 0, bytesReceived: 0 };
  /** Set while what is still to be sent again goes before the close. */
  #ending: FlowEnd | undefined;
  #resolveGone!: () => void;
  /** Resolves when the last transport has ended. */
  readonly gone: Promise<void>;

  constructor(options: FrameFlowOptions) {
    this.#options = options;
    this.#acknowledger = new Acknowledger(options.clock, options.acknowledge);
    this.#window = new BulkWindow(options.clock);
    this.gone = new Promise((resolve) => (this.#resolveGone = resolve));
  }

  get isAttached(): boolean {
    return this.#channel !== undefined;
  }

  /** The highest sequence number taken: what `bye` tells the peer. */
  get takenSeq(): number {
    return this.#taken;
  }

  /** The highest sequence number that was handed to a transport: what is above it, no peer has seen. */
  get handedOverSeq(): number {
    return this.#handedOverSeq;
  }

  /** The highest sequence number that was given to a frame. */
  get lastSeq(): number {
    return this.#outbox.lastSeq;
  }

  /** The highest sequence number that the peer has acknowledged. */
  get acknowledgedSeq(): number {
    return this.#outbox.acknowledgedSeq;
  }

  /** What has gone over all channels so far. */
  get statistics(): Omit<FrameStatistics, "pingsSent" | "roundTripMs"> {
    const { unacknowledgedBytes } = this.#outbox;
    return { framesSent: this.#handedOverSeq, framesReceived: this.#taken, unacknowledgedBytes, ...this.#counters };
  }

  /** What the frames that are kept cost, in bytes. */
  get heldBytes(): number {
    return this.#outbox.heldBytes;
  }

  /**
   * Bytes that wait for the peer: unacknowledged, or not even handed over. Of an honest peer the first includes the
   * second; one that acknowledges what it has not read shall gain nothing by it.
   */
  get pressureBytes(): number {
    return Math.max(this.#outbox.heldBytes, this.#channel?.bufferedBytes ?? 0);
  }

  /** New calls, items and pieces wait: for the peer, or for a channel. */
  get isCongested(): boolean {
    return this.#channel === undefined || this.pressureBytes >= CONGESTED_BYTES;
  }

  /** So much is under way that bulk waits, lest what is small and urgent waited behind it. */
  get isBusy(): boolean {
    return this.#outbox.unacknowledgedBytes >= this.#window.bytes || this.isCongested;
  }

  get isAckUrgent(): boolean {
    return this.#acknowledger.isUrgent;
  }

  get isAckOwing(): boolean {
    return this.#channel !== undefined && this.#acknowledger.isOwing;
  }

  /**
   * Takes a transport whose handshake is done; its later frames and its end must be handed to what is returned. If there
   * was a channel it is left. What the peer lacks is sent again; once the flow has ended nothing else happens, and the
   * transport closes after it.
   */
  attach(transport: Transport, established: Established): Pick<TransportReceiver, "frame" | "closed"> {
    const { peerAck } = established;
    const { maxFrameBytes, lateHmac } = this.#options;
    const channel = new Channel(transport, { ...established, maxFrameBytes, lateHmac });
    this.#leave();
    this.#channel = channel;
    if (this.#isEnded) this.#ending = { code: CloseCode.DONE, keeps: true };
    else this.#begin(channel, established);
    this.#resume(peerAck);
    const take = (frame: Uint8Array, isRight?: boolean): void => this.#receive(channel, frame, isRight);
    return {
      frame: (frame) => {
        if (channel === this.#channel && !this.#isEnded) channel.arrived(frame, take);
      },
      closed: (close) => channel.afterArrived(() => this.#closed(channel, close)),
    };
  }

  #begin(channel: Channel, { heartbeatMs, windowMs }: Established): void {
    const { role, clock, ping } = this.#options;
    const dead = (): void => this.#drop(channel, { code: CloseCode.LIVENESS, reason: "" });
    this.#isHeard = false;
    this.#window.reset();
    this.#isHolding ||= this.isBusy;
    const isOnlyChannel = windowMs === 0;
    this.#liveness = new Liveness({ heartbeatMs, isOnlyChannel, pings: role === "server", clock, ping, dead });
  }

  /** Sends what the peer lacks: it may be less than `peerAck` says, since the old channel went on meanwhile. */
  #resume(peerAck: number): void {
    try {
      this.#outbox.keepFrom(Infinity);
      this.#outbox.acknowledge(peerAck);
    } catch (error) {
      return this.#isEnded ? this.#close(CloseCode.PROTOCOL) : this.#options.broken(error as ProtocolError);
    }
    this.#nextSeq = this.#outbox.acknowledgedSeq + 1;
    if (!this.#isBehind) return this.#wentOn();
    this.#outbox.keepFrom(this.#nextSeq);
    ResendQueue.of(this.#options.clock).enter(this);
  }

  /** There are frames that the current channel has not carried yet: they wait in the queue for their turns. */
  get #isBehind(): boolean {
    return this.#channel !== undefined && this.#nextSeq <= this.#outbox.lastSeq;
  }

  /** Sends frames again: for the queue to call, when it is this flow's turn. */
  resend(roomBytes: number): number {
    const channel = this.#channel;
    if (channel === undefined) return 0;
    let bytes = 0;
    while (this.#isBehind && bytes < roomBytes) {
      const seq = this.#nextSeq;
      const frame = this.#outbox.copy(seq);
      this.#send(channel, { frame, seq });
      bytes += frame.length;
    }
    this.#wentOn();
    return bytes;
  }

  /** Another frame is the next for the current channel. */
  #wentOn(): void {
    // Numbers of a channel have no gap, though the peer may have taken what comes next over another one by now.
    this.#outbox.keepFrom(this.#isBehind ? this.#nextSeq : Infinity);
    if (this.#isEnded && !this.#isBehind) this.#close(this.#ending?.code ?? CloseCode.DONE);
    if (this.#isHolding && !this.#isEnded) this.#relieve();
  }

  /** Numbers a frame, keeps it and sends it, unless older ones go first; returns its number. */
  transmit(frame: Uint8Array): number {
    const seq = this.#outbox.add(frame);
    if (this.#channel !== undefined && seq === this.#nextSeq) this.#send(this.#channel, { frame, seq });
    if (this.isBusy) {
      this.#isHolding = true;
      this.#window.filled(seq);
    }
    return seq;
  }

  /** What `task` sends on the current channel goes in one write where that can be. */
  together(task: () => void): void {
    if (this.#channel === undefined) task();
    else this.#channel.together(task);
  }

  /** Gives the current channel up, as if its line had broken; without effect when there is none. */
  detach(close: TransportClose): void {
    if (this.#channel !== undefined && !this.#isEnded) this.#drop(this.#channel, close);
  }

  /** Gives the current channel up if it has been silent for too long. */
  look(): void {
    this.#liveness?.look();
  }

  /** Ends the flow: nothing more is taken, and nothing new sent. The transport closes after what was sent, in bounded time. */
  end(end: FlowEnd): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#ending = end;
    this.#acknowledger.stop();
    this.#liveness?.stop();
    this.#lineLook?.cancel();
    // What is still to be sent again goes first, the bye at its end too; the close follows it.
    if (!this.#isBehind || end.code === undefined) this.#close(end.code);
  }

  /** Drops what is kept: it can't be fetched any more. */
  forget(): void {
    this.#outbox.clear();
    // Nothing is left to be fetched over it.
    if (this.#isEnded && this.#channel !== undefined) this.#close(CloseCode.DONE);
  }

  #close(code: number | undefined): void {
    const channel = this.#channel;
    this.#stopChannel();
    if (this.#ending?.keeps === false) this.forget();
    if (channel !== undefined) this.#leftChannels.expectEnd(channel);
    this.#left?.expectEnds();
    if (code !== undefined) channel?.close(code);
    this.#checkGone();
  }

  #send(channel: Channel, { frame, seq }: { readonly frame: Uint8Array; readonly seq: number }): void {
    channel.send(frame, { seq, ack: this.#taken });
    this.#nextSeq = seq + 1;
    this.#counters.bytesSent += frame.length;
    this.#acknowledged = this.#taken;
    if (seq > this.#handedOverSeq) this.#handedOverSeq = seq;
    else this.#counters.framesResent++;
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
    this.#stopChannel();
    if (this.#options.role === "client") {
      this.#leftChannels.add(old);
      return;
    }
    this.#leftChannels.expectEnd(old);
    old.close(CloseCode.REPLACED);
    // A peer that doesn't read shall not gain memory by channel after channel.
    if (this.#leftChannels.bufferedBytes >= CONGESTED_BYTES) this.#leftChannels.destroy();
  }

  get #leftChannels(): LeftChannels {
    return (this.#left ??= new LeftChannels(this.#options.clock));
  }

  #receive(channel: Channel, frame: Uint8Array, isRight: boolean | undefined): void {
    if (channel !== this.#channel || this.#isEnded) return;
    let received: ReceivedFrame;
    try {
      received = channel.receive(frame, this.#taken, isRight);
    } catch (error) {
      this.#drop(channel, { code: (error as ProtocolError).closeCode, reason: "", error: error as ProtocolError });
      return;
    }
    this.#counters.bytesReceived += frame.length;
    this.#liveness?.received();
    try {
      if (!channel.isAckInOrder(received.ack)) throw new ProtocolError(`ack ${received.ack} goes back`);
      this.#outbox.acknowledge(received.ack);
      if (this.#window.acknowledged(received.ack)) this.#isHolding = true;
      if (!this.#isHeard) this.#hear();
    } catch (error) {
      this.#options.broken(error as ProtocolError);
      return;
    }
    if (received.seq > this.#taken) {
      // Same synchronous step: a crash of what follows must not let the peer's copy of this frame count as untaken.
      this.#taken = received.seq;
      const wantsAck = this.#options.body(received.body, received.ack);
      if (this.#isEnded) return;
      // An answer that was sent meanwhile has acknowledged it.
      if (wantsAck && this.#acknowledged < received.seq) this.#acknowledger.taken(frame.length);
      if (this.#acknowledger.isUrgent) this.#options.scheduleFlush();
    }
    if (this.#isHolding) this.#relieve();
  }

  /** Tells that there is room again, for calls first and then for bulk. */
  #relieve(): void {
    if (!this.isBusy) {
      this.#isHolding = false;
      this.#options.relieved();
    } else if (!this.isCongested) {
      this.#options.relieved();
    } else if (this.#channel !== undefined && this.#outbox.unacknowledgedBytes < CONGESTED_BYTES) {
      this.#lineLook ??= this.#options.clock.after(LINE_LOOK_MS, () => {
        this.#lineLook = undefined;
        this.#relieve();
      });
    }
  }

  /** Gives a channel up; what it still brings is not looked at. */
  #drop(channel: Channel, close: TransportClose): void {
    this.#leftChannels.expectEnd(channel);
    channel.close(close.code);
    this.#lose(close);
  }

  #closed(channel: Channel, close: TransportClose): void {
    if (channel === this.#channel) {
      this.#stopChannel();
      if (this.#isEnded) this.#close(undefined);
      else this.#lose(close);
      return;
    }
    this.#left?.ended(channel);
    this.#checkGone();
  }

  #lose(close: TransportClose): void {
    this.#stopChannel();
    this.#isHolding = true;
    this.#left?.expectEnds();
    this.#options.lost(close);
  }

  /** Nothing more goes over the current channel. */
  #stopChannel(): void {
    this.#channel = undefined;
    this.#liveness?.stop();
    ResendQueue.of(this.#options.clock).leave(this);
  }

  /** The server has taken CONFIRM, so that it has closed what was left. */
  #hear(): void {
    this.#isHeard = true;
    this.#left?.expectEnds();
    this.#options.heard?.();
  }

  #checkGone(): void {
    if (this.#isEnded && this.#channel === undefined && (this.#left?.size ?? 0) === 0) this.#resolveGone();
  }
}
