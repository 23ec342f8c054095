import { once } from "node:events";
import { newWebSocketRpcSession, RpcTarget } from "capnweb";
import { WebSocket, WebSocketServer } from "ws";
import { item } from "../../samples.mjs";
import { callMany, socketOptions } from "../common.mjs";

// It reads WebSocket.OPEN of the global, which Node 20 lacks.
globalThis.WebSocket ??= /** @type {typeof globalThis.WebSocket} */ (/** @type {unknown} */ (WebSocket));

class Bench extends RpcTarget {
  /** @param {number} a @param {number} b */
  add(a, b) {
    return a + b;
  }

  /** @param {unknown} value */
  echo(value) {
    return value;
  }

  /** @param {number} count */
  items(count) {
    let index = 0;
    return new ReadableStream({
      pull(controller) {
        if (index === count) return controller.close();
        controller.enqueue(item(index));
        index += 1;
      },
    });
  }

  /**
   * @param {number} count
   * @param {(index: number) => Promise<number>} callback
   */
  async callBack(count, callback) {
    await callMany(count, callback);
  }
}

/** @returns {Promise<import("../peer.js").ServerFacts>} */
export async function startServer() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...socketOptions });
  server.on("connection", (socket) => newWebSocketRpcSession(socket, new Bench()));
  await once(server, "listening");
  return { port: /** @type {import("node:net").AddressInfo} */ (server.address()).port };
}
