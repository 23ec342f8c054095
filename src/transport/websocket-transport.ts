import WebSocket from "isomorphic-ws";
import { CloseCode, SUBPROTOCOL } from "../wire/constants.js";
import { ABNORMAL_CLOSE, sendableCloseCode, sendableCloseReason } from "./close-frame.js";
import { Inbox } from "./inbox.js";
import type { Transport, TransportReceiver, TransportSecurity } from "./transport.js";
import { UpgradeRefusedError } from "./upgrade-refused-error.js";

/** The part that the browser's WebSocket and the one of `ws` share, and what only `ws` has. */
export interface WebSocketLike {
  binaryType: string;
  readonly readyState: number;
  readonly bufferedAmount: number;
  send(bytes: Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
  terminate?(): void;
  /** The socket of `ws`, while it has one. */
  readonly _socket?: { cork?(): void; uncork?(): void } | null;
  addEventListener(
    type: "open" | "message" | "error" | "close",
    listener: { readonly handleEvent: (event: never) => void },
  ): void;
}

/**
 * Fragments of one message that are taken, empty ones too (RFC 6455 section 5.4), where the WebSocket can be told so
 * (`ws`). Our frames are whole messages; a peer that sends them in pieces of a few bytes only costs memory.
 */
export const MAX_FRAGMENTS = 128;

/** How a client dials. */
export interface DialOptions {
  /** Frames above this end the line with 1009 where the WebSocket can be told so (`ws`). */
  readonly maxFrameBytes?: number;
  /** Given to `ws` (TLS, headers, agent) but for what would let anyone answer; a browser ignores them. */
  readonly nodeOptions?: object;
  /** Reads the TLS of the socket that `ws` dialled, once it is up; where it is left out the line has no `security`. */
  readonly readSecurity?: (socket: object) => TransportSecurity | undefined;
  /** Says in better words what the line failed with. @default the error as it is */
  readonly explain?: (error: Error) => Error;
}

/**
 * Dials a daemon with the subprotocol `hearthwire.v1` and without compression. Never throws: what goes wrong, an address
 * that the host refuses to dial included, is the `error` of `closed`.
 *
 * @param url where to, without fragment.
 */
export function dialWebSocket(url: string, options: DialOptions = {}): Transport {
  const nodeOptions = {
    minVersion: "TLSv1.3" as const,
    ...options.nodeOptions,
    // Said aloud, or the environment could say otherwise: NODE_TLS_REJECT_UNAUTHORIZED.
    rejectUnauthorized: true,
    // The address that was checked is the one that is dialled.
    followRedirects: false,
    perMessageDeflate: false,
    maxFragments: MAX_FRAGMENTS,
    ...(options.maxFrameBytes === undefined ? {} : { maxPayload: options.maxFrameBytes }),
  };
  try {
    const socket = new WebSocket(url, [SUBPROTOCOL], nodeOptions);
    const { readSecurity, explain } = options;
    const transport = new WebSocketTransport(socket, explain);
    if (readSecurity !== undefined) {
      socket.once("upgrade", (answer) => transport.see(() => readSecurity(answer.socket)));
    }
    return transport;
  } catch (error) {
    return new NeverOpened(error instanceof Error ? error : new Error(String(error)));
  }
}

/**
 * A transport over a WebSocket, accepted or dialled, of a browser or of `ws`. It owns the socket from here on; give it
 * before anything could have arrived, in the turn in which the socket was made or accepted.
 */
export function webSocketTransport(socket: WebSocketLike): Transport {
  return new WebSocketTransport(socket);
}

const READY_STATE_OPEN = 1;

/** The part of the events of either WebSocket that is looked at. */
type SocketEvent =
  | { readonly type: "open" }
  | { readonly type: "message"; readonly data: unknown }
  | { readonly type: "error"; readonly error?: unknown }
  | { readonly type: "close"; readonly code: number; readonly reason: string };

class WebSocketTransport implements Transport {
  readonly #socket: WebSocketLike;
  readonly #inbox = new Inbox();
  #security: TransportSecurity | undefined;
  readonly #explain: ((error: Error) => Error) | undefined;
  #isClosing = false;
  #error: Error | undefined;

