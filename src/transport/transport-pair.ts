import { ABNORMAL_CLOSE, sendableCloseCode, sendableCloseReason } from "./close-frame.js";
import { Inbox } from "./inbox.js";
import type { Transport, TransportClose, TransportReceiver } from "./transport.js";

/**
 * Two ends of a pipe in memory. What one sends arrives at the other in a later microtask, as a copy; when one closes,
 * what it sent before still arrives; when one is destroyed, what is under way is lost and both end with 1006.
 */
export function transportPair(): readonly [Transport, Transport] {
  const left = new PairedTransport();
  const right = new PairedTransport();
  left.join(right);
  right.join(left);
  return [left, right];
}

class PairedTransport implements Transport {
  readonly #inbox = new Inbox();
  #peer: PairedTransport | undefined;
  #underWay: (Uint8Array | TransportClose)[] = [];
  #isClosing = false;
  bufferedBytes = 0;

  join(peer: PairedTransport): void {
    this.#peer = peer;
    this.#inbox.opened();
  }

  start(receiver: TransportReceiver): void {
    this.#inbox.start(receiver);
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing) return;
    this.bufferedBytes += frame.byteLength;
    // A copy: the receiver owns its bytes, and this side may keep the frame for replay.
    this.#deliver(new Uint8Array(frame));
  }

  close(code?: number, reason?: string): void {
    if (this.#isClosing) return;
    const close: TransportClose = { code: sendableCloseCode(code), reason: sendableCloseReason(reason) };
    this.#deliver(close);
    this.#end(close);
  }

  destroy(): void {
    const close: TransportClose = { code: ABNORMAL_CLOSE, reason: "" };
    this.#underWay = [];
    this.bufferedBytes = 0;
    this.#deliver(close);
    this.#end(close);
  }

  #deliver(content: Uint8Array | TransportClose): void {
    this.#underWay.push(content);
    if (this.#underWay.length === 1) queueMicrotask(() => this.#arrive());
  }

  #arrive(): void {
    const arrived = this.#underWay;
    this.#underWay = [];
    this.bufferedBytes = 0;
    for (const content of arrived) this.#peer?.takes(content);
  }

  takes(content: Uint8Array | TransportClose): void {
    if (content instanceof Uint8Array) this.#inbox.frame(content);
    else this.#end(content);
  }

  /** The end is told asynchronously, or `close` and `destroy` would call their caller back. */
  #end(close: TransportClose): void {
    this.#isClosing = true;
    this.#inbox.ignoreFrames();
    queueMicrotask(() => this.#inbox.closed(close));
  }
}
