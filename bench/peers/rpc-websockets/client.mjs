import { once } from "node:events";
import { Client } from "rpc-websockets";
import { moment, record } from "../../samples.mjs";
import { socketOptions } from "../common.mjs";

/** Longer than any stream of the bench takes. */
const STREAM_LIMIT_MS = 60_000;

/**
 * @param {import("../peer.js").ServerFacts} server
 * @returns {Promise<import("../peer.js").BenchClient>}
 */
export async function connect({ port }) {
  const client = new Client(`ws://127.0.0.1:${port}`, { reconnect: false, max_reconnects: 0, ...socketOptions });
  await once(client, "open");
  const sent = record(moment.toISOString());
  return {
    losesDates: true,
    add: (a, b) => client.call("add", [a, b]),
    echoRecord: () => client.call("echo", [sent]),
    async echoBytes(bytes) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
      return Buffer.from(await client.call("echoBytes", [text]), "base64");
    },
    async stream(count, onItem) {
      await client.subscribe("item");
      let received = 0;
      await new Promise((/** @type {(value: void) => void} */ resolve, reject) => {
        const take = (/** @type {{ index: number }} */ streamed) => {
          onItem(streamed);
          received += 1;
          if (received < count) return;
          client.off("item", take);
          resolve();
        };
        client.on("item", take);
        client.call("items", [count], STREAM_LIMIT_MS).catch(reject);
      });
      await client.unsubscribe("item");
    },
    async close() {
      const closed = once(client, "close");
      client.close();
      await closed;
    },
  };
}