  constructor(socket: WebSocketLike, explain?: (error: Error) => Error) {
    this.#socket = socket;
    this.#explain = explain;
    // A browser's default. `ws` keeps its own, `nodebuffer`: asked for ArrayBuffers it copies every frame.
    if (socket.binaryType === "blob") socket.binaryType = "arraybuffer";
    socket.addEventListener("message", this);
    // Never taken away again: `ws` throws an error event that nobody listens to.
    socket.addEventListener("error", this);
    socket.addEventListener("close", this);
    if (socket.readyState === READY_STATE_OPEN) this.#inbox.opened();
    else socket.addEventListener("open", this);
  }

  /** Takes the socket's events: a function for each would cost every idle session 0.2 KiB (measured). */
  handleEvent(event: SocketEvent): void {
    switch (event.type) {
      case "message":
        return this.#message(event.data);
      case "error":
        return this.#failed(event.error);
      case "close":
        return this.#closed(event.code, event.reason);
      case "open":
        return this.#inbox.opened();
    }
  }

  get bufferedBytes(): number {
    return this.#socket.bufferedAmount;
  }

  get security(): TransportSecurity | undefined {
    return this.#security;
  }

  /** Reads the TLS of the line; what can't be read ends it, as it could be anything. */
  see(read: () => TransportSecurity | undefined): void {
    try {
      this.#security = read();
    } catch (error) {
      this.#failed(error);
      this.destroy();
    }
  }

  start(receiver: TransportReceiver): void {
    this.#inbox.start(receiver);
  }

  send(frame: Uint8Array): void {
    if (this.#isClosing || this.#socket.readyState !== READY_STATE_OPEN) return;
    // Neither side changes or copies the bytes: `ws` masks typed arrays and Buffers into memory of its own.
    this.#socket.send(frame as Uint8Array<ArrayBuffer>);
  }

  together<T>(task: () => T): T {
    const { _socket: line } = this.#socket;
    line?.cork?.();
    try {
      return task();
    } finally {
      line?.uncork?.();
    }
  }

  close(code?: number, reason?: string): void {
    this.#close(sendableCloseCode(code), sendableCloseReason(reason));
  }

  destroy(): void {
    this.#isClosing = true;
    this.#inbox.ignoreFrames();
    if (this.#socket.terminate === undefined) this.#socket.close();
    else this.#socket.terminate();
    // A browser can't tear a line down and waits for the peer, which may be gone: here the line ends now.
    queueMicrotask(() => this.#closed(ABNORMAL_CLOSE, ""));
  }

  #close(code: number, reason: string): void {
    if (this.#isClosing) return;
    this.#isClosing = true;
    this.#inbox.ignoreFrames();
    this.#socket.close(code, reason);
  }

  #message(content: unknown): void {
    if (ArrayBuffer.isView(content)) {
      // A Buffer's `slice` shares memory where a Uint8Array's copies, so frames are never Buffers.
      this.#inbox.frame(new Uint8Array(content.buffer, content.byteOffset, content.byteLength));
    } else if (content instanceof ArrayBuffer) {
      this.#inbox.frame(new Uint8Array(content));
    } else {
      this.#closeForText();
    }
  }

  /** RFC 6455 section 7.4.1 has 1003 for this; a browser refuses to send it. */
  #closeForText(): void {
    this.#error ??= new Error("a text message came, frames are binary");
    try {
      this.#close(CloseCode.TEXT, "");
    } catch {
      this.#socket.close(CloseCode.PROTOCOL);
    }
  }

  #failed(error: unknown): void {
    // A browser's error event says nothing; what `ws` says about a line that this side closed is no news.
    if (this.#isClosing || !(error instanceof Error)) return;
    const status = /^Unexpected server response: (\d{3})$/.exec(error.message)?.[1];
    this.#error ??=
      status === undefined
        ? (this.#explain?.(error) ?? error)
        : new UpgradeRefusedError(Number(status), { cause: error });
  }

  #closed(code: number, reason: string): void {
    this.#isClosing = true;
    this.#inbox.closed({ code, reason, ...(this.#error === undefined ? {} : { error: this.#error }) });
  }
}

/** The host refused to dial at all: a malformed URL, `ws:` from an `https:` page. */
class NeverOpened implements Transport {
  readonly bufferedBytes = 0;
  readonly #inbox = new Inbox();

  constructor(error: Error) {
    queueMicrotask(() => this.#inbox.closed({ code: ABNORMAL_CLOSE, reason: "", error }));
  }

  start(receiver: TransportReceiver): void {
    this.#inbox.start(receiver);
  }

  send(): void {}
  close(): void {}
  destroy(): void {}
}
