import { safeText } from "../observe/safe-text.js";
import { CloseCode } from "../wire/constants.js";
import { ABNORMAL_CLOSE, MAX_REASON_BYTES, sendableCloseCode, sendableCloseReason } from "./close-frame.js";
import { Inbox } from "./inbox.js";
import type { Transport, TransportClose, TransportReceiver } from "./transport.js";

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

/** Who takes what passes through a port beside frames, and hears first that it has ended. */
export interface PortAttendant {
  /** Takes a message that is no frame and no close marker; a sentence refuses it, which ends the port with 1003. */
  readonly other: (message: unknown) => string | undefined;
  /** A frame has come and nobody has started the transport yet. */
  readonly frameWaits?: (() => void) | undefined;
  /** Told at once, so that no message of the port is lost between two transports; `error` when the port is of no use. */
  readonly ended: (close: TransportClose) => void;
}

/**
 * A transport over a port. Ports don't say reliably that the other end is gone, so closing is a message of its own:
 * `{ hearthwire: "close", code, reason }`. A frame is a Uint8Array, copied once and transferred.
 * @param attendant with one the port brings its messages at once, not only when the transport is started
 */
export function messagePortTransport(port: MessagePortLike, attendant?: PortAttendant): Transport {
  return new MessagePortTransport(port, attendant);
}

interface CloseMarker {
  readonly hearthwire: "close";
  readonly code: number;
  readonly reason: string;
}

class MessagePortTransport implements Transport {
  readonly bufferedBytes = 0;
  readonly #port: MessagePortLike;
  readonly #attendant: PortAttendant | undefined;
  readonly #inbox = new Inbox();
  #isStarted = false;
  #isClosing = false;

  readonly #onMessage = (event: object): void => this.#message((event as { readonly data: unknown }).data);
  readonly #onMessageError = (): void =>
    this.#end(ABNORMAL_CLOSE, "", new Error("a message of the port could not be read"));
  /** Node's ports say so, and newer browsers'. */
  readonly #onClose = (): void => this.#end(ABNORMAL_CLOSE, "", new Error("the other end of the port is gone"));

  constructor(port: MessagePortLike, attendant: PortAttendant | undefined) {
    this.#port = port;
    this.#attendant = attendant;
    port.addEventListener("message", this.#onMessage);
    port.addEventListener("messageerror", this.#onMessageError);
    port.addEventListener("close", this.#onClose);
    this.#inbox.opened();
    if (attendant !== undefined) port.start?.();
  }

  start(receiver: TransportReceiver): void {
    this.#isStarted = true;
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
    if (content instanceof Uint8Array) this.#frame(content);
    else if (isCloseMarker(content)) this.#end(content.code, safeText(content.reason, MAX_REASON_BYTES));
    else this.#other(content);
  }

  #frame(bytes: Uint8Array): void {
    if (!this.#isStarted) this.#attendant?.frameWaits?.();
    this.#inbox.frame(bytes);
  }

  #other(content: unknown): void {
    const refusal =
      this.#attendant === undefined
        ? "a message that is no frame came through the port"
        : this.#attendant.other(content);
    if (refusal !== undefined) this.#close(CloseCode.TEXT, "", new Error(refusal));
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
    const close: TransportClose = { code, reason, ...(error === undefined ? {} : { error }) };
    this.#attendant?.ended(close);
    queueMicrotask(() => this.#inbox.closed(close));
  }
}

function isCloseMarker(content: unknown): content is CloseMarker {
  if (typeof content !== "object" || content === null) return false;
  const { hearthwire, code, reason } = content as Partial<Record<keyof CloseMarker, unknown>>;
  return hearthwire === "close" && isCloseCode(code) && typeof reason === "string";
}

/** As in a close frame (RFC 6455 section 7.4.2). */
function isCloseCode(code: unknown): boolean {
  return Number.isInteger(code) && (code as number) >= 1000 && (code as number) <= 4999;
}
