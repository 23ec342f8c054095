import { connect as connectTo, connectionOf, expose, Key, KeyRing, serve } from "hearthwire/node";
import { item, moment, record } from "../samples.mjs";

const KEY_ID = "bench";

class Bench {
  /**
   * @param {number} a
   * @param {number} b
   */
  add(a, b) {
    return a + b;
  }

  /** @param {ReturnType<typeof record<Date>>} value */
  echoRecord(value) {
    return value;
  }

  /** @param {Uint8Array} value */
  echoBytes(value) {
    return value;
  }

  /** @param {number} count */
  async *items(count) {
    for (let index = 0; index < count; index += 1) yield item(index);
  }
}
expose(Bench, ["add", "echoRecord", "echoBytes", "items"]);

/** @returns {Promise<import("./peer.js").ServerFacts>} */
export async function startServer() {
  const key = Key.generate({ id: KEY_ID });
  const daemon = await serve({ bench: new Bench() }, { keys: new KeyRing([key]) });
  if (daemon.address.port === undefined) throw new Error("the daemon listens on no port");
  return { port: daemon.address.port, secret: Buffer.from(key.export()).toString("base64url") };
}

/**
 * @param {import("./peer.js").ServerFacts} server
 * @returns {Promise<import("./peer.js").BenchClient>}
 */
export async function connect({ port, secret }) {
  const key = Key.from(secret ?? "", { id: KEY_ID });
  /** @type {import("hearthwire/node").Remote<Bench>} */
  const bench = await connectTo(`ws://127.0.0.1:${port}/bench`, { key, isolated: true });
  const sent = record(moment);
  return {
    add: (a, b) => bench.add(a, b),
    echoRecord: () => bench.echoRecord(sent),
    echoBytes: (bytes) => bench.echoBytes(bytes),
    async stream(count, onItem) {
      for await (const streamed of bench.items(count)) onItem(streamed);
    },
    close: () => connectionOf(bench).close(),
  };
}
