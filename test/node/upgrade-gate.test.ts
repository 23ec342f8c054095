import { once } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { PeerFacts } from "../../src/daemon/peer-facts.js";
import { ConnectionGuard } from "../../src/node/connection-guard.js";
import { listen, type OwnServer } from "../../src/node/listen.js";
import { reachability } from "../../src/node/reachability.js";
import { UpgradeGate, type UpgradeTarget } from "../../src/node/upgrade-gate.js";
import { systemClock } from "../../src/session/clock.js";
import type { Transport, TransportClose } from "../../src/transport/transport.js";
import { clientFrame, closeCode, rawRequest, rawUpgrade, UPGRADE_LINES, type RawAnswer } from "./raw-http.js";

interface Peer {
  readonly facts: PeerFacts;
  readonly transport: Transport;
  readonly frames: Uint8Array[];
  readonly closed: Promise<TransportClose>;
}

let own: OwnServer;
let gate: UpgradeGate;
let port: number;
let peers: Peer[];
let onFrame: (peer: Peer) => void;
let refusals: string[];
const sockets: Socket[] = [];

const target: UpgradeTarget = {
  accept(transport, facts = {}) {
    const frames: Uint8Array[] = [];
    const closed = new Promise<TransportClose>((resolve) =>
      transport.start({
        opened: () => {},
        frame: (bytes) => {
          frames.push(bytes);
          onFrame(peer);
        },
        closed: resolve,
      }),
    );
    const peer: Peer = { facts, transport, frames, closed };
    peers.push(peer);
  },
  refused: ({ reason }) => void refusals.push(reason),
};

beforeEach(async () => {
  peers = [];
  onFrame = () => {};
  refusals = [];
  gate = new UpgradeGate(target, { maxFrameBytes: 65_536, trustProxy: undefined });
  own = await listen({
    host: "127.0.0.1",
    port: 0,
    path: "/rpc",
    requireSafe: () => {},
    guard: new ConnectionGuard({
      clock: systemClock,
      trustProxy: undefined,
      refused: (refusal) => target.refused(refusal),
    }),
    onUpgrade: (request, socket, head) =>
      gate.handle(request, socket, head, reachability(own.bound, { path: "/rpc", publicUrls: [], origins: [] })),
  });
  port = own.bound.port;
});
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  gate.close();
  own.stop();
  await own.release();
});

async function upgrade(
  options: { target?: string; lines?: readonly string[]; behind?: string } = {},
): Promise<RawAnswer> {
  const answer = await rawUpgrade({ port, target: "/rpc", ...options });
  sockets.push(answer.socket);
  return answer;
}

const host = (): string => `Host: 127.0.0.1:${port}`;

describe("an upgrade that is right", () => {
  it("is answered 101 with the subprotocol and no extension", async () => {
    const { status, head } = await upgrade({
      lines: [
        host(),
        ...UPGRADE_LINES.slice(0, 4),
        "Sec-WebSocket-Protocol: graphql-ws, hearthwire.v1",
        "Sec-WebSocket-Extensions: permessage-deflate",
      ],
    });
    expect(status).toBe(101);
    expect(head).toMatch(/\r\nSec-WebSocket-Protocol: hearthwire\.v1$/);
    expect(head).not.toMatch(/extensions/i);
  });

  it("reaches the daemon with what is known of the peer", async () => {
    await upgrade({ lines: [host(), `Origin: http://127.0.0.1:${port}`, ...UPGRADE_LINES] });
    await upgrade();
    expect(
      peers.map(({ facts: { remoteAddress, isLoopback, origin } }) => ({ remoteAddress, isLoopback, origin })),
    ).toEqual([
      { remoteAddress: "127.0.0.1", isLoopback: true, origin: `http://127.0.0.1:${port}` },
      { remoteAddress: "127.0.0.1", isLoopback: true, origin: undefined },
    ]);
    expect(refusals).toEqual([]);
  });

  it("brings frames that came in the same packet", async () => {
    await upgrade({ behind: clientFrame(2, Buffer.from("early")).toString("latin1") });
    await expect.poll(() => peers[0]?.frames.map((frame) => Buffer.from(frame).toString())).toEqual(["early"]);
  });
});

