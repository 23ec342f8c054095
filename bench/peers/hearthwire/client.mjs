import { connect as connectTo, connectionOf, Key } from "#hearthwire";
import { moment, record } from "../../samples.mjs";
import { KEY_ID } from "./key-id.mjs";

/** @type {Key | undefined} */
let key;
/**
 * A program reads its key once, not for each connection.
 *
 * @param {string} secret
 */
const keyOf = (secret) => (key ??= Key.from(secret, { id: KEY_ID }));

/**
 * @param {import("../peer.js").ServerFacts} server
 * @returns {Promise<import("../peer.js").BenchClient>}
 */
export async function connect({ port, secret }) {
  /** @type {import("hearthwire").Remote<import("./server.mjs").Bench>} */
  const bench = await connectTo(`ws://127.0.0.1:${port}/bench`, { key: keyOf(secret ?? ""), isolated: true });
  const sent = record(moment);
  return {
    add: (a, b) => bench.add(a, b),
    echoRecord: () => bench.echoRecord(sent),
    echoBytes: (bytes) => bench.echoBytes(bytes),
    async stream(count, onItem) {
      for await (const streamed of bench.items(count)) onItem(streamed);
    },
    callBack: async (count, onCall) => await bench.callBack(count, onCall),
    makeReferences: async (count) => await bench.counters(count),
    close: () => connectionOf(bench).close(),
  };
}
