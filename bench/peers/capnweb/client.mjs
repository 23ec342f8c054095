import { WebSocket } from "#socket";
import { newWebSocketRpcSession } from "capnweb";
import { moment, record } from "../../samples.mjs";
import { socketOptions } from "../common.mjs";

globalThis.WebSocket ??= /** @type {typeof globalThis.WebSocket} */ (/** @type {unknown} */ (WebSocket));
const isNode = typeof process === "object";

/**
 * @param {import("../peer.js").ServerFacts} server
 * @returns {Promise<import("../peer.js").BenchClient>}
 */
export async function connect({ port }) {
  const url = `ws://127.0.0.1:${port}`;
  const socket = isNode ? new WebSocket(url, socketOptions) : new globalThis.WebSocket(url);
  await new Promise((resolve, reject) => {
    socket.addEventListener("open", resolve, { once: true });
    socket.addEventListener("error", () => reject(new Error("the socket failed")), { once: true });
  });
  const bench = newWebSocketRpcSession(socket);
  const sent = record(moment);
  return {
    add: (a, b) => bench.add(a, b),
    echoRecord: () => bench.echo(sent),
    echoBytes: (bytes) => bench.echo(bytes),
    async stream(count, onItem) {
      const items = await bench.items(count);
      for await (const streamed of items) onItem(streamed);
    },
    callBack: async (count, onCall) => await bench.callBack(count, onCall),
    close: () =>
      new Promise((resolve) => {
        socket.addEventListener("close", () => resolve(), { once: true });
        socket.close();
      }),
  };
}
