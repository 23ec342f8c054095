import { CloseCode } from "../wire/constants.js";
import { ABNORMAL_CLOSE, sendableCloseCode, sendableCloseReason } from "./close-frame.js";
import { Inbox } from "./inbox.js";
import type { Transport, TransportReceiver } from "./transport.js";

/**
 * One end of an in-process pipe: a MessagePort (browser or `node:worker_threads`), a Worker, a worker's global scope.
 * The transport needs it for itself: a message that is neither a frame nor a close marker ends it with 1003.
 */
export interface MessagePortLike {
  postMessage(message: unknown, transfer?: readonly unknown[]): void;
  addEventListener(type: string, listener: (event: object) => void): void;
  removeEventListener?(type: string, listener: (event: object) => void): void;
  /** MessagePorts hold messages back until it is called. */
  start?(): void;
  close?(): void;
}

/**
 * A transport over a port. Ports don't say reliably that the other end is gone, so closing is a message of its own:
 * `{ hearthwire: "close", code, reason }`. A frame is a Uint8Array, copied once and transferred.
 */
export function messagePortTransport(port: MessagePortLike): Transport {
  return new MessagePortTransport(port);
}

interface CloseMarker {
  readonly hearthwire: "close";
  readonly code: number;
  readonly reason: string;
}

class MessagePortTransport implements Transport {
  readonly bufferedBytes = 0;
  readonly #port: MessagePortLike;
  readonly #inbox = new Inbox();
  #isClosing = false;

  readonly #onMessage = (event: object): void => this.#message((event as { readonly data: unknown }).data);
  readonly #onMessageError = (): void =>
    this.#end(ABNORMAL_CLOSE, "", new Error("a message of the port could not be read"));
  /** Node's ports say so, and newer browsers'. */
  readonly #onClose = (): void => this.#end(ABNORMAL_CLOSE, "");

  constructor(port: MessagePortLike) {
    this.#port = port;
    port.addEventListener("message", this.#onMessage);
    port.addEventListener("messageerror", this.#onMessageError);
    port.addEventListener("close", this.#onClose);
    this.#inbox.opened();
  }

  start(receiver: TransportReceiver): void {
    this.#inbox.start(receiver);
    this.#port.start?.();
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing) return;
    // Sent as it is, a frame would take the whole buffer that it is a view of along; transferred, the sender would
    // lose what it keeps for replay.
    const copy = new Uint8Array(frame);
    this.#port.postMessage(copy, [copy.buffer]);
  }

  close(code?: number, reason?: string): void {
    this.#close(sendableCloseCode(code), sendableCloseReason(reason));
  }

  /** Nothing waits on this side of a port, so that tearing down differs from closing in its code alone. */
  destroy(): void {
    this.#close(ABNORMAL_CLOSE, "");
  }

  #close(code: number, reason: string, error?: Error): void {
    if (this.#isClosing) return;
    const marker: CloseMarker = { hearthwire: "close", code, reason };
    this.#port.postMessage(marker);
    this.#end(code, reason, error);
  }

  #message(content: unknown): void {
    if (this.#isClosing) return;
    if (content instanceof Uint8Array) this.#inbox.frame(content);
    else if (isCloseMarker(content)) this.#end(content.code, content.reason);
    else this.#close(CloseCode.TEXT, "", new Error("a message that is no frame came through the port"));
  }

  #end(code: number, reason: string, error?: Error): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#inbox.ignoreFrames();
    this.#port.removeEventListener?.("message", this.#onMessage);
    this.#port.removeEventListener?.("messageerror", this.#onMessageError);
    this.#port.removeEventListener?.("close", this.#onClose);
    // Only a MessagePort is closed: a worker belongs to whoever made it, and `close` of its global scope would end it.
    if (this.#port.start !== undefined) this.#port.close?.();
    queueMicrotask(() => this.#inbox.closed({ code, reason, ...(error === undefined ? {} : { error }) }));
  }
}

function isCloseMarker(content: unknown): content is CloseMarker {
  if (typeof content !== "object" || content === null) return false;
  const { hearthwire, code, reason } = content as Partial<Record<keyof CloseMarker, unknown>>;
  return hearthwire === "close" && typeof code === "number" && typeof reason === "string";
}
