import type { Socket } from "node:net";
import type { Clock, Timer } from "../../../src/session/clock.js";
import type { Random } from "../../fuzz/random.js";
import type { ChaosConditions, ChaosFault, ChaosRates } from "./chaos-faults.js";
import { ChaosPlan } from "./chaos-plan.js";

/** What a stalled or slow direction takes before its sender has to wait. */
const HIGH_WATER_BYTES = 256 * 1024;
const MIB = 1024 * 1024;

export interface ChaosPipeOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly conditions: ChaosConditions;
  readonly rates: ChaosRates;
  readonly sparedBytes: number;
  /** Bytes were handed on. */
  readonly passed: (bytes: number) => void;
  /** The place of a random fault is reached; what stands before it was taken. */
  readonly fault: (fault: ChaosFault) => void;
}

/** Bytes, or the end of them. */
interface Waiting {
  readonly bytes: Buffer | undefined;
  readonly dueMs: number;
}

/** One direction of a connection. */
export class ChaosPipe {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #options: ChaosPipeOptions;
  readonly #plan: ChaosPlan;
  #untilFault: number;
  #waiting: Waiting[] = [];
  #waitingBytes = 0;
  /** When the throttled line is free again. */
  #freeAtMs = 0;
  #timer: Timer | undefined;
  #isWriting = false;
  #isStalled: boolean;
  #isOver = false;
  #flips = 0;
  #splitBytes = 0;

  constructor(
    [from, to]: readonly [Socket, Socket],
    { isStalled, ...options }: ChaosPipeOptions & { readonly isStalled: boolean },
  ) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#isStalled = isStalled;
    this.#plan = new ChaosPlan(options.random, options.rates);
    this.#untilFault = options.sparedBytes + this.#plan.distance() * MIB;
    from.on("data", (chunk: Buffer) => this.#take(chunk));
    from.on("end", () => this.#queue(undefined));
    to.on("drain", () => this.#pump());
  }

  /** Bytes that were accepted and not handed on. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  stall(): void {
    this.#isStalled = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  restore(): void {
    this.#isStalled = false;
    this.#pump();
  }

  /** Flips one bit of what comes next. */
  corrupt(): void {
    this.#flips += 1;
  }

  /** So many bytes go one by one. */
  split(bytes: number): void {
    this.#splitBytes += bytes;
  }

  /** Hands nothing on any more; what comes is lost. */
  stop(): void {
    this.#isOver = true;
    this.#timer?.cancel();
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#from.resume();
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    while (!this.#isOver && rest.length > this.#untilFault) {
      const before = rest.subarray(0, Math.floor(this.#untilFault));
      rest = rest.subarray(before.length);
      // At least a byte apart, or faults that let everything go on would never end.
      this.#untilFault = Math.max(1, this.#plan.distance() * MIB);
      this.#queue(before);
      this.#options.fault(this.#plan.fault());
    }
    this.#untilFault -= rest.length;
    this.#queue(rest);
  }

  #queue(bytes: Buffer | undefined): void {
    if (this.#isOver || bytes?.length === 0) return;
    if (bytes !== undefined && this.#flips > 0) {
      this.#flips -= 1;
      const { random } = this.#options;
      bytes = Buffer.from(bytes);
      bytes[random.below(bytes.length)]! ^= 1 << random.below(8);
    }
    this.#waiting.push({ bytes, dueMs: this.#dueMs(bytes?.length ?? 0) });
    this.#waitingBytes += bytes?.length ?? 0;
    if (this.#waitingBytes > HIGH_WATER_BYTES) this.#from.pause();
    this.#pump();
  }

  #dueMs(length: number): number {
    const { clock, conditions, random } = this.#options;
    const nowMs = clock.now();
    const { latencyMs, jitterMs, bytesPerSecond } = conditions;
    this.#freeAtMs = Math.max(this.#freeAtMs, nowMs) + (length / bytesPerSecond) * 1000;
    const delayMs = latencyMs + (jitterMs === 0 ? 0 : random.below(jitterMs + 1));
    // What is due before those that came first waits for them.
    return this.#freeAtMs + delayMs;
  }

  #pump(): void {
    if (this.#isWriting) return;
    while (!this.#isOver && !this.#isStalled && !this.#to.writableNeedDrain) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      const waitMs = first.dueMs - this.#options.clock.now();
      if (waitMs > 0) {
        this.#timer ??= this.#options.clock.after(Math.ceil(waitMs), () => {
          this.#timer = undefined;
          this.#pump();
        });
        break;
      }
      if (first.bytes === undefined) {
        this.#isOver = true;
        this.#to.end();
      } else if (this.#write(first.bytes)) return;
    }
    if (this.#waitingBytes <= HIGH_WATER_BYTES) this.#from.resume();
  }

  /** Writes the first that waits, or a piece of it; returns whether the rest has to wait for another turn. */
  #write(bytes: Buffer): boolean {
    const most = this.#splitBytes > 0 ? 1 : this.#options.conditions.chunkBytes;
    const piece = bytes.subarray(0, most);
    if (piece.length === bytes.length) this.#waiting.shift();
    else this.#waiting[0] = { bytes: bytes.subarray(piece.length), dueMs: this.#waiting[0]!.dueMs };
    this.#waitingBytes -= piece.length;
    this.#splitBytes = Math.max(0, this.#splitBytes - piece.length);
    this.#to.write(piece);
    this.#options.passed(piece.length);
    if (piece.length === bytes.length && this.#splitBytes === 0) return false;
    // Else the operating system would send the pieces as one.
    this.#isWriting = true;
    setImmediate(() => {
      this.#isWriting = false;
      this.#pump();
    });
    return true;
  }
}
