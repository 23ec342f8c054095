import { once } from "node:events";
import { createServer } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Server } from "socket.io";
import { item } from "../../samples.mjs";
import { callMany, ITEMS_PER_TURN } from "../common.mjs";

/** @type {import("../peer.js").PeerServer["startServer"]} */
export async function startServer({ pageOrigin }) {
  const http = createServer();
  const server = new Server(http, {
    transports: ["websocket"],
    maxHttpBufferSize: 64 << 20,
    serveClient: false,
    cors: { origin: pageOrigin },
  });
  server.on("connection", (/** @type {any} */ socket) => {
    // oxlint-disable-line typescript/no-explicit-any
    /** @typedef {(answer: unknown) => void} Answer */
    socket.on("add", (/** @type {number} */ a, /** @type {number} */ b, /** @type {Answer} */ answer) => answer(a + b));
    socket.on("echo", (/** @type {unknown} */ value, /** @type {Answer} */ answer) => answer(value));
    socket.on("items", async (/** @type {number} */ count) => {
      for (let index = 0; index < count; index += 1) {
        socket.emit("item", item(index));
        if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await nextTurn();
      }
    });
    socket.on("callBack", async (/** @type {number} */ count, /** @type {Answer} */ answer) => {
      await callMany(count, (index) => socket.emitWithAck("call", index));
      answer(count);
    });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  return { port: /** @type {import("node:net").AddressInfo} */ (http.address()).port };
}
