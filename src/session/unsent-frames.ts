import { InOrder } from "./in-order.js";

/** Frames of one channel that wait for their tags, and those behind them: each is sent once, in the order it came. */
export class UnsentFrames {
  readonly #send: (frame: Uint8Array) => void;
  readonly #order = new InOrder();
  readonly #frames = new Set<Uint8Array>();
  #bytes = 0;

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send;
  }

  get isEmpty(): boolean {
    return this.#frames.size === 0;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param signing resolves when the frame has its tag; undefined when it has it already */
  add(frame: Uint8Array, signing: Promise<void> | undefined): void {
    this.#frames.add(frame);
    this.#bytes += frame.length;
    this.#order.add(signing, () => this.#leave(frame));
  }

  /** Sends all now. @param sign gives a frame its tag */
  hurry(sign: (frame: Uint8Array) => void): void {
    for (const frame of this.#frames) {
      sign(frame);
      this.#leave(frame);
    }
  }

  #leave(frame: Uint8Array): void {
    if (!this.#frames.delete(frame)) return;
    this.#bytes -= frame.length;
    this.#send(frame);
  }
}
