import { bytes } from "./samples.mjs";

/**
 * How long one measurement takes.
 *
 * @typedef {object} Effort
 * @property {number} warmMs
 * @property {number} measuredMs
 * @property {number} items of a stream
 */

/**
 * One line of the table. `run` gives a rate: more is better.
 *
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} title
 * @property {string} unit
 * @property {number} target ratio to raw ws that docs/architecture.md asks for
 * @property {(peer: import("./peers/peer.js").Peer, server: import("./peers/peer.js").ServerFacts, effort: Effort) => Promise<number>} run
 */

/**
 * Runs a task over and over, so many at a time, and gives the finished ones per second.
 *
 * @param {() => Promise<unknown>} task
 * @param {number} durationMs
 * @param {number} inFlight
 */
async function rateOf(task, durationMs, inFlight) {
  let finished = 0;
  const startedMs = performance.now();
  const endMs = startedMs + durationMs;
  const worker = async () => {
    while (performance.now() < endMs) {
      await task();
      finished += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (finished * 1000) / (performance.now() - startedMs);
}

/**
 * A workload that makes one kind of call on one connection.
 *
 * @param {number} inFlight
 * @param {(client: import("./peers/peer.js").BenchClient) => () => Promise<unknown>} taskOf
 * @returns {Workload["run"]}
 */
const calls = (inFlight, taskOf) => async (peer, server, effort) => {
  const client = await peer.connect(server);
  const task = taskOf(client);
  await rateOf(task, effort.warmMs, inFlight);
  const rate = await rateOf(task, effort.measuredMs, inFlight);
  await client.close();
  return rate;
};

/**
 * A workload that connects, makes one call and closes.
 *
 * @param {number} atOnce
 * @returns {Workload["run"]}
 */
const connects = (atOnce) => async (peer, server, effort) => {
  const task = async () => {
    const client = await peer.connect(server);
    await client.add(2, 3);
    await client.close();
  };
  await rateOf(task, effort.warmMs, 4);
  return rateOf(task, effort.measuredMs, atOnce);
};

/** @type {readonly Workload[]} */
export const workloads = [
  {
    name: "sequential",
    title: "sequential call",
    unit: "calls/s",
    target: 0.75,
    run: calls(1, (client) => () => client.add(2, 3)),
  },
  {
    name: "in-flight",
    title: "64 calls in flight",
    unit: "calls/s",
    target: 2,
    run: calls(64, (client) => () => client.add(2, 3)),
  },
  {
    name: "records",
    title: "1 KiB record with a Date, 64 in flight",
    unit: "calls/s",
    target: 0.85,
    run: calls(64, (client) => () => client.echoRecord()),
  },
  {
    name: "bytes",
    title: "1 MiB of bytes, there and back",
    unit: "calls/s",
    target: 0.75,
    run: (peer, server, effort) => {
      const sent = bytes();
      return calls(1, (client) => () => client.echoBytes(sent))(peer, server, effort);
    },
  },
  {
    name: "connect",
    title: "connect, first result, close",
    unit: "connections/s",
    target: 0.75,
    run: connects(1),
  },
  {
    name: "connect-32",
    title: "connect, first result, close, 32 at once",
    unit: "connections/s",
    target: 0.75,
    run: connects(32),
  },
  {
    name: "stream",
    title: "stream of small items",
    unit: "items/s",
    target: 4,
    async run(peer, server, effort) {
      const client = await peer.connect(server);
      let received = 0;
      const onItem = () => {
        received += 1;
      };
      await client.stream(Math.ceil(effort.items / 10), onItem);
      received = 0;
      const startedMs = performance.now();
      await client.stream(effort.items, onItem);
      const elapsedMs = performance.now() - startedMs;
      await client.close();
      if (received !== effort.items) throw new Error(`${received} of ${effort.items} items arrived`);
      return (received * 1000) / elapsedMs;
    },
  },
];

/**
 * Looks whether a peer does the work at all: a fast wrong answer is no measurement.
 *
 * @param {import("./peers/peer.js").Peer} peer
 * @param {import("./peers/peer.js").ServerFacts} server
 */
export async function check(peer, server) {
  const client = await peer.connect(server);
  const sent = bytes();
  const returned = await client.echoBytes(sent);
  if (Buffer.compare(returned, sent) !== 0) throw new Error("1 MiB came back changed");
  const { createdAt, lines } = await client.echoRecord();
  if (new Date(/** @type {Date} */ (createdAt)).getUTCFullYear() !== 2026 || lines.length !== 5) {
    throw new Error("the record came back changed");
  }
  let expected = 0;
  await client.stream(1000, ({ index }) => {
    if (index !== expected) throw new Error(`item ${index} came in place of ${expected}`);
    expected += 1;
  });
  await client.close();
}
