import type { Clock, Timer } from "../session/clock.js";
import type { TransportClose } from "../transport/transport.js";
import type { FrameFault } from "./link-faults.js";

/** What one direction of a connection needs, and whom it tells. */
export interface LaneOptions {
  readonly clock: Clock;
  readonly latencyMs: number;
  readonly bytesPerSecond: number;
  readonly isStalled: boolean;
  /** What happens to the next frame. */
  readonly nextFault: () => FrameFault | undefined;
  /** From 0 up to, not including, 1. */
  readonly random: () => number;
  readonly arrived: (content: Uint8Array | TransportClose) => void;
  readonly cut: () => void;
  /** The lane is stalled; whoever is told ends it. */
  readonly stalled: () => void;
}

/** Where the connection breaks. */
const BREAK = Symbol("break");

interface UnderWay {
  readonly content: Uint8Array | TransportClose | typeof BREAK;
  readonly dueMs: number;
}

/** One direction of a connection in memory: what is under way arrives in order, in a later microtask at the earliest. */
export class FaultyLane {
  readonly #options: LaneOptions;
  #underWay: UnderWay[] = [];
  /** Arrives after the frame that follows it. */
  #overtaken: Uint8Array | undefined;
  /** When the throttled line is free again. */
  #freeAtMs = 0;
  #timer: Timer | undefined;
  #isScheduled = false;
  #isStalled: boolean;
  #isDead = false;
  bufferedBytes = 0;

  constructor(options: LaneOptions) {
    this.#options = options;
    this.#isStalled = options.isStalled;
  }

  send(frame: Uint8Array): void {
    if (this.#isDead) return;
    // A copy: the receiver owns its bytes, and the sender may keep the frame for replay.
    const copy = new Uint8Array(frame);
    const fault = this.#options.nextFault();
    // What follows waits behind the place, and is lost with the connection.
    if (fault === "cut") return this.#add(BREAK);
    if (fault === "stall") this.#options.stalled();
    if (fault === "corrupt" && copy.length > 0) {
      copy[Math.floor(this.#options.random() * copy.length)]! ^= 1 << Math.floor(this.#options.random() * 8);
    }
    if (fault === "reorder" && this.#overtaken === undefined) {
      this.#overtaken = copy;
      return;
    }
    this.#add(copy);
    if (fault === "duplicate") this.#add(new Uint8Array(copy));
    this.#addOvertaken();
  }

  /** The end of what is sent, in its order. */
  close(close: TransportClose): void {
    if (this.#isDead) return;
    this.#addOvertaken();
    this.#add(close);
  }

  /** What is under way is lost, and the end arrives at once; on a stalled line it waits. */
  abort(close: TransportClose): void {
    if (this.#isDead) return;
    this.#clear();
    this.#underWay.push({ content: close, dueMs: 0 });
    this.#schedule();
  }

  stall(): void {
    this.#isStalled = true;
    this.#unschedule();
  }

  /** What waited arrives now. */
  restore(): void {
    this.#isStalled = false;
    this.#schedule();
  }

  /** Carries nothing any more, and tells nobody. */
  die(): void {
    this.#isDead = true;
    this.#clear();
  }

  #clear(): void {
    this.#unschedule();
    this.#underWay = [];
    this.#overtaken = undefined;
    this.bufferedBytes = 0;
  }

  #add(content: UnderWay["content"]): void {
    const length = content instanceof Uint8Array ? content.length : 0;
    this.bufferedBytes += length;
    this.#underWay.push({ content, dueMs: this.#dueMs(length) });
    this.#schedule();
  }

  #addOvertaken(): void {
    const overtaken = this.#overtaken;
    this.#overtaken = undefined;
    if (overtaken !== undefined) this.#add(overtaken);
  }

  #dueMs(length: number): number {
    const { clock, latencyMs, bytesPerSecond } = this.#options;
    if (latencyMs === 0 && bytesPerSecond === Infinity) return 0;
    this.#freeAtMs = Math.max(this.#freeAtMs, clock.now()) + (length / bytesPerSecond) * 1000;
    return this.#freeAtMs + latencyMs;
  }

  #schedule(): void {
    const [first] = this.#underWay;
    if (first === undefined || this.#isStalled || this.#isScheduled || this.#timer !== undefined) return;
    const waitMs = first.dueMs === 0 ? 0 : first.dueMs - this.#options.clock.now();
    if (waitMs > 0) {
      this.#timer = this.#options.clock.after(waitMs, () => {
        this.#timer = undefined;
        this.#arrive();
      });
      return;
    }
    this.#isScheduled = true;
    queueMicrotask(() => {
      this.#isScheduled = false;
      this.#arrive();
    });
  }

  #unschedule(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #arrive(): void {
    for (let next = this.#underWay[0]; next !== undefined && !this.#isStalled; next = this.#underWay[0]) {
      if (next.dueMs !== 0 && next.dueMs > this.#options.clock.now()) break;
      this.#underWay.shift();
      if (next.content === BREAK) return this.#options.cut();
      if (next.content instanceof Uint8Array) this.bufferedBytes -= next.content.length;
      this.#options.arrived(next.content);
    }
    this.#schedule();
  }
}
