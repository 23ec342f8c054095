import type { Established } from "../auth/client-handshake.js";
import { ConnectionError, ProtocolError } from "../errors/hearthwire-error.js";
import type { Transport, TransportClose, TransportReceiver, TransportSecurity } from "../transport/transport.js";
import { isPromiseLike } from "../wire/after.js";
import { CloseCode } from "../wire/constants.js";
import { closeError } from "./close-error.js";

/** Who takes what comes after WELCOME: a session. */
export type ChannelReceiver = Pick<TransportReceiver, "frame" | "closed">;

/** The client's half of a handshake: its first frame, and what it makes of the answer. */
export interface DialHandshake {
  readonly hello: Uint8Array;
  welcome(frame: Uint8Array): Established | Promise<Established>;
}

/** What one handshake needs, and whom it tells. */
export interface DialOptions {
  readonly url: string;
  readonly transport: Transport;
  /** Made when the line is open, from what it tells of its TLS; nothing has been sent then. */
  readonly handshake: (security: TransportSecurity | undefined) => DialHandshake | Promise<DialHandshake>;
  /** The server has proved itself; CONFIRM is to be sent. What is returned takes all that the transport brings. */
  readonly established: (established: Established) => ChannelReceiver;
  /** It will not be; `close` when the line closed. */
  readonly failed: (error: Error, close?: TransportClose) => void;
}

/** Drives the client's handshake on one transport up to WELCOME, and then passes everything on. */
export class Dial implements TransportReceiver {
  readonly #options: DialOptions;
  /** What takes the next frame; undefined while this side thinks, when the server has nothing to say. */
  #receive: ((bytes: Uint8Array) => void) | undefined;
  #receiver: ChannelReceiver | undefined;
  #isOver = false;

  /** Begins. */
  constructor(options: DialOptions) {
    this.#options = options;
    options.transport.start(this);
  }

  opened(): void {
    const { transport, handshake } = this.#options;
    const ready = (made: DialHandshake): void => {
      this.#receive = (bytes) => this.#welcome(made, bytes);
      transport.send(made.hello);
    };
    this.#proceed(() => handshake(transport.security), {
      done: ready,
      failed: (error) => {
        this.#fail(error as Error);
        transport.destroy();
      },
    });
  }

  frame(bytes: Uint8Array): void {
    if (this.#receiver !== undefined) this.#receiver.frame(bytes);
    else if (this.#receive !== undefined) this.#receive(bytes);
    else if (!this.#isOver) this.#unproven(new ProtocolError("a frame came when it was not the server's turn"));
  }

  closed(close: TransportClose): void {
    if (this.#receiver !== undefined) this.#receiver.closed(close);
    else this.#fail(closeError(this.#options.url, close), close);
  }

  /** Gives the handshake up; nobody is told. Without effect once the server has proved itself. */
  abandon(): void {
    if (this.#receiver !== undefined) return;
    this.#isOver = true;
    this.#receive = undefined;
    this.#options.transport.destroy();
  }

  #welcome(handshake: DialHandshake, bytes: Uint8Array): void {
    this.#receive = undefined;
    this.#proceed(() => handshake.welcome(bytes), {
      done: (established) => (this.#receiver = this.#options.established(established)),
      failed: (cause) => this.#unproven(cause),
    });
  }

  #unproven(cause: unknown): void {
    this.#options.transport.close(CloseCode.PROTOCOL);
    const message =
      `whoever answered at ${this.#options.url} could not prove that it holds the key: another program has that ` +
      `address, or something between changes the bytes`;
    this.#fail(new ConnectionError("HW_REFUSED", message, { cause, peer: this.#options.url }));
  }

  /** Takes one step, which may have to wait; nothing comes of it when the handshake is over meanwhile. */
  #proceed<T>(
    step: () => T | Promise<T>,
    { done, failed }: { readonly done: (value: T) => void; readonly failed: (error: unknown) => void },
  ): void {
    const unlessOver = (act: () => void): void => {
      if (!this.#isOver) act();
    };
    let result: T | Promise<T>;
    try {
      result = step();
    } catch (error) {
      failed(error);
      return;
    }
    if (!isPromiseLike(result)) return done(result);
    result.then(
      (value) => unlessOver(() => done(value)),
      (error: unknown) => unlessOver(() => failed(error)),
    );
  }

  #fail(error: Error, close?: TransportClose): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#receive = undefined;
    this.#options.failed(error, close);
  }
}
