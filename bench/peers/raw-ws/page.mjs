import { echoClient } from "./echo-client.mjs";

/**
 * @param {import("../peer.js").ServerFacts} server
 * @returns {Promise<import("../peer.js").BenchClient>}
 */
export async function connect({ port }) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error("the socket failed"));
  });
  const { client, onText, onBytes } = echoClient({
    send: (message) => socket.send(/** @type {Uint8Array<ArrayBuffer>} */ (message)),
    close: () =>
      new Promise((resolve) => {
        socket.onclose = () => resolve();
        socket.close();
      }),
  });
  socket.onmessage = ({ data }) => (typeof data === "string" ? onText(data) : onBytes(new Uint8Array(data)));
  return client;
}
