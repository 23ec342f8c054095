import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { UPGRADE_LINES } from "../node/raw-http.js";
import { dialWebSocket } from "../../src/transport/websocket-transport.js";
import { Recorder } from "../transport/recorder.js";
import { AttackedDaemon } from "./support/attacked-daemon.js";
import { webSocketFrame, type WebSocketFrame } from "./support/raw-line.js";

const MAX_FRAME_BYTES = 2 * 1024 * 1024;
const MAX_FRAGMENTS = 128;
/** RFC 6455 section 1.3. */
const WEBSOCKET_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

let attacked: AttackedDaemon;
beforeAll(async () => void (attacked = await AttackedDaemon.start()));
afterEach(() => attacked.isUnharmed());
afterAll(() => attacked[Symbol.asyncDispose]());

describe("a frame above maxFrameBytes", () => {
  test.each([
    ["2^63 bytes", 2n ** 63n],
    ["2^53 bytes", 2n ** 53n],
    ["2^31 bytes", 2n ** 31n],
    ["one byte too many", BigInt(MAX_FRAME_BYTES + 1)],
  ])("row 40: that says it has %s is refused by its header alone, with 1009", async (_what, length) => {
    await using peer = await attacked.peer();
    peer.frame({ length });
    expect(await peer.closeCode()).toBe(1009);
    expect(await attacked.event("closed")).toContain("key:eve");
  });

  test("row 40: is refused when its fragments come to more in all", async () => {
    await using peer = await attacked.peer();
    const payload = new Uint8Array(MAX_FRAME_BYTES / 4);
    peer.frame({ payload, isFinal: false });
    for (let count = 0; count < 3; count++) peer.frame({ opcode: 0, payload, isFinal: false });
    peer.frame({ opcode: 0, length: 1 });
    expect(await peer.closeCode()).toBe(1009);
  });

  test("row 40: is taken up to the limit: a wrong tag ends it, not its size", async () => {
    await using peer = await attacked.peer();
    peer.frame({ payload: new Uint8Array(MAX_FRAME_BYTES) });
    expect(await peer.closeCode()).toBe(4400);
  });
});

describe("a message in fragments", () => {
  test.each([
    ["one byte", "x"],
    ["nothing", ""],
  ])("row 41: of %s each is cut at 128 with 1008", async (_what, payload) => {
    await using peer = await attacked.peer();
    peer.frame({ payload, isFinal: false });
    for (let count = 1; count < MAX_FRAGMENTS + 1; count++) peer.frame({ opcode: 0, payload, isFinal: false });
    expect(await peer.closeCode()).toBe(1008);
  });

  test("row 41: of 128 is taken, whether or not there is something in them", async () => {
    await using peer = await attacked.peer();
    const call = peer.data(["call", 1, "target", "increment", { json: [] }]);
    peer.frame({ payload: call.subarray(0, 20), isFinal: false });
    for (let count = 2; count < MAX_FRAGMENTS; count++) peer.frame({ opcode: 0, isFinal: false });
    peer.frame({ opcode: 0, payload: call.subarray(20) });
    expect(await peer.answer("ok", 1)).toEqual(["ok", 1, { json: 1 }]);
    await attacked.canary.reset();
  });

  test("row 41: before the peer has proved itself is cut no later", async () => {
    await using line = await attacked.webSocket();
    for (let count = 0; count < MAX_FRAGMENTS + 1; count++) line.frame({ opcode: count === 0 ? 2 : 0, isFinal: false });
    expect(await line.closeCode()).toBe(1008);
  });
});

