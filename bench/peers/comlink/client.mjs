import { Worker } from "node:worker_threads";
import { proxy, wrap } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { moment, record } from "../../samples.mjs";

/** @returns {Promise<import("../peer.js").BenchClient>} */
export async function connect() {
  const worker = new Worker(new URL("./worker.mjs", import.meta.url));
  const bench = wrap(nodeEndpoint(worker));
  const sent = record(moment);
  return {
    add: (a, b) => bench.add(a, b),
    echoRecord: () => bench.echo(sent),
    echoBytes: (bytes) => bench.echo(bytes),
    callBack: (count, onCall) => bench.callBack(count, proxy(onCall)),
    close: async () => void (await worker.terminate()),
  };
}
