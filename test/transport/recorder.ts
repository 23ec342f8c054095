import type { TransportClose, TransportReceiver } from "../../src/transport/transport.js";

/** Writes down what a transport brings, and lets a test wait for it. */
export class Recorder implements TransportReceiver {
  readonly frames: Uint8Array[] = [];
  readonly closings: TransportClose[] = [];
  readonly log: string[] = [];
  openings = 0;
  readonly opened_: Promise<void>;
  readonly closed_: Promise<TransportClose>;
  #open!: () => void;
  #close!: (close: TransportClose) => void;
  #waiting: { readonly frames: number; readonly resolve: () => void }[] = [];

  constructor() {
    this.opened_ = new Promise((resolve) => (this.#open = resolve));
    this.closed_ = new Promise((resolve) => (this.#close = resolve));
  }

  opened(): void {
    this.openings++;
    this.log.push("opened");
    this.#open();
  }

  frame(bytes: Uint8Array): void {
    this.frames.push(bytes);
    this.log.push(`frame ${bytes.join(" ")}`);
    for (const waiter of this.#waiting.filter((one) => one.frames <= this.frames.length)) waiter.resolve();
  }

  closed(close: TransportClose): void {
    this.closings.push(close);
    this.log.push(`closed ${close.code}`);
    this.#close(close);
  }

  /** Resolves when so many frames have come. */
  count(frames: number): Promise<void> {
    if (this.frames.length >= frames) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ frames, resolve }));
  }

  /** Some turns of the event loop, in which loopback sockets and ports deliver what they have. */
  async turns(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
}
