import { io } from "socket.io-client";
import { moment, record } from "../../samples.mjs";

/**
 * @param {import("../peer.js").ServerFacts} server
 * @returns {Promise<import("../peer.js").BenchClient>}
 */
export async function connect({ port }) {
  const socket = io(`http://127.0.0.1:${port}`, {
    transports: ["websocket"],
    forceNew: true,
    reconnection: false,
    perMessageDeflate: false,
  });
  await new Promise((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("connect_error", reject);
  });
  const sent = record(moment.toISOString());
  return {
    losesDates: true,
    add: (a, b) => socket.emitWithAck("add", a, b),
    echoRecord: () => socket.emitWithAck("echo", sent),
    echoBytes: async (bytes) => new Uint8Array(await socket.emitWithAck("echo", bytes)),
    stream: (count, onItem) =>
      new Promise((resolve) => {
        let received = 0;
        const take = (/** @type {{ index: number }} */ streamed) => {
          onItem(streamed);
          received += 1;
          if (received < count) return;
          socket.off("item", take);
          resolve();
        };
        socket.on("item", take);
        socket.emit("items", count);
      }),
    async callBack(count, onCall) {
      const take = (/** @type {number} */ index, /** @type {(answer: number) => void} */ answer) =>
        answer(onCall(index));
      socket.on("call", take);
      await socket.emitWithAck("callBack", count);
      socket.off("call", take);
    },
    close: () =>
      new Promise((resolve) => {
        socket.io.engine.once("close", resolve);
        socket.close();
      }),
  };
}
