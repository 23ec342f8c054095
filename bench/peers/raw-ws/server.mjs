// The yardstick: a server that gives every message back unread. Only what its client asks for in words of one letter is
// more than an echo: `#1000` for a stream of so many items, `!1000` for so many calls back.
import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { WebSocketServer } from "ws";
import { item } from "../../samples.mjs";
import { callMany, ITEMS_PER_TURN, socketOptions } from "../common.mjs";

const STREAM = "#".charCodeAt(0);
const CALL_BACK = "!".charCodeAt(0);
const ANSWER = "=".charCodeAt(0);

/** @returns {Promise<import("../peer.js").ServerFacts>} */
export async function startServer() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...socketOptions });
  server.on("connection", (socket) => {
    /** @type {Map<number, () => void>} */
    const waiting = new Map();
    /** @param {number} index */
    const call = (index) =>
      new Promise((/** @type {(value: void) => void} */ resolve) => {
        waiting.set(index, resolve);
        socket.send(JSON.stringify({ call: index }));
      });
    socket.on("message", (message, isBinary) => {
      const bytes = /** @type {Buffer} */ (message);
      if (isBinary) return socket.send(bytes, { binary: true });
      const argument = () => Number(bytes.toString("utf8", 1));
      if (bytes[0] === STREAM) return void sendItems(socket, argument());
      if (bytes[0] === CALL_BACK) return void callMany(argument(), call).then(() => socket.send('{"called":true}'));
      if (bytes[0] !== ANSWER) return socket.send(bytes, { binary: false });
      const index = argument();
      waiting.get(index)?.();
      waiting.delete(index);
    });
  });
  await once(server, "listening");
  return { port: /** @type {import("node:net").AddressInfo} */ (server.address()).port };
}

/**
 * @param {import("ws").WebSocket} socket
 * @param {number} count
 */
async function sendItems(socket, count) {
  for (let index = 0; index < count; index += 1) {
    socket.send(JSON.stringify(item(index)));
    if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await nextTurn();
  }
}
