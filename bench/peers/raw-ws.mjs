// The yardstick: a server that gives every message back unread, and a client that writes, reads and matches JSON.
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { WebSocket, WebSocketServer } from "ws";
import { item, moment, record } from "../samples.mjs";

const options = { perMessageDeflate: false, maxPayload: 16 << 20 };
/** Items between two turns of the event loop, so that the socket is written while the rest is made. */
const ITEMS_PER_TURN = 256;

/** @returns {Promise<import("./peer.js").ServerFacts>} */
export async function startServer() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  server.on("connection", (socket) =>
    socket.on("message", (message, isBinary) => {
      const bytes = /** @type {Buffer} */ (message);
      if (!isBinary && bytes[0] === 0x23) void sendItems(socket, Number(bytes.toString("utf8", 1)));
      else socket.send(bytes, { binary: isBinary });
    }),
  );
  await once(server, "listening");
  return { port: /** @type {import("node:net").AddressInfo} */ (server.address()).port };
}

/**
 * @param {WebSocket} socket
 * @param {number} count
 */
async function sendItems(socket, count) {
  for (let index = 0; index < count; index += 1) {
    socket.send(JSON.stringify(item(index)));
    if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await nextTurn();
  }
}

/**
 * @param {import("./peer.js").ServerFacts} server
 * @returns {Promise<import("./peer.js").BenchClient>}
 */
export async function connect({ port }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, options);
  await once(socket, "open");
  let lastId = 0;
  /** @type {Map<number, (answer: any) => void>} */ // oxlint-disable-line typescript/no-explicit-any
  const waiting = new Map();
  /** @type {(item: { readonly index: number }) => void} */
  let onStreamItem = () => {};

  /** @type {(id: number, answer: unknown) => void} */
  const settle = (id, answer) => {
    waiting.get(id)?.(answer);
    waiting.delete(id);
  };
  socket.on("message", (message, isBinary) => {
    const bytes = /** @type {Buffer} */ (message);
    if (isBinary) return settle(bytes.readUInt32BE(0), bytes.subarray(4));
    const answer = JSON.parse(bytes.toString());
    if (answer.id === undefined) return onStreamItem(answer);
    return settle(answer.id, answer.args[0]);
  });

  /** @type {(member: string, args: readonly unknown[]) => Promise<any>} */ // oxlint-disable-line typescript/no-explicit-any
  const call = (member, args) =>
    new Promise((resolve) => {
      lastId += 1;
      waiting.set(lastId, resolve);
      socket.send(JSON.stringify({ id: lastId, member, args }));
    });
  const sent = record(moment.toISOString());

  return {
    add: (a, b) => call("add", [a, b]),
    echoRecord: () => call("echo", [sent]),
    echoBytes: (bytes) =>
      new Promise((resolve) => {
        lastId += 1;
        waiting.set(lastId, resolve);
        const message = Buffer.allocUnsafe(4 + bytes.length);
        message.writeUInt32BE(lastId, 0);
        message.set(bytes, 4);
        socket.send(message);
      }),
    stream: (count, onItem) =>
      new Promise((resolve) => {
        let received = 0;
        onStreamItem = (streamed) => {
          onItem(streamed);
          received += 1;
          if (received === count) resolve();
        };
        socket.send(`#${count}`);
      }),
    async close() {
      socket.close();
      await once(socket, "close");
    },
  };
}
