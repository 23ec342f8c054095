// What no signed call can be faster than: an echo that verifies each frame and signs what it gives back.
import { once } from "node:events";
import { WebSocketServer } from "ws";
import { socketOptions } from "../common.mjs";
import { SignedFrames } from "./signed-frames.mjs";

/** @returns {Promise<import("../peer.js").ServerFacts>} */
export async function startServer() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...socketOptions });
  server.on("connection", (socket) => {
    const frames = new SignedFrames();
    socket.on("message", (message) => socket.send(frames.seal(frames.open(/** @type {Buffer} */ (message)))));
  });
  await once(server, "listening");
  return { port: /** @type {import("node:net").AddressInfo} */ (server.address()).port };
}
