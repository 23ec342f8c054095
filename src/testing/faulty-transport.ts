import { ABNORMAL_CLOSE, sendableCloseCode, sendableCloseReason } from "../transport/close-frame.js";
import { Inbox } from "../transport/inbox.js";
import type { Transport, TransportClose, TransportReceiver } from "../transport/transport.js";
import type { FaultyLane } from "./faulty-lane.js";

const BROKEN: TransportClose = { code: ABNORMAL_CLOSE, reason: "" };

/**
 * One end of a connection in memory, over lanes that lose, delay and change what is sent. As over a real network an end
 * may be gone while the other knows nothing of it.
 */
export class FaultyTransport implements Transport {
  readonly #inbox = new Inbox();
  readonly #outbound: FaultyLane;
  readonly #ended: () => void;
  #isClosing = false;
  #isEnded = false;

  /** @param ended called when this end is gone */
  constructor(outbound: FaultyLane, ended: () => void) {
    this.#outbound = outbound;
    this.#ended = ended;
  }

  get bufferedBytes(): number {
    return this.#outbound.bufferedBytes;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  /** The connection is there. */
  open(): void {
    this.#inbox.opened();
  }

  start(receiver: TransportReceiver): void {
    this.#inbox.start(receiver);
  }

  send(frame: Uint8Array): void {
    if (!this.#isClosing) this.#outbound.send(frame);
  }

  close(code?: number, reason?: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#inbox.ignoreFrames();
    this.#outbound.close({ code: sendableCloseCode(code), reason: sendableCloseReason(reason) });
  }

  destroy(): void {
    if (this.#isEnded) return;
    this.#outbound.abort(BROKEN);
    this.end(BROKEN);
  }

  /** Takes what arrives at this end. */
  takes(content: Uint8Array | TransportClose): void {
    if (content instanceof Uint8Array) this.#inbox.frame(content);
    else this.end(content);
  }

  /** This end is gone, whatever the other one knows; its receiver is told asynchronously. */
  end(close: TransportClose = BROKEN): void {
    if (this.#isEnded) return;
    this.#isClosing = true;
    this.#isEnded = true;
    this.#inbox.ignoreFrames();
    queueMicrotask(() => this.#inbox.closed(close));
    this.#ended();
  }
}
