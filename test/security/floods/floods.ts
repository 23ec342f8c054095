import type { Message } from "../../../src/wire/message.js";
import type { HostilePeer } from "../support/hostile-peer.js";
import { webSocketFrame, type WebSocketFrame } from "../support/raw-line.js";
import type { Attack } from "./attack.js";

/** Of connections, of what sessions may hold, and of messages. */
export const FLOOD_GROUPS = ["lines", "sessions", "calls"] as const;
export type FloodGroup = (typeof FLOOD_GROUPS)[number];

/** One attack, done again and again until the time is over. */
export interface Flood {
  /** Of the list of attacks. */
  readonly row: number;
  readonly what: string;
  /** Those of a group share a process. */
  readonly group: FloodGroup;
  /** How many of it at once. */
  readonly side: number;
  round(attack: Attack): Promise<void>;
}

const MIB = 1024 * 1024;

const times = <T>(count: number, make: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => make(index));

const frames = (count: number, frame: WebSocketFrame): Buffer =>
  Buffer.concat(times(count, () => webSocketFrame(frame)));

const BAD_FRAMES: readonly WebSocketFrame[] = [
  { opcode: 3 },
  { opcode: 15 },
  { rsv: 4 },
  { rsv: 1 },
  { isMasked: false, payload: "x" },
  { opcode: 0 },
  { opcode: 9, payload: new Uint8Array(126) },
  { opcode: 8, payload: Uint8Array.of(3) },
  { opcode: 1, payload: Uint8Array.of(0xc0, 0xaf) },
];

/** What it has been sent is not looked at here. */
async function toTheEnd(peer: HostilePeer, limitMs = 10_000): Promise<void> {
  await Promise.race([peer.heard.closed_, new Promise((resolve) => setTimeout(resolve, limitMs).unref())]);
}

/** Calls with ids from `first`, many to a frame. */
function sayCalls(peer: HostilePeer, first: number, count: number, call: (id: number) => Message): number {
  for (let id = first; id < first + count; id += 100) peer.say(...times(100, (index) => call(id + index)));
  return first + count;
}