describe("a message of a daemon in fragments", () => {
  test.each([
    ["one byte", "x"],
    ["nothing", ""],
  ])("row 41: of %s each is cut by the client at 128", async (_what, payload) => {
    await using server = createServer((_request, response) => response.end()).listen(0, "127.0.0.1");
    await once(server, "listening");
    server.on("upgrade", (request, socket) => {
      const accept = createHash("sha1")
        .update(`${request.headers["sec-websocket-key"]}${WEBSOCKET_GUID}`)
        .digest("base64");
      socket.on("error", () => {});
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n` +
          "Sec-WebSocket-Protocol: hearthwire.v1\r\n\r\n",
      );
      for (let count = 0; count < MAX_FRAGMENTS + 1; count++) {
        socket.write(webSocketFrame({ opcode: count === 0 ? 2 : 0, payload, isFinal: false, isMasked: false }));
      }
      // Its close frame, which is all that the client has to say.
      socket.on("data", () => socket.end());
    });
    const heard = new Recorder();
    dialWebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`).start(heard);
    expect((await heard.closed_).error?.message).toBe("Too many message fragments");
  });
});

describe("compression", () => {
  test("row 42: is not negotiated, and a compressed frame closes the line with 1002", async () => {
    await using line = await attacked.line();
    const lines = [...UPGRADE_LINES, "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits"];
    line.write(`GET / HTTP/1.1\r\nHost: 127.0.0.1:${attacked.port}\r\n${lines.join("\r\n")}\r\n\r\n`);
    expect(await line.status()).toBe(101);
    expect(line.head).not.toMatch(/extensions/i);
    line.frame({ rsv: 4, payload: Uint8Array.of(0xaa, 0, 0, 0, 0xff, 0xff) });
    expect(await line.closeCode()).toBe(1002);
  });
});

describe("a malformed frame", () => {
  const CASES: readonly (readonly [string, WebSocketFrame, number])[] = [
    ...[3, 4, 5, 6, 7, 11, 12, 13, 14, 15].map((opcode) => [`opcode ${opcode}`, { opcode }, 1002] as const),
    ["RSV1", { rsv: 4 }, 1002],
    ["RSV2", { rsv: 2 }, 1002],
    ["RSV3", { rsv: 1 }, 1002],
    ["no mask", { isMasked: false, payload: "x" }, 1002],
    ["a continuation of nothing", { opcode: 0 }, 1002],
    ["a ping of 126 bytes", { opcode: 9, payload: new Uint8Array(126) }, 1002],
    ["a ping in fragments", { opcode: 9, isFinal: false }, 1002],
    ["a close frame of one byte", { opcode: 8, payload: Uint8Array.of(3) }, 1002],
    ...[0, 999, 1004, 1005, 1006, 1015, 2999, 5000, 65_535].map(
      (code) => [`close code ${code}`, { opcode: 8, payload: Uint8Array.of(code >> 8, code & 255) }, 1002] as const,
    ),
    ["a close reason of invalid UTF-8", { opcode: 8, payload: Uint8Array.of(3, 232, 0xff) }, 1007],
    ["a text of invalid UTF-8", { opcode: 1, payload: Uint8Array.of(0xc0, 0xaf) }, 1007],
  ];

  test.each(CASES)("row 44: with %s closes the line of a stranger", async (_what, frame, code) => {
    await using line = await attacked.webSocket();
    line.frame(frame);
    expect(await line.closeCode()).toBe(code);
  });

  test.each(CASES)("row 44: with %s ends the session of a peer", async (_what, frame, code) => {
    await using peer = await attacked.peer();
    peer.frame(frame);
    expect(await peer.closeCode()).toBe(code);
    expect(await attacked.event("closed")).toContain("key:eve");
  });

  test("row 44: a new message within one in fragments closes the line", async () => {
    await using line = await attacked.webSocket();
    line.frame({ isFinal: false });
    line.frame({ opcode: 2 });
    expect(await line.closeCode()).toBe(1002);
  });

  test("row 44: the frame that it follows is taken, the one that follows it is not", async () => {
    await using peer = await attacked.peer();
    const calls = [1, 2].map((id) => peer.data(["call", id, "target", "increment", { json: [] }]));
    const bytes = calls.map((payload) => webSocketFrame({ payload }));
    peer.socket.write(Buffer.concat([bytes[0]!, webSocketFrame({ rsv: 2 }), bytes[1]!]));
    expect(await peer.closeCode()).toBe(1002);
    expect(await attacked.canary.facts()).toMatchObject({ counter: 1 });
    await attacked.canary.reset();
  });
});

describe("a text frame", () => {
  test.each([
    ["of a stranger", "connected"],
    ["before CONFIRM", "greeted"],
    ["in an open session", "open"],
  ] as const)("row 45: %s closes the line with 1003", async (_what, until) => {
    await using peer = await attacked.peer({ until });
    peer.frame({ opcode: 1, payload: "hello" });
    expect(await peer.closeCode()).toBe(1003);
  });

  test("row 45: with a right tag is not run", async () => {
    await using peer = await attacked.peer();
    const call = Buffer.from(peer.data(["call", 1, "target", "increment", { json: [] }]));
    // No text, but text frames may hold what is none up to their end.
    peer.frame({ opcode: 1, payload: call });
    expect(await peer.closeCode()).toBe(1007);
    expect(await attacked.canary.facts()).toMatchObject({ counter: 0 });
  });
});

describe("bytes before authentication", () => {
  test("row 46: are cut at 8 KiB: 4 MiB in one message", async () => {
    await using line = await attacked.webSocket();
    line.frame({ payload: new Uint8Array(4 * 1024 * 1024 - 64), length: 2 * 1024 * 1024 });
    expect(await line.closeCode()).toBe(1006);
    expect(await attacked.event("refused")).toMatch(/closed with 1006 before the peer had proved itself/);
  });

  test.each<[string, WebSocketFrame]>([
    ["small messages", { payload: new Uint8Array(1000) }],
    ["pings", { opcode: 9, payload: new Uint8Array(100) }],
    ["pongs", { opcode: 10, payload: new Uint8Array(100) }],
    ["empty fragments", { opcode: 0, isFinal: false }],
  ])("row 46: are cut at 8 KiB, whatever they are: %s", async (_what, frame) => {
    await using line = await attacked.webSocket();
    if (frame.opcode === 0) line.frame({ isFinal: false });
    const bytes = webSocketFrame(frame);
    for (let sent = 0; sent < 16 * 1024; sent += bytes.length) line.write(bytes);
    await line.closed;
    expect(await attacked.event("refused")).toMatch(/before the peer had proved itself|a frame starts with/);
  });

  test("row 46: are cut between HELLO and CONFIRM as well", async () => {
    await using peer = await attacked.peer({ until: "greeted" });
    peer.frame({ opcode: 9, payload: new Uint8Array(100) });
    for (let sent = 0; sent < 8 * 1024; sent += 106) peer.frame({ opcode: 10, payload: new Uint8Array(100) });
    expect(await peer.closeCode()).toBe(1006);
  });
});
