import type { Socket } from "node:net";
import type { Clock, Timer } from "../../../src/session/clock.js";
import { Random } from "../../fuzz/random.js";
import type { ChaosConditions, ChaosDirection, ChaosFault, ChaosRates } from "./chaos-faults.js";
import { ChaosPipe, type ChaosPipeOptions } from "./chaos-pipe.js";
import { ChaosPlan } from "./chaos-plan.js";

/** How long an end that got FIN may take to close, in ms. */
const LINGER_MS = 1_000;
/** How many bytes go one by one at most, when a fault says so. */
const MAX_SPLIT_BYTES = 512;

/** Which end learns of a cut; the other one sees a line on which nothing comes any more. */
export type CutTells = "both" | "client" | "daemon";

export interface ChaosLinkOptions {
  readonly clock: Clock;
  readonly conditions: ChaosConditions;
  readonly perMib: ChaosRates;
  readonly perSecond: ChaosRates;
  readonly sparedBytes: number;
  readonly stallMs: number;
  readonly stalled: ReadonlySet<ChaosDirection>;
  readonly seed: readonly (string | number)[];
  /** Whether faults of chance still happen. */
  readonly isRandom: () => boolean;
  readonly passed: (direction: ChaosDirection, bytes: number) => void;
  readonly happened: (fault: ChaosFault) => void;
  readonly gone: () => void;
}

/** One connection through the proxy. */
export class ChaosLink {
  readonly #options: ChaosLinkOptions;
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #pipes: Readonly<Record<ChaosDirection, ChaosPipe>>;
  readonly #random: Random;
  readonly #plan: ChaosPlan;
  readonly #timers = new Set<Timer>();
  #isCut = false;

  constructor([near, far]: readonly [Socket, Socket], options: ChaosLinkOptions) {
    this.#near = near;
    this.#far = far;
    this.#options = options;
    this.#random = new Random(...options.seed, "time");
    this.#plan = new ChaosPlan(this.#random, options.perSecond);
    this.#pipes = {
      up: new ChaosPipe([near, far], this.#pipeOptions("up")),
      down: new ChaosPipe([far, near], this.#pipeOptions("down")),
    };
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      // What a socket tells by an error it tells by its close too.
      socket.on("error", () => {});
      // Of a line that was cut nobody else would answer the end.
      socket.on("end", () => {
        if (this.#isCut) socket.destroy();
      });
      socket.on("close", () => this.#closed());
    }
    this.#wait();
  }

  /** Bytes that were accepted and not handed on. */
  waitingBytes(direction: ChaosDirection): number {
    return this.#pipes[direction].waitingBytes;
  }

  stall(direction: ChaosDirection): void {
    this.#pipes[direction].stall();
  }

  restore(direction: ChaosDirection): void {
    if (!this.#isCut) this.#pipes[direction].restore();
  }

  corrupt(direction: ChaosDirection): void {
    this.#pipes[direction].corrupt();
  }

  split(direction: ChaosDirection, bytes: number): void {
    this.#pipes[direction].split(bytes);
  }

  /** The receiver of one direction gets FIN; what its sender says from now on is lost. */
  halfClose(direction: ChaosDirection): void {
    this.#pipes[direction].stop();
    (direction === "up" ? this.#far : this.#near).end();
  }

  /** What is under way is lost. */
  cut(kind: "reset" | "end", tells: CutTells = "both"): void {
    if (this.#isCut) return;
    this.#isCut = true;
    this.#cancelTimers();
    this.#pipes.up.stop();
    this.#pipes.down.stop();
    if (tells !== "daemon") this.#end(this.#near, kind);
    if (tells !== "client") this.#end(this.#far, kind);
  }

  destroy(): void {
    this.#isCut = true;
    this.#cancelTimers();
    this.#pipes.up.stop();
    this.#pipes.down.stop();
    this.#near.resetAndDestroy();
    this.#far.resetAndDestroy();
  }

  #end(socket: Socket, kind: "reset" | "end"): void {
    if (kind === "end") {
      socket.end();
      this.#later(LINGER_MS, () => socket.destroy());
    } else socket.resetAndDestroy();
  }

  #pipeOptions(direction: ChaosDirection): ChaosPipeOptions & { readonly isStalled: boolean } {
    const { clock, conditions, perMib, sparedBytes, stalled, seed, passed } = this.#options;
    return {
      clock,
      conditions,
      rates: perMib,
      sparedBytes,
      isStalled: stalled.has(direction),
      random: new Random(...seed, direction),
      passed: (bytes) => passed(direction, bytes),
      fault: (fault) => this.#happen(fault, direction),
    };
  }

  #happen(fault: ChaosFault, direction: ChaosDirection): void {
    if (this.#isCut || !this.#options.isRandom()) return;
    this.#options.happened(fault);
    switch (fault) {
      case "reset":
      case "end":
        return this.cut(fault);
      case "desert":
        return this.cut("reset", "client");
      case "halfClose":
        return this.halfClose(direction);
      case "corrupt":
        return this.corrupt(direction);
      case "split":
        return this.split(direction, this.#random.between(1, MAX_SPLIT_BYTES));
      case "stall":
        this.stall(direction);
        this.#later(this.#random.between(1, this.#options.stallMs), () => {
          if (!this.#options.stalled.has(direction)) this.restore(direction);
        });
    }
  }

  /** Until the next fault that comes by time. */
  #wait(): void {
    const delayMs = this.#plan.distance() * 1000;
    if (delayMs > 2 ** 31 - 1) return;
    this.#later(delayMs, () => {
      const fault = this.#plan.fault();
      this.#happen(fault, this.#random.pick(["up", "down"]));
      if (!this.#isCut) this.#wait();
    });
  }

  #later(delayMs: number, task: () => void): void {
    const timer = this.#options.clock.after(delayMs, () => {
      this.#timers.delete(timer);
      task();
    });
    this.#timers.add(timer);
  }

  #cancelTimers(): void {
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /** One that ended on both sides is closed; else the other end gets what this one got. */
  #closed(): void {
    if (this.#near.closed && this.#far.closed) {
      this.#cancelTimers();
      this.#options.gone();
    } else if (!this.#isCut) {
      const lost = this.#near.closed ? this.#near : this.#far;
      if (lost.readableEnded && lost.writableFinished) return;
      this.cut("reset");
    }
  }
}
