import { Fifo } from "../session/fifo.js";
import type { Transport, TransportClose, TransportReceiver } from "../transport/transport.js";

/** The part of a WebSocket of `ws` that stops reading, and goes on. */
export interface PausableSocket {
  pause(): void;
  resume(): void;
}

/** How long one peer's frames are taken before the others have their turn. */
const TURN_MS = 2;

/**
 * Lets a peer that sends faster than it is served not keep the others waiting: after 2 ms of work for it, its socket is
 * left alone, and frames that were read already wait, until the event loop has looked at all others.
 *
 * Without it `ws` hands over all frames of a read at once, and libuv reads 32 times 64 KiB of one socket before it looks
 * at the next: small calls for a second (measured). One peer's frames stay in order, and so does its close.
 */
export function takeTurns(transport: Transport, webSocket: PausableSocket): Transport {
  return new TurnTakingTransport(transport, webSocket);
}

class TurnTakingTransport implements Transport, TransportReceiver {
  readonly #transport: Transport;
  readonly #webSocket: PausableSocket;
  #receiver: TransportReceiver | undefined;
  /** Work since the last turn ended; of a peer that is served faster than it sends, over many turns of the event loop. */
  #spentMs = 0;
  /** Until the others had their turn. */
  #isWaiting = false;
  /** Made on first use: most peers never have to wait. */
  #frames: Fifo<Uint8Array> | undefined;
  #close: TransportClose | undefined;

  constructor(transport: Transport, webSocket: PausableSocket) {
    this.#transport = transport;
    this.#webSocket = webSocket;
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes;
  }

  start(receiver: TransportReceiver): void {
    this.#receiver = receiver;
    this.#transport.start(this);
  }

  opened(): void {
    this.#receiver?.opened();
  }

  frame(bytes: Uint8Array): void {
    if (this.#isWaiting) (this.#frames ??= new Fifo()).push(bytes);
    else this.#take(bytes, this.#receiver!);
  }

  closed(close: TransportClose): void {
    this.#close = close;
    if (!this.#isWaiting) this.#receiver?.closed(close);
  }

  send(frame: Uint8Array): void {
    this.#transport.send(frame);
  }

  close(code?: number, reason?: string): void {
    this.#frames?.clear();
    this.#transport.close(code, reason);
  }

  destroy(): void {
    this.#frames?.clear();
    this.#transport.destroy();
  }

  #take(bytes: Uint8Array, receiver: TransportReceiver): void {
    const startMs = performance.now();
    receiver.frame(bytes);
    this.#spentMs += performance.now() - startMs;
    if (this.#spentMs < TURN_MS) return;
    this.#isWaiting = true;
    this.#webSocket.pause();
    setImmediate(() => this.#goOn());
  }

  #goOn(): void {
    const receiver = this.#receiver!;
    this.#spentMs = 0;
    this.#isWaiting = false;
    while (!this.#isWaiting) {
      const frame = this.#frames?.shift();
      if (frame === undefined) break;
      this.#take(frame, receiver);
    }
    if (this.#isWaiting) return;
    if (this.#close !== undefined) receiver.closed(this.#close);
    else this.#webSocket.resume();
  }
}
