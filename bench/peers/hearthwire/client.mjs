import { connect as connectTo, connectionOf, Key } from "#hearthwire";
import { moment, record } from "../../samples.mjs";
import { KEY_ID } from "./key-id.mjs";

/**
 * @param {import("../peer.js").ServerFacts} server
 * @returns {Promise<import("../peer.js").BenchClient>}
 */
export async function connect({ port, secret }) {
  const key = Key.from(secret ?? "", { id: KEY_ID });
  /** @type {import("hearthwire").Remote<import("./server.mjs").Bench>} */
  const bench = await connectTo(`ws://127.0.0.1:${port}/bench`, { key, isolated: true });
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