describe("an upgrade that is wrong gets a status and nothing else", () => {
  it.each([
    ["another Host", 403, () => ["Host: evil.example", ...UPGRADE_LINES], "/rpc"],
    ["two Host headers", 403, () => [host(), host(), ...UPGRADE_LINES], "/rpc"],
    ["user info in Host", 403, () => [`Host: 127.0.0.1@127.0.0.1:${port}`, ...UPGRADE_LINES], "/rpc"],
    ["another Origin", 403, () => [host(), "Origin: http://evil.example", ...UPGRADE_LINES], "/rpc"],
    [
      "two Origins",
      403,
      () => [host(), `Origin: http://127.0.0.1:${port}`, "Origin: http://evil.example", ...UPGRADE_LINES],
      "/rpc",
    ],
    ["Origin null", 403, () => [host(), "Origin: null", ...UPGRADE_LINES], "/rpc"],
    ["another path", 404, () => [host(), ...UPGRADE_LINES], "/"],
    ["a query", 404, () => [host(), ...UPGRADE_LINES], "/rpc?ticket=1"],
    ["an absolute target", 404, () => [host(), ...UPGRADE_LINES], "http://127.0.0.1/rpc"],
    ["no subprotocol", 400, () => [host(), ...UPGRADE_LINES.slice(0, 4)], "/rpc"],
    [
      "another subprotocol",
      400,
      () => [host(), ...UPGRADE_LINES.slice(0, 4), "Sec-WebSocket-Protocol: graphql-ws"],
      "/rpc",
    ],
  ] as const)("%s: %d", async (_what, status, lines, path) => {
    const answer = await upgrade({ lines: lines(), target: path });
    expect([answer.status, answer.body]).toEqual([status, ""]);
    expect(answer.head).toMatch(/\r\nContent-Length: 0$/);
    expect(refusals).toHaveLength(1);
    expect(peers).toEqual([]);
  });

  it.each([
    [
      "a key that is none",
      () => [host(), ...UPGRADE_LINES.filter((line) => !line.includes("-Key")), "Sec-WebSocket-Key: x"],
    ],
    [
      "another version",
      () => [host(), ...UPGRADE_LINES.filter((line) => !line.includes("-Version")), "Sec-WebSocket-Version: 7"],
    ],
    [
      "another kind of upgrade",
      () => [host(), "Upgrade: h2c", ...UPGRADE_LINES.filter((line) => !line.startsWith("Upgrade"))],
    ],
    ["malformed subprotocols", () => [host(), ...UPGRADE_LINES, "Sec-WebSocket-Protocol: (,hearthwire.v1"]],
  ] as const)("%s: 400", async (_what, lines) => {
    const answer = await upgrade({ lines: lines() });
    expect([answer.status, answer.body]).toEqual([400, ""]);
    expect(peers).toEqual([]);
  });

  it.each([
    ["no Host", ""],
    ["a space before the colon", "Host : 127.0.0.1\r\n"],
    ["a folded Host", "Host: 127.0.0.1\r\n evil.example\r\n"],
    ["Content-Length and Transfer-Encoding", "Host: 127.0.0.1\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n"],
    ["a body", "Host: 127.0.0.1\r\nContent-Length: 3\r\n"],
  ])("what smuggles by %s is refused and the line closed", async (_what, lines) => {
    const head = lines.replace("127.0.0.1", `127.0.0.1:${port}`);
    const answer = await rawRequest(port, `GET /rpc HTTP/1.1\r\n${head}${UPGRADE_LINES.join("\r\n")}\r\n\r\nabc`);
    expect([400, 403]).toContain(answer.status);
    expect(answer.body).toBe("");
    expect(peers).toEqual([]);
  });

  it("a peer that resets in mid-answer harms nobody", async () => {
    for (let count = 0; count < 8; count++) {
      const { socket } = await upgrade({ target: "/wrong" });
      socket.resetAndDestroy();
    }
    expect((await upgrade()).status).toBe(101);
  });
});

describe("before authentication", () => {
  it("takes 8 KiB on the socket and destroys it at more", async () => {
    const { socket } = await upgrade();
    socket.write(clientFrame(2, new Uint8Array(8192 - 8)));
    await expect.poll(() => peers[0]!.frames.map(({ length }) => length)).toEqual([8184]);
    peers[0]!.transport.send(new Uint8Array(1));
    await once(socket, "data");
    socket.write(clientFrame(2, new Uint8Array(1)));
    expect((await peers[0]!.closed).code).toBe(1006);
  });

  it("counts what never becomes a message, such as pings", async () => {
    const { socket } = await upgrade();
    for (let count = 0; count < 64; count++) socket.write(clientFrame(9, new Uint8Array(125)));
    expect((await peers[0]!.closed).code).toBe(1006);
  });

  it("no longer counts once the peer has proved itself, not even the rest of that packet", async () => {
    onFrame = ({ facts, frames }) => frames.length === 1 && facts.onAuthenticated?.();
    const { socket } = await upgrade();
    socket.write(Buffer.concat([clientFrame(2, Buffer.from("CONFIRM")), clientFrame(2, new Uint8Array(60_000))]));
    await expect.poll(() => peers[0]!.frames.map(({ length }) => length)).toEqual([7, 60_000]);
    socket.write(clientFrame(2, new Uint8Array(60_000)));
    await expect.poll(() => peers[0]!.frames.length).toBe(3);
  });
});

describe("frames", () => {
  it("above the limit close the line with 1009", async () => {
    const { socket } = await upgrade();
    peers[0]!.facts.onAuthenticated?.();
    socket.write(clientFrame(2, new Uint8Array(65_537)));
    expect(await closeCode(socket)).toBe(1009);
  });

  it("of text close it with 1003", async () => {
    const { socket } = await upgrade();
    socket.write(clientFrame(1, Buffer.from("hello")));
    expect(await closeCode(socket)).toBe(1003);
  });

  it("in too many fragments close it", async () => {
    const { socket } = await upgrade();
    peers[0]!.facts.onAuthenticated?.();
    socket.write(clientFrame(2, new Uint8Array(1), false));
    for (let count = 0; count < 128; count++) socket.write(clientFrame(0, new Uint8Array(1), false));
    expect(await closeCode(socket)).toBe(1008);
    expect(peers[0]!.frames).toEqual([]);
  });
});

describe("the end", () => {
  it("destroys open lines at close", async () => {
    const { socket } = await upgrade();
    gate.close();
    await once(socket, "close");
    expect((await peers[0]!.closed).code).toBe(1006);
  });
});

describe("a plain request", () => {
  it("on the daemon's path is 426, elsewhere 404, with a short text", async () => {
    const get = (path: string) => rawRequest(port, `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
    const ours = await get("/rpc/warehouse");
    expect(ours.status).toBe(426);
    expect(ours.head).toMatch(/\r\nupgrade: websocket/i);
    expect(ours.body).toContain("WebSocket");
    const other = await get("/index.html");
    expect([other.status, other.body.includes("Nothing is served here.")]).toEqual([404, true]);
  });
});