/** Every flood of the list that is one; the rest of the rows are single bad messages. */
export const FLOODS: readonly Flood[] = [
  {
    row: 40,
    group: "sessions",
    what: "frames that say they have 2^63 bytes",
    side: 1,
    async round(attack) {
      const peer = await attack.peer();
      peer.frame({ length: 2n ** 63n });
      await toTheEnd(peer);
    },
  },
  {
    row: 41,
    group: "sessions",
    what: "messages in empty fragments",
    side: 1,
    async round(attack) {
      const peer = await attack.peer();
      peer.frame({ isFinal: false });
      await attack.flood(peer, frames(1000, { opcode: 0, isFinal: false }), MIB);
      await toTheEnd(peer);
    },
  },
  {
    row: 44,
    group: "lines",
    what: "malformed frames, compressed ones and text (rows 42, 44, 45)",
    side: 1,
    async round(attack) {
      for (const frame of BAD_FRAMES) {
        const line = await attack.webSocket();
        line.frame(frame);
        await line.closeCode();
        attack.reset(line);
      }
    },
  },
  {
    row: 46,
    group: "lines",
    what: "4 MiB before authentication",
    side: 2,
    async round(attack) {
      const line = await attack.webSocket();
      await attack.flood(line, Buffer.concat([webSocketFrame({ length: 2 * MIB }), Buffer.alloc(60_000)]), 4 * MIB);
      attack.reset(line);
    },
  },
  {
    row: 47,
    group: "lines",
    what: "a byte of a request each second, until cut off",
    side: 200,
    async round(attack) {
      const line = await attack.line();
      for (const byte of line.upgradeRequest.slice(0, 60)) {
        if (line.socket.destroyed) break;
        line.write(byte);
        await attack.pause(1_000);
      }
      attack.reset(line);
    },
  },
  {
    row: 47,
    group: "lines",
    what: "a byte of HELLO each second, until cut off",
    side: 32,
    async round(attack) {
      const line = await attack.webSocket();
      for (const byte of webSocketFrame({ payload: attack.hello(true) })) {
        if (line.socket.destroyed) break;
        line.write(Uint8Array.of(byte));
        await attack.pause(1_000);
      }
      attack.reset(line);
    },
  },
  {
    row: 48,
    group: "lines",
    what: "handshakes that are not finished",
    side: 8,
    async round(attack) {
      const line = await attack.webSocket();
      line.write(webSocketFrame({ payload: attack.hello(true) }));
      await Promise.race([line.closed, attack.pause(50)]);
      attack.reset(line);
    },
  },
  {
    row: 48,
    group: "lines",
    what: "handshakes with a wrong key",
    side: 4,
    async round(attack) {
      const line = await attack.webSocket();
      line.write(webSocketFrame({ payload: attack.hello(false) }));
      await line.closeCode();
      attack.reset(line);
    },
  },
  {
    row: 49,
    group: "sessions",
    what: "sessions that never say a word",
    side: 50,
    async round(attack) {
      const peer = await attack.peer();
      peer.stopReading();
      await attack.pause(60_000);
      attack.reset(peer);
    },
  },
  {
    row: 50,
    group: "sessions",
    what: "pings whose pongs nobody reads",
    side: 1,
    async round(attack) {
      const peer = await attack.peer();
      peer.stopReading();
      await attack.flood(peer, frames(500, { opcode: 9, payload: new Uint8Array(125) }), 8 * MIB);
      attack.reset(peer);
    },
  },
  {
    row: 51,
    group: "sessions",
    what: "pongs that nobody asked for",
    side: 1,
    async round(attack) {
      const peer = await attack.peer();
      await attack.flood(peer, frames(500, { opcode: 10, payload: new Uint8Array(125) }), 8 * MIB);
      attack.reset(peer);
    },
  },
  {
    row: 52,
    group: "sessions",
    what: "answers of 1 MiB that nobody reads",
    side: 1,
    async round(attack) {
      const peer = await attack.peer();
      peer.stopReading();
      for (let id = 1; id <= 40; id++) peer.say(["call", id, "target", "bytes", { json: [MIB] }]);
      await Promise.race([peer.heard.closed_, attack.pause(3_000)]);
      attack.reset(peer);
    },
  },
  {
    row: 53,
    group: "calls",
    what: "calls that are never awaited, 256 of which run",
    side: 2,
    async round(attack) {
      const peer = await attack.peer();
      for (let id = 1; id < 20_000 && !peer.socket.destroyed;) {
        id = sayCalls(peer, id, 1_000, (each) => ["call", each, "target", "hang", { json: [] }]);
        while (peer.webSocket.bufferedAmount > 0 && !peer.socket.destroyed) await attack.pause(1);
      }
      attack.reset(peer);
    },
  },
  {
    row: 54,
    group: "calls",
    what: "calls that are cancelled at once",
    side: 1,
    async round(attack) {
      const peer = await attack.peer();
      for (let id = 1; id < 5_000 && !peer.socket.destroyed; id += 50) {
        peer.say(
          ...times(50, (index): readonly Message[] => [
            ["call", id + index, "target", "hang", { json: [] }],
            ["cancel", id + index],
          ]).flat(),
        );
        while (peer.webSocket.bufferedAmount > 0 && !peer.socket.destroyed) await attack.pause(1);
      }
      attack.reset(peer);
    },
  },
  {
    row: 55,
    group: "sessions",
    what: "64 streams that are opened and never consumed",
    side: 2,
    async round(attack) {
      const peer = await attack.peer();
      for (let id = 1; id <= 64; id++) peer.say(["call", id, "target", "blocks", { json: [4096] }]);
      await Promise.race([peer.answer("ok", 64), peer.heard.closed_, attack.pause(1_000)]);
      attack.reset(peer);
    },
  },
  {
    row: 56,
    group: "sessions",
    what: "credit that overflows",
    side: 1,
    async round(attack) {
      const peer = await attack.peer();
      peer.say(["call", 1, "target", "endless", { json: [] }]);
      await peer.answer("ok", 1);
      peer.say(["credit", 1, 1024], ["credit", 1, 1024]);
      await toTheEnd(peer);
    },
  },
  {
    row: 57,
    group: "calls",
    what: "callbacks, 4096 of which are kept",
    side: 1,
    async round(attack) {
      const peer = await attack.peer();
      const meta = { values: { 0: [["custom", "ref"]] }, v: 1 };
      for (let id = 1; id < 10_000 && !peer.socket.destroyed;) {
        id = sayCalls(peer, id, 500, (each) => [
          "call",
          each,
          "target",
          "echo",
          { json: [[0, each, "function"]], meta } as never,
        ]);
        while (peer.webSocket.bufferedAmount > 0 && !peer.socket.destroyed) await attack.pause(1);
      }
      attack.reset(peer);
    },
  },
  {
    row: 59,
    group: "calls",
    what: "calls to references that were never given",
    side: 1,
    async round(attack) {
      const peer = await attack.peer();
      for (let id = 1; id < 5_000 && !peer.socket.destroyed;) {
        id = sayCalls(peer, id, 500, (each) => ["call", each, 1_000_000, "ping", { json: [] }]);
        while (peer.webSocket.bufferedAmount > 0 && !peer.socket.destroyed) await attack.pause(1);
      }
      attack.reset(peer);
    },
  },
  {
    row: 61,
    group: "sessions",
    what: "peers that leave with 250 calls running",
    side: 4,
    async round(attack) {
      const peer = await attack.peer();
      for (let id = 1; id <= 250; id += 50) {
        peer.say(...times(50, (index): Message => ["call", id + index, "target", "hang", { json: [] }]));
      }
      await attack.pause(20);
      attack.reset(peer);
    },
  },
  {
    row: 62,
    group: "lines",
    what: "connections opened and closed",
    side: 4,
    async round(attack) {
      attack.reset(await attack.peer());
    },
  },
];
