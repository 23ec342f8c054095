import { once } from "node:events";
import { WebSocket } from "ws";
import { socketOptions } from "../common.mjs";
import { echoClient } from "../raw-ws/echo-client.mjs";
import { SignedFrames } from "./signed-frames.mjs";

/** The first byte of a body that is text; bytes begin with the first one of their id, which stays below. */
const TEXT = "{".charCodeAt(0);
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * @param {import("../peer.js").ServerFacts} server
 * @returns {Promise<import("../peer.js").BenchClient>}
 */
export async function connect({ port }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, socketOptions);
  await once(socket, "open");
  const frames = new SignedFrames();
  const { client, onText, onBytes } = echoClient({
    send: (message) => socket.send(frames.seal(typeof message === "string" ? encoder.encode(message) : message)),
    async close() {
      socket.close();
      await once(socket, "close");
    },
  });
  socket.on("message", (message) => {
    const body = frames.open(/** @type {Buffer} */ (message));
    if (body[0] === TEXT) onText(decoder.decode(body));
    else onBytes(body);
  });
  // Its server is an echo and nothing more.
  const { stream: _stream, callBack: _callBack, ...echo } = client;
  return echo;
}
