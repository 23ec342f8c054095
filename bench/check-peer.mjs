import { bytes } from "./samples.mjs";

/** @param {Uint8Array} a @param {Uint8Array} b */
const areEqual = (a, b) => a.length === b.length && a.every((byte, index) => byte === b[index]);

/**
 * Looks whether a peer does the work at all: a fast wrong answer is no measurement.
 *
 * @param {import("./peers/peer.js").BenchClient} client
 * @throws {Error} that says what came back wrong
 */
export async function checkPeer(client) {
  const sum = await client.add(2, 3);
  const expectedSum = client.isEcho === true ? 2 : 5;
  if (sum !== expectedSum) throw new Error(`add(2, 3) gave ${String(sum)}`);
  if (client.echoBytes !== undefined) {
    const sent = bytes();
    const returned = await client.echoBytes(sent);
    if (!(returned instanceof Uint8Array) || !areEqual(returned, sent)) throw new Error("1 MiB came back changed");
  }
  if (client.echoRecord !== undefined) {
    const { createdAt, lines } = await client.echoRecord();
    const isKept = client.losesDates === true ? typeof createdAt === "string" : createdAt instanceof Date;
    const year = new Date(/** @type {Date} */ (createdAt)).getUTCFullYear();
    if (!isKept || year !== 2026 || lines.length !== 5) throw new Error("the record came back changed");
  }
  if (client.stream !== undefined) {
    let expected = 0;
    await client.stream(1000, ({ index }) => {
      if (index !== expected) throw new Error(`item ${index} came in place of ${expected}`);
      expected += 1;
    });
    if (expected !== 1000) throw new Error(`${expected} of 1000 items came`);
  }
  if (client.callBack !== undefined) {
    /** @type {Set<number>} */
    const called = new Set();
    await client.callBack(200, (index) => {
      called.add(index);
      return index;
    });
    if (called.size !== 200 || !called.has(0) || !called.has(199)) throw new Error(`${called.size} of 200 calls came`);
  }
  if (client.makeReferences !== undefined) {
    const [first, second] = await client.makeReferences(2);
    if ((await first?.add(2, 3)) !== 5 || (await second?.add(3, 4)) !== 7) throw new Error("a reference adds wrongly");
  }
}
