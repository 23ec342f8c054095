import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { WebSocket } from "ws";
import { ClientHandshake, type ClientHandshakeOptions } from "../../../src/auth/client-handshake.js";
import type { Key } from "../../../src/auth/key.js";
import { webSocketTransport } from "../../../src/transport/websocket-transport.js";
import { SUBPROTOCOL } from "../../../src/wire/constants.js";
import type { Message } from "../../../src/wire/message.js";
import { RawPeer } from "../../daemon/raw-peer.js";
import { webSocketFrame, type WebSocketFrame } from "./raw-line.js";

/** How a hostile peer gets in. */
export interface HostilePeerOptions {
  readonly url: string;
  readonly key: Key;
  /** What HELLO says differently. */
  readonly handshake?: Partial<ClientHandshakeOptions>;
  /** Where it stops of its own will. @default "open": with an open session */
  readonly until?: "connected" | "greeted" | "confirmed" | "open";
}

/** A peer that holds a key, so that wrong content can bear a right tag, and whose socket is at hand below its frames. */
export class HostilePeer extends RawPeer implements AsyncDisposable {
  readonly webSocket: WebSocket;
  /** Below the WebSocket: to stop reading, or to write bytes between frames. */
  readonly socket: Socket;

  private constructor(webSocket: WebSocket, socket: Socket) {
    super(webSocketTransport(webSocket));
    this.webSocket = webSocket;
    this.socket = socket;
  }

  static async open({ url, key, handshake, until = "open" }: HostilePeerOptions): Promise<HostilePeer> {
    const webSocket = new WebSocket(url, [SUBPROTOCOL], { perMessageDeflate: false, maxPayload: 64 * 1024 * 1024 });
    const [{ socket }] = (await once(webSocket, "upgrade")) as [IncomingMessage];
    const peer = new HostilePeer(webSocket, socket);
    await peer.heard.opened_;
    if (until === "connected") return peer;
    const greeted = peer.greet(
      new ClientHandshake({
        credential: { method: 1, key },
        audience: new URL(url).origin,
        serializers: [1],
        maxFrameBytes: 2 * 1024 * 1024,
        ...handshake,
      }),
    );
    const isRefused = await Promise.race([greeted.then(() => false), peer.heard.closed_.then(() => true)]);
    if (isRefused) throw new Error(`the daemon closed with ${await peer.closeCode()} before WELCOME`);
    if (until === "greeted") return peer;
    peer.transport.send(peer.confirm);
    if (until === "confirmed") return peer;
    peer.say(["open"]);
    await peer.answer("ready");
    return peer;
  }

  /** Writes a WebSocket frame past `ws`, right or wrong. */
  frame(frame: WebSocketFrame): void {
    this.socket.write(webSocketFrame(frame));
  }

  /** Takes nothing more off the line. */
  stopReading(): void {
    this.webSocket.pause();
  }

  /** All messages of one name so far. */
  all(name: Message[0]): readonly Message[] {
    return this.messages().filter((message) => message[0] === name);
  }

  /** Why the daemon closed: the code of its close frame, 1006 without one. */
  async closeCode(): Promise<number> {
    return (await this.heard.closed_).code;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.transport.destroy();
    await this.heard.closed_;
  }
}
