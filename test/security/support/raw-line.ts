import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { UPGRADE_LINES } from "../../node/raw-http.js";

/** One WebSocket frame, part by part (RFC 6455 section 5.2); what is left out is as a client has to send it. */
export interface WebSocketFrame {
  /** 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. @default 2 */
  readonly opcode?: number;
  readonly payload?: Uint8Array | string;
  /** @default true */
  readonly isFinal?: boolean;
  /** RSV1, RSV2 and RSV3 as the bits 4, 2 and 1. @default 0 */
  readonly rsv?: number;
  /** @default true, with a mask of zeros */
  readonly isMasked?: boolean;
  /** What the header says. @default the payload's */
  readonly length?: number | bigint;
}

/** The bytes of a frame. */
export function webSocketFrame({ opcode = 2, payload = "", ...options }: WebSocketFrame): Buffer {
  const { isFinal = true, rsv = 0, isMasked = true } = options;
  const bytes = Buffer.from(payload);
  const length = BigInt(options.length ?? bytes.length);
  const head = Buffer.alloc(length < 126n ? 2 : length < 65_536n ? 4 : 10);
  head[0] = (isFinal ? 0x80 : 0) | (rsv << 4) | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (length < 126n ? Number(length) : length < 65_536n ? 126 : 127);
  if (head.length === 4) head.writeUInt16BE(Number(length), 2);
  if (head.length === 10) head.writeBigUInt64BE(length, 2);
  return Buffer.concat([head, Buffer.alloc(isMasked ? 4 : 0), bytes]);
}

/** A TCP connection to a daemon on 127.0.0.1, byte by byte, ended with its scope. */
export class RawLine implements AsyncDisposable {
  readonly socket: Socket;
  readonly #port: number;
  #received = Buffer.alloc(0);
  readonly #closed: Promise<void>;
  #isUpgraded = false;
  #head = "";
  /** Frames that the daemon has sent, by their opcode. */
  readonly frames: { readonly opcode: number; readonly payload: Buffer }[] = [];
  #changed: () => void = () => {};

  private constructor(socket: Socket, port: number) {
    this.socket = socket;
    this.#port = port;
    // A line that is torn down from the other side is what most tests wait for.
    socket.on("error", () => {});
    this.#closed = new Promise((resolve) =>
      socket.once("close", () => {
        resolve();
        this.#changed();
      }),
    );
    socket.on("data", (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      if (this.#isUpgraded) this.#readFrames();
      this.#changed();
    });
  }

  static async connect(port: number): Promise<RawLine> {
    const socket = connect({ port, host: "127.0.0.1", noDelay: true });
    await once(socket, "connect");
    return new RawLine(socket, port);
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array | string): void {
    this.socket.write(typeof bytes === "string" ? Buffer.from(bytes, "latin1") : bytes);
  }

  /** The head of an upgrade request that the daemon accepts. */
  get upgradeRequest(): string {
    return `GET / HTTP/1.1\r\n${[`Host: 127.0.0.1:${this.#port}`, ...UPGRADE_LINES].join("\r\n")}\r\n\r\n`;
  }

  /** Asks for a WebSocket and gives the status of the answer; 0 when the line was closed without one. */
  async upgrade(request = this.upgradeRequest): Promise<number> {
    this.write(request);
    return this.status();
  }

  /** Waits for the head of the daemon's answer and gives its status; 0 when the line was closed without one. */
  async status(): Promise<number> {
    let end: number;
    while ((end = this.#received.indexOf("\r\n\r\n")) < 0) {
      if (this.socket.destroyed) return 0;
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
    const status = Number(this.#received.subarray(9, 12).toString());
    this.#isUpgraded = status === 101;
    this.#head = this.#received.subarray(0, end).toString("latin1");
    this.#received = this.#received.subarray(end + 4);
    if (this.#isUpgraded) this.#readFrames();
    return status;
  }

  /** The head of the daemon's answer. */
  get head(): string {
    return this.#head;
  }

  /** Sends one WebSocket frame. */
  frame(frame: WebSocketFrame): void {
    this.write(webSocketFrame(frame));
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  /** The code of the daemon's close frame: 1005 when it has none, 1006 when the connection ended without a frame. */
  async closeCode(): Promise<number> {
    for (;;) {
      const close = this.frames.find(({ opcode }) => opcode === 8);
      if (close !== undefined) return close.payload.length < 2 ? 1005 : close.payload.readUInt16BE(0);
      if (this.socket.destroyed) return 1006;
      await new Promise<void>((resolve) => (this.#changed = resolve));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy();
    await this.#closed;
  }

  #readFrames(): void {
    for (;;) {
      const bytes = this.#received;
      if (bytes.length < 2) return;
      const short = bytes[1]! & 127;
      const headBytes = short < 126 ? 2 : short === 126 ? 4 : 10;
      if (bytes.length < headBytes) return;
      const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
      if (bytes.length < headBytes + length) return;
      this.frames.push({ opcode: bytes[0]! & 15, payload: bytes.subarray(headBytes, headBytes + length) });
      this.#received = bytes.subarray(headBytes + length);
    }
  }
}
