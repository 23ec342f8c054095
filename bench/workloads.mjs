import { openMany, repeat } from "./rate.mjs";
import { bytes } from "./samples.mjs";

/**
 * How long one measurement takes.
 *
 * @typedef {object} Effort
 * @property {number} warmMs before each measurement: what is measured is code that has been compiled
 * @property {number} measuredMs
 * @property {number} items of a stream
 * @property {number} callsBack
 * @property {number} sessions that are idle
 * @property {number} growthPoints at most, of each growth curve
 */

/**
 * What a piece of work is done with.
 *
 * @typedef {object} Bench
 * @property {() => Promise<import("./peers/peer.js").BenchClient>} connect
 * @property {Effort} effort
 * @property {import("./meter.mjs").Meter} measure
 * @property {() => Promise<number>} serverMemory bytes of the server's process, its garbage collected
 */

/**
 * @typedef {object} Workload
 * @property {string} name
 * @property {string} title
 * @property {string} unit
 * @property {boolean} [isLessBetter]
 * @property {boolean} [isInPage] the client is a page in Chromium
 * @property {boolean} [isAlone] it needs a server that did nothing before, in a quick run too
 * @property {(bench: Bench) => Promise<import("./meter.mjs").Measured | undefined>} run undefined: the peer can't
 */

/** So that one small call after the other, a few thousand in a second, has been made often enough to be compiled. */
const WARM_IN_FLIGHT = 64;

/**
 * Work that makes one kind of call on one connection.
 *
 * @param {number} inFlight
 * @param {(client: import("./peers/peer.js").BenchClient) => (() => Promise<unknown>) | undefined} taskOf
 * @param {number} [warmInFlight] at once in the first half of the warm-up
 * @returns {Workload["run"]}
 */
const calls =
  (inFlight, taskOf, warmInFlight = WARM_IN_FLIGHT) =>
  async ({ connect, effort, measure }) => {
    const client = await connect();
    const task = taskOf(client);
    if (task === undefined) return await client.close().then(() => undefined);
    await repeat(task, effort.warmMs / 2, warmInFlight);
    await repeat(task, effort.warmMs / 2, inFlight);
    const measured = await measure(() => repeat(task, effort.measuredMs, inFlight));
    await client.close();
    return measured;
  };

/** @type {Workload["run"]} */
const bytesEcho = (bench) => {
  const sent = bytes();
  return calls(1, ({ echoBytes }) => echoBytes && (() => echoBytes(sent)), 1)(bench);
};

/** @type {Workload["run"]} */
async function stream({ connect, effort, measure }) {
  const client = await connect();
  const { stream: streamOf } = client;
  if (streamOf === undefined) return await client.close().then(() => undefined);
  let received = 0;
  const onItem = () => {
    received += 1;
  };
  await repeat(() => streamOf(Math.ceil(effort.items / 10), onItem), effort.warmMs, 1);
  received = 0;
  const measured = await measure(async () => {
    await streamOf(effort.items, onItem);
    return received;
  });
  await client.close();
  if (received !== effort.items) throw new Error(`${received} of ${effort.items} items arrived`);
  return measured;
}

/** @type {Workload["run"]} */
async function callBack({ connect, effort, measure }) {
  const client = await connect();
  const { callBack: callBackOf } = client;
  if (callBackOf === undefined) return await client.close().then(() => undefined);
  let called = 0;
  const onCall = (/** @type {number} */ index) => {
    called += 1;
    return index;
  };
  await repeat(() => callBackOf(Math.ceil(effort.callsBack / 10), onCall), effort.warmMs, 1);
  called = 0;
  const measured = await measure(async () => {
    await callBackOf(effort.callsBack, onCall);
    return called;
  });
  await client.close();
  if (called !== effort.callsBack) throw new Error(`${called} of ${effort.callsBack} calls back arrived`);
  return measured;
}

/** Calls of the first client, so that the server has made what it makes once. */
const CALLS_BEFORE_MEMORY = 500;

/** @type {readonly Workload[]} */
export const workloads = [
  {
    name: "sequential",
    title: "add(2, 3), one after the other",
    unit: "calls/s",
    run: calls(1, (client) => () => client.add(2, 3)),
  },
  {
    name: "in-flight",
    title: "add(2, 3), 64 in flight",
    unit: "calls/s",
    run: calls(64, (client) => () => client.add(2, 3)),
  },
  {
    name: "records",
    title: "1 KiB record with a Date, 64 in flight",
    unit: "calls/s",
    run: calls(64, ({ echoRecord }) => echoRecord && (() => echoRecord())),
  },
  { name: "bytes", title: "1 MiB of bytes, there and back", unit: "calls/s", run: bytesEcho },
  {
    name: "connect",
    title: "connect, first result, close; 32 at once",
    unit: "connections/s",
    async run({ connect, effort, measure }) {
      const task = async () => {
        const client = await connect();
        await client.add(2, 3);
        await client.close();
      };
      await repeat(task, effort.warmMs, 4);
      return measure(() => repeat(task, effort.measuredMs, 32));
    },
  },
  { name: "stream", title: "stream of small items, server to client", unit: "items/s", run: stream },
  { name: "callback", title: "calls through a callback, 64 in flight", unit: "calls/s", run: callBack },
  {
    name: "memory",
    title: "server memory of an idle session",
    unit: "KiB",
    isLessBetter: true,
    isAlone: true,
    async run({ connect, effort, serverMemory }) {
      const first = await connect();
      for (let index = 0; index < CALLS_BEFORE_MEMORY; index += 1) await first.add(2, 3);
      const before = await serverMemory();
      const open = async () => {
        const client = await connect();
        await client.add(2, 3);
        return client;
      };
      const clients = await openMany(effort.sessions, open);
      const value = ((await serverMemory()) - before) / 1024 / effort.sessions;
      // The processes end with the work: closing thousands one by one would measure nothing.
      if (clients.length !== effort.sessions)
        throw new Error(`${clients.length} of ${effort.sessions} sessions opened`);
      return { value };
    },
  },
  {
    name: "page-bytes",
    title: "1 MiB of bytes, page to server and back",
    unit: "calls/s",
    isInPage: true,
    run: bytesEcho,
  },
  { name: "page-stream", title: "stream of small items, server to page", unit: "items/s", isInPage: true, run: stream },
  {
    name: "page-callback",
    title: "calls through a page's callback, 64 in flight",
    unit: "calls/s",
    isInPage: true,
    run: callBack,
  },
];
