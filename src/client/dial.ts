import type { ClientHandshake, Established } from "../auth/client-handshake.js";
import { ConnectionError } from "../errors/hearthwire-error.js";
import type { Transport, TransportClose, TransportReceiver } from "../transport/transport.js";
import { CloseCode } from "../wire/constants.js";
import { closeError } from "./close-error.js";

/** Who takes what comes after WELCOME: a session. */
export type ChannelReceiver = Pick<TransportReceiver, "frame" | "closed">;

/** What one handshake needs, and whom it tells. */
export interface DialOptions {
  readonly url: string;
  readonly transport: Transport;
  readonly handshake: ClientHandshake;
  /** The server has proved itself; CONFIRM is to be sent. What is returned takes all that the transport brings. */
  readonly established: (established: Established) => ChannelReceiver;
  /** It will not be; `close` when the line closed. */
  readonly failed: (error: ConnectionError, close?: TransportClose) => void;
}

/** Drives the client's handshake on one transport up to WELCOME, and then passes everything on. */
export class Dial implements TransportReceiver {
  readonly #options: DialOptions;
  #receiver: ChannelReceiver | undefined;
  #isOver = false;

  /** Begins. */
  constructor(options: DialOptions) {
    this.#options = options;
    options.transport.start(this);
  }

  opened(): void {
    this.#options.transport.send(this.#options.handshake.hello);
  }

  frame(bytes: Uint8Array): void {
    if (this.#receiver !== undefined) this.#receiver.frame(bytes);
    else if (!this.#isOver) this.#welcome(bytes);
  }

  closed(close: TransportClose): void {
    if (this.#receiver !== undefined) this.#receiver.closed(close);
    else this.#fail(closeError(this.#options.url, close), close);
  }

  /** Gives the handshake up; nobody is told. Without effect once the server has proved itself. */
  abandon(): void {
    if (this.#receiver !== undefined) return;
    this.#isOver = true;
    this.#options.transport.destroy();
  }

  #welcome(bytes: Uint8Array): void {
    let established: Established;
    try {
      established = this.#options.handshake.welcome(bytes);
    } catch (cause) {
      this.#options.transport.close(CloseCode.PROTOCOL);
      const message =
        `whoever answered at ${this.#options.url} could not prove that it holds the key: another program has that ` +
        `address, or something between changes the bytes`;
      this.#fail(new ConnectionError("HW_REFUSED", message, { cause, peer: this.#options.url }));
      return;
    }
    this.#receiver = this.#options.established(established);
  }

  #fail(error: ConnectionError, close?: TransportClose): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#options.failed(error, close);
  }
}
