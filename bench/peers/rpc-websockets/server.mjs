import { once } from "node:events";
import { setImmediate as nextTurn } from "node:timers/promises";
import { Server } from "rpc-websockets";
import { item } from "../../samples.mjs";
import { ITEMS_PER_TURN, socketOptions } from "../common.mjs";

/** @returns {Promise<import("../peer.js").ServerFacts>} */
export async function startServer() {
  const server = new Server({ host: "127.0.0.1", port: 0, ...socketOptions });
  await once(server, "listening");
  server.register("add", (/** @type {[number, number]} */ [a, b]) => a + b);
  server.register("echo", (/** @type {[unknown]} */ [value]) => value);
  // Bytes are base64 in JSON; a server that uses them has to decode them.
  server.register("echoBytes", (/** @type {[string]} */ [text]) => Buffer.from(text, "base64").toString("base64"));
  server.event("item");
  server.register("items", async (/** @type {[number]} */ [count]) => {
    for (let index = 0; index < count; index += 1) {
      server.emit("item", item(index));
      if (index % ITEMS_PER_TURN === ITEMS_PER_TURN - 1) await nextTurn();
    }
    return count;
  });
  return { port: server.wss.address().port };
}
