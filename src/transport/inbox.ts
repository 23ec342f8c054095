import type { TransportClose, TransportReceiver } from "./transport.js";

/**
 * What a transport brings, kept until someone takes it. It gives every transport the same promises: nothing before
 * `start`, everything in order, `opened` and `closed` at most once, no frame after this side closed, nothing after
 * `closed`.
 */
export class Inbox {
  #receiver: TransportReceiver | undefined;
  readonly #waiting: Uint8Array[] = [];
  #isOpen = false;
  #isDeaf = false;
  #close: TransportClose | undefined;

  /** Whether the line has ended; `closed` may still wait for `start`. */
  get isClosed(): boolean {
    return this.#close !== undefined;
  }

  /** @throws Error when called twice: frames can't belong to two receivers. */
  start(receiver: TransportReceiver): void {
    if (this.#receiver !== undefined) throw new Error("a transport is started once");
    this.#receiver = receiver;
    if (this.#isOpen) receiver.opened();
    for (const frame of this.#waiting.splice(0)) {
      if (!this.#isDeaf) receiver.frame(frame);
    }
    if (this.#close !== undefined) receiver.closed(this.#close);
  }

  opened(): void {
    if (this.#isOpen || this.#isDeaf || this.isClosed) return;
    this.#isOpen = true;
    this.#receiver?.opened();
  }

  frame(bytes: Uint8Array): void {
    if (this.#isDeaf || this.isClosed) return;
    if (this.#receiver === undefined) this.#waiting.push(bytes);
    else this.#receiver.frame(bytes);
  }

  /** This side is closing: frames that are still under way don't count any more. */
  ignoreFrames(): void {
    this.#isDeaf = true;
  }

  closed(close: TransportClose): void {
    if (this.isClosed) return;
    this.#close = close;
    this.#receiver?.closed(close);
  }
}
