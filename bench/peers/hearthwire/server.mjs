import { expose, Key, KeyRing, serve } from "../../hearthwire.mjs";
import { item } from "../../samples.mjs";
import { callMany } from "../common.mjs";
import { KEY_ID } from "./key-id.mjs";

class Counter {
  /** @param {number} a @param {number} b */
  add(a, b) {
    return a + b;
  }
}
expose(Counter, ["add"]);

export class Bench {
  /** @param {number} a @param {number} b */
  add(a, b) {
    return a + b;
  }

  /** @param {ReturnType<typeof import("../../samples.mjs").record<Date>>} value */
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

  /**
   * @param {number} count
   * @param {(index: number) => Promise<number>} callback
   */
  async callBack(count, callback) {
    await callMany(count, callback);
  }

  /** @param {number} count */
  counters(count) {
    return Array.from({ length: count }, () => new Counter());
  }
}
expose(Bench, ["add", "echoRecord", "echoBytes", "items", "callBack", "counters"]);

/** Enough for the far ends of the growth curves; all else is as a daemon has it. */
const limits = { maxSessions: 10_000, maxCallsInFlight: 4_096, maxReferences: 200_000 };

/** @type {import("../peer.js").PeerServer["startServer"]} */
export async function startServer({ pageOrigin }) {
  const origins = pageOrigin === "" ? [] : [pageOrigin];
  const key = Key.generate({ id: KEY_ID });
  const daemon = await serve({ bench: new Bench() }, { keys: new KeyRing([key]), origins, limits });
  if (daemon.address.port === undefined) throw new Error("the daemon listens on no port");
  return { port: daemon.address.port, secret: Buffer.from(key.export()).toString("base64url") };
}
