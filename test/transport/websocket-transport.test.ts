import { createServer } from "node:http";
import { type AddressInfo, Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import type { Transport } from "../../src/transport/transport.js";
import { dialWebSocket, webSocketTransport, type WebSocketLike } from "../../src/transport/websocket-transport.js";
import { UpgradeRefusedError } from "../../src/transport/upgrade-refused-error.js";
import { Recorder } from "./recorder.js";
import { describeTransport } from "./transport-contract.js";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A `ws` server on loopback; `accept` gives the server's side of the next connection, in the turn in which it opens. */
async function listen(options: { maxPayload?: number; perMessageDeflate?: boolean } = {}) {
  const server = new WebSocketServer({
    host: "127.0.0.1",
    port: 0,
    handleProtocols: () => "hearthwire.v1",
    ...options,
  });
  await new Promise((resolve) => server.once("listening", resolve));
  cleanups.push(async () => {
    for (const client of server.clients) client.terminate();
    await new Promise((resolve) => server.close(resolve));
  });
  const accepted = new Promise<{ socket: WebSocket; transport: Transport }>((resolve) =>
    server.once("connection", (socket) => resolve({ socket, transport: webSocketTransport(socket) })),
  );
  return { url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, accepted };
}

/** A server that answers each upgrade with what the test says. */
async function answerUpgradesWith(answer: (socket: Socket) => void) {
  const server = createServer();
  server.on("upgrade", (_request, socket) => answer(socket as Socket));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

/** What a browser's WebSocket does where it differs from that of `ws`; its events come from the test. */
class PageSocket extends EventTarget implements WebSocketLike {
  binaryType = "blob";
  readonly readyState = 1;
  readonly bufferedAmount = 0;
  readonly closeCodes: unknown[] = [];

  tells(event: string, what: object): void {
    this.dispatchEvent(Object.assign(new Event(event), what));
  }

  send(): void {}

  close(code?: number): void {
    if (code !== undefined && code !== 1000 && code < 3000) throw new DOMException("", "InvalidAccessError");
    this.closeCodes.push(code);
  }
}

describeTransport("a WebSocket, dialled end near,", async () => {
  const { url, accepted } = await listen();
  const near = dialWebSocket(url);
  const far = (await accepted).transport;
  return { near, far, [Symbol.asyncDispose]: async () => near.destroy() };
});

describeTransport("a WebSocket, accepted end near,", async () => {
  const { url, accepted } = await listen();
  const far = dialWebSocket(url);
  const near = (await accepted).transport;
  return { near, far, [Symbol.asyncDispose]: async () => far.destroy() };
});

describe("webSocketTransport", () => {
  it("closes with 1003 when a text message comes, and says so", async () => {
    const { url, accepted } = await listen();
    const client = new WebSocket(url, ["hearthwire.v1"]);
    const closeCode = new Promise((resolve) => client.once("close", resolve));
    const { transport } = await accepted;
    const received = new Recorder();
    transport.start(received);
    client.on("open", () => client.send("text"));
    expect(await closeCode).toBe(1003);
    const close = await received.closed_;
    expect(close.code).toBe(1003);
    expect(close.error?.message).toContain("text");
    expect(received.frames).toEqual([]);
  });

  it("closes with 4400 for a text message where the host refuses to send 1003, as browsers do", async () => {
    const socket = new PageSocket();
    webSocketTransport(socket).start(new Recorder());
    socket.tells("message", { data: "text" });
    expect(socket.closeCodes).toEqual([4400]);
  });

  it("has what was read of the socket below when it opens", async () => {
    const { url } = await listen();
    const security = { channelBinding: new Uint8Array(32) };
    const sockets: object[] = [];
    const readSecurity = (socket: object) => (sockets.push(socket), security);
    const dialled = dialWebSocket(url, { readSecurity });
    expect(dialled.security).toBeUndefined();
    const received = new Recorder();
    dialled.start(received);
    await received.opened_;
    expect(dialled.security).toBe(security);
    expect(sockets).toEqual([expect.any(Socket)]);
    dialled.destroy();
  });

  it("ends without having opened when the socket below can't be read", async () => {
    const { url } = await listen();
    const unreadable = new Error("a certificate that is none");
    const readSecurity = () => {
      throw unreadable;
    };
    const received = new Recorder();
    const dialled = dialWebSocket(url, { readSecurity });
    dialled.start(received);
    expect(await received.closed_).toEqual({ code: 1006, reason: "", error: unreadable });
    expect(received.openings).toBe(0);
  });

  it("tells what its host makes of an error", async () => {
    const explained = new Error("nobody is at home");
    const explain = (error: Error) => ("code" in error ? explained : error);
    const received = new Recorder();
    dialWebSocket("ws://127.0.0.1:1/", { explain }).start(received);
    expect((await received.closed_).error).toBe(explained);
  });

  it("asks a browser's WebSocket for ArrayBuffers and takes them without a copy", async () => {
    const socket = new PageSocket();
    const received = new Recorder();
    webSocketTransport(socket).start(received);
    expect(socket.binaryType).toBe("arraybuffer");
    const content = new ArrayBuffer(3);
    socket.tells("message", { data: content });
    expect(received.frames[0]!.buffer).toBe(content);
  });

  it("leaves ws at Buffers, for it copies every frame into an ArrayBuffer", async () => {
    const { url, accepted } = await listen();
    dialWebSocket(url);
    expect((await accepted).socket.binaryType).toBe("nodebuffer");
  });

  it("ends at once when destroyed, also where a half-open line would keep a browser waiting", async () => {
    const socket = new PageSocket();
    const received = new Recorder();
    const transport = webSocketTransport(socket);
    transport.start(received);
    transport.destroy();
    expect(await received.closed_).toEqual({ code: 1006, reason: "" });
    expect(socket.closeCodes).toEqual([undefined]);
    socket.tells("close", { code: 1000, reason: "late" });
    expect(received.closings.length).toBe(1);
  });

  it("closes with 1009 and names the cause when a frame is above what its side accepts", async () => {
    const { url, accepted } = await listen({ maxPayload: 1000 });
    const client = dialWebSocket(url);
    const near = new Recorder();
    client.start(near);
    const far = new Recorder();
    (await accepted).transport.start(far);
    await near.opened_;
    client.send(new Uint8Array(1001));
    expect((await near.closed_).code).toBe(1009);
    expect((await far.closed_).error?.message).toContain("payload");
    expect(far.frames).toEqual([]);
  });
});

describe("dialWebSocket", () => {
  it("offers the subprotocol hearthwire.v1 and no compression, also to a server that would take it", async () => {
    const { url, accepted } = await listen({ perMessageDeflate: true });
    dialWebSocket(url).start(new Recorder());
    const { socket } = await accepted;
    expect(socket.protocol).toBe("hearthwire.v1");
    expect(socket.extensions).toBe("");
  });

  it("hands options on to ws", async () => {
    let heard: unknown;
    const url = await answerUpgradesWith((socket) => socket.destroy());
    const nodeOptions = {
      headers: { "X-Colour": "green" },
      finishRequest: (request: { getHeader(name: string): unknown; end(): void }) => {
        heard = request.getHeader("X-Colour");
        request.end();
      },
    };
    const received = new Recorder();
    dialWebSocket(url, { nodeOptions }).start(received);
    await received.closed_;
    expect(heard).toBe("green");
  });

  it("bounds what it accepts by maxFrameBytes", async () => {
    const { url, accepted } = await listen();
    const client = dialWebSocket(url, { maxFrameBytes: 1000 });
    const near = new Recorder();
    client.start(near);
    const { transport } = await accepted;
    const far = new Recorder();
    transport.start(far);
    transport.send(new Uint8Array(1000));
    await near.count(1);
    transport.send(new Uint8Array(1001));
    expect((await far.closed_).code).toBe(1009);
  });

  it.each([403, 404, 400, 503])("gives the HTTP status %d with which the server refused", async (status) => {
    const url = await answerUpgradesWith((socket) =>
      socket.end(`HTTP/1.1 ${status} No\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`),
    );
    const received = new Recorder();
    dialWebSocket(url).start(received);
    const { code, error } = await received.closed_;
    expect(code).toBe(1006);
    expect(error).toBeInstanceOf(UpgradeRefusedError);
    expect((error as UpgradeRefusedError).status).toBe(status);
    expect(received.openings).toBe(0);
  });

  it("gives the operating system's error when nobody listens", async () => {
    const url = await answerUpgradesWith(() => {});
    for (const cleanup of cleanups.splice(0)) await cleanup();
    const received = new Recorder();
    dialWebSocket(url).start(received);
    const { error } = await received.closed_;
    expect((error as NodeJS.ErrnoException).code).toBe("ECONNREFUSED");
  });

  it.each(["not a url", "ftp://127.0.0.1/", "ws://127.0.0.1/#fragment"])(
    "tells that %j can't be dialled by its end, and never throws",
    async (url) => {
      const received = new Recorder();
      const transport = dialWebSocket(url);
      transport.start(received);
      transport.send(Uint8Array.of(1));
      transport.close();
      transport.destroy();
      const close = await received.closed_;
      expect(close.code).toBe(1006);
      expect(close.error).toBeInstanceOf(Error);
    },
  );

  it.each(["close", "destroy"] as const)("ends quietly on %s while it is still connecting", async (end) => {
    let refuse!: () => void;
    const url = await answerUpgradesWith((socket) => (refuse = () => socket.destroy()));
    const received = new Recorder();
    const transport = dialWebSocket(url);
    transport.start(received);
    transport.send(Uint8Array.of(1));
    transport[end]();
    transport[end]();
    expect(await received.closed_).toEqual({ code: 1006, reason: "" });
    await received.turns();
    refuse?.();
    expect(received.closings.length).toBe(1);
    expect(received.openings).toBe(0);
  });
});
