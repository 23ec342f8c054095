import { once } from "node:events";
import { createTRPCClient, createWSClient, wsLink } from "@trpc/client";
import superjson from "superjson";
import { WebSocket } from "ws";
import { moment, record } from "../../samples.mjs";
import { socketOptions } from "../common.mjs";

/**
 * @param {import("../peer.js").ServerFacts} server
 * @returns {Promise<import("../peer.js").BenchClient>}
 */
export async function connect({ port }) {
  /** @type {WebSocket | undefined} */
  let socket;
  class BenchSocket extends WebSocket {
    /** @param {string} url @param {string[]} [protocols] */
    constructor(url, protocols) {
      super(url, protocols, socketOptions);
      socket = this;
    }
  }
  /** @type {any} */ // oxlint-disable-line typescript/no-explicit-any
  let wsClient;
  await new Promise((resolve, reject) => {
    wsClient = createWSClient({
      url: `ws://127.0.0.1:${port}`,
      WebSocket: BenchSocket,
      onOpen: resolve,
      onError: reject,
      // Not within a measurement: it would hide a lost connection.
      retryDelayMs: () => 1_000_000,
    });
  });
  const client = createTRPCClient({ links: [wsLink({ client: wsClient, transformer: superjson })] });
  const sent = record(moment);
  return {
    add: (a, b) => client.add.query([a, b]),
    echoRecord: () => client.echo.mutate(sent),
    async echoBytes(bytes) {
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64");
      return Buffer.from(await client.echoBytes.mutate(text), "base64");
    },
    stream: (count, onItem) =>
      new Promise((resolve, reject) => {
        client.items.subscribe(count, { onData: onItem, onComplete: () => resolve(), onError: reject });
      }),
    async close() {
      if (socket === undefined) return;
      const closed = once(socket, "close");
      wsClient.close();
      await closed;
    },
  };
}
