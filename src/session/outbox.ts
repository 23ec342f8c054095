import { ProtocolError } from "../errors/hearthwire-error.js";

/** Unacknowledged bytes at which stream items, pieces and new calls wait, and at which the session ends. */
export const CONGESTED_BYTES = 4 * 1024 * 1024;
export const OVERLOADED_BYTES = 32 * 1024 * 1024;

/** What keeping a frame costs beside its bytes: it is a typed array with memory of its own (measured). */
const FRAME_OVERHEAD_BYTES = 192;

/**
 * The frames of one session and direction that the peer has not acknowledged yet, oldest first. Numbers belong to the
 * session, not to a channel: every frame takes one and is kept, empty ones and pings too.
 */
export class Outbox {
  #frames: (Uint8Array | undefined)[] = [];
  /** Index in `#frames` of the oldest unacknowledged frame. */
  #oldest = 0;
  #acknowledged = 0;
  /** What the peer has said of itself; more than was dropped while frames are kept. */
  #peerTaken = 0;
  #keptFrom = Infinity;
  #bytes = 0;

  /** Numbers a frame and keeps it; returns its sequence number, counted from 1. */
  add(frame: Uint8Array): number {
    this.#frames.push(frame);
    this.#bytes += frame.length;
    return this.lastSeq;
  }

  /** Drops what the peer has taken. Acks of another channel may be older than what is known; then nothing happens. */
  acknowledge(ack: number): void {
    if (ack > this.lastSeq) throw new ProtocolError(`ack ${ack} is above the last frame sent, ${this.lastSeq}`);
    if (ack > this.#peerTaken) this.#peerTaken = ack;
    this.#drop();
  }

  /** Drops no frame from this number on, until another is said: it is still to be sent again. Infinity: none is. */
  keepFrom(seq: number): void {
    this.#keptFrom = seq;
    this.#drop();
  }

  #drop(): void {
    const until = Math.min(this.#peerTaken, this.#keptFrom - 1);
    while (this.#acknowledged < until) {
      this.#bytes -= this.#frames[this.#oldest]?.length ?? 0;
      this.#frames[this.#oldest++] = undefined;
      this.#acknowledged++;
    }
    if (this.#oldest > 64 && this.#oldest * 2 > this.#frames.length) {
      this.#frames = this.#frames.slice(this.#oldest);
      this.#oldest = 0;
    }
  }

  /**
   * A frame that is kept, to be signed for another channel: a copy, since the old channel's line may still hold the bytes.
   * @param seq above `acknowledgedSeq`, at most `lastSeq`
   */
  copy(seq: number): Uint8Array {
    const index = this.#oldest + seq - this.#acknowledged - 1;
    const copy = new Uint8Array(this.#frames[index]!);
    this.#frames[index] = copy;
    return copy;
  }

  /** Number of the newest frame that the peer has acknowledged and that is not kept; 0 before the first. */
  get acknowledgedSeq(): number {
    return this.#acknowledged;
  }

  /** Number of the newest frame; 0 before the first. */
  get lastSeq(): number {
    return this.#acknowledged + this.#frames.length - this.#oldest;
  }

  get unacknowledgedBytes(): number {
    return this.#bytes;
  }

  /** What keeping them costs: of small frames, which a peer may leave unacknowledged as well, several times their bytes. */
  get heldBytes(): number {
    return this.#bytes + (this.#frames.length - this.#oldest) * FRAME_OVERHEAD_BYTES;
  }

  clear(): void {
    this.#acknowledged = this.lastSeq;
    this.#frames = [];
    this.#oldest = 0;
    this.#bytes = 0;
  }
}
