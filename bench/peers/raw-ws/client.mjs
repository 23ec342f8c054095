import { once } from "node:events";
import { WebSocket } from "ws";
import { socketOptions } from "../common.mjs";
import { echoClient } from "./echo-client.mjs";

/**
 * @param {import("../peer.js").ServerFacts} server
 * @returns {Promise<import("../peer.js").BenchClient>}
 */
export async function connect({ port }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, socketOptions);
  await once(socket, "open");
  const { client, onText, onBytes } = echoClient({
    send: (message) => socket.send(message),
    async close() {
      socket.close();
      await once(socket, "close");
    },
  });
  socket.on("message", (message, isBinary) => {
    const bytes = /** @type {Buffer} */ (message);
    if (isBinary) onBytes(bytes);
    else onText(bytes.toString());
  });
  return client;
}
