import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A WebSocket upgrade in bytes, each line of which a test may replace, double or leave out. */
export const UPGRADE_LINES: readonly string[] = [
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AQEBAQEBAQEBAQEBAQEBAQ==",
  "Sec-WebSocket-Protocol: hearthwire.v1",
];

/** What an upgrade request is made of. */
export interface RawUpgrade {
  readonly port: number;
  /** @default "/" */
  readonly target?: string;
  /** Lines of the head after the request line. @default the right Host and `UPGRADE_LINES` */
  readonly lines?: readonly string[];
  /** Bytes right behind the head. */
  readonly behind?: string;
}

/** The head and body of an answer, and the socket that it came on. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly body: string;
  readonly socket: Socket;
}

/** Sends bytes as they are and reads the answer: to its end, or to that of its head when it is 101. */
export async function rawUpgrade({ port, target = "/", lines, behind = "" }: RawUpgrade): Promise<RawAnswer> {
  const head = lines ?? [`Host: 127.0.0.1:${port}`, ...UPGRADE_LINES];
  return rawRequest(port, `GET ${target} HTTP/1.1\r\n${head.map((line) => `${line}\r\n`).join("")}\r\n${behind}`);
}

/** Sends bytes as they are. */
export function rawRequest(port: number, bytes: string): Promise<RawAnswer> {
  return rawAnswer(connect(port, "127.0.0.1"), bytes);
}

/** Sends bytes on a socket as they are. */
export async function rawAnswer(socket: Socket, bytes: string): Promise<RawAnswer> {
  socket.on("error", () => {});
  socket.write(bytes, "latin1");
  let text = "";
  for (;;) {
    const [chunk] = (await Promise.race([once(socket, "data"), once(socket, "close").then(() => [undefined])])) as [
      Buffer?,
    ];
    if (chunk === undefined) break;
    text += chunk.toString("latin1");
    if (text.startsWith("HTTP/1.1 101 ") && text.includes("\r\n\r\n")) break;
  }
  const [head = "", ...body] = text.split("\r\n\r\n");
  return { status: Number(head.split(" ")[1] ?? 0), head, body: body.join("\r\n\r\n"), socket };
}

/** The code of the close frame that a socket brings, with nothing before it. */
export async function closeCode(socket: Socket): Promise<number> {
  const [frame] = (await once(socket, "data")) as [Buffer];
  return frame[0] === 0x88 ? frame.readUInt16BE(2) : Number.NaN;
}

/** A frame as a client sends it, with the mask 0. */
export function clientFrame(opcode: number, payload: Uint8Array, isFinal = true): Buffer {
  const length = payload.length;
  const head =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, ...bigEndian(length)];
  const [first = 0, ...rest] = head;
  return Buffer.concat([Buffer.from([(isFinal ? 0x80 : 0) | opcode, 0x80 | first, ...rest, 0, 0, 0, 0]), payload]);
}

function bigEndian(value: number): readonly number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}
