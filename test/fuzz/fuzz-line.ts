import type { Transport, TransportClose, TransportReceiver } from "../../src/transport/transport.js";

/**
 * The line of one end, whose other end is the fuzzer: what it is given to deliver arrives at once, within the call, so that
 * whatever is thrown shows. Frames go on arriving after a close until the end was told, as they do on real lines.
 */
export class FuzzLine implements Transport {
  readonly bufferedBytes = 0;
  /** Frames that the end under test has sent, as copies. */
  readonly sent: Uint8Array[] = [];
  /** How it closed, or was closed. */
  closing: TransportClose | undefined;
  #receiver: TransportReceiver | undefined;
  #isOver = false;

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
    receiver.opened();
  }

  send(frame: Uint8Array): void {
    if (this.closing === undefined) this.sent.push(frame.slice());
  }

  close(code = 1000, reason = ""): void {
    this.#end({ code, reason });
  }

  destroy(): void {
    this.#end({ code: 1006, reason: "" });
  }

  /** Brings a frame, of which the receiver gets a copy. */
  deliver(bytes: Uint8Array): void {
    if (!this.#isOver) this.#receiver?.frame(bytes.slice());
  }

  #end(closing: TransportClose): void {
    if (this.closing !== undefined) return;
    this.closing = closing;
    queueMicrotask(() => {
      this.#isOver = true;
      this.#receiver?.closed(closing);
    });
  }
}
