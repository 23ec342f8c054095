import { openMany, repeat } from "./rate.mjs";
import { bytes } from "./samples.mjs";

/**
 * How the cost of one unit changes while one thing grows.
 *
 * @typedef {object} Growth
 * @property {string} name
 * @property {string} title
 * @property {string} unit of the cost
 * @property {string} grows what does
 * @property {readonly number[]} points
 * @property {number} [perUnits] the cost is of so many units
 * @property {readonly string[]} peers
 * @property {(bench: import("./workloads.mjs").Bench, points: readonly number[]) => AsyncGenerator<GrowthPoint>} run
 *
 * @typedef {{ readonly point: number, readonly value: number, readonly cpu?: import("./meter.mjs").ProcessorTimes | undefined }} GrowthPoint
 */

const MICROSECONDS = 1_000_000;
const MEBIBYTE = 1 << 20;
/** One message of hearthwire has at most 16 MiB, what stands around the bytes included. */
const LARGEST_PAYLOAD = 16 * MEBIBYTE - 4096;
const REFERENCE_POINTS = [1, 10, 100, 1000, 4000, 10_000, 30_000, 100_000];
const BOTH = ["raw-ws", "hearthwire"];

/**
 * The points of a curve that a short run takes: both ends, and others between them at even distances.
 *
 * @param {readonly number[]} points
 * @param {number} most
 * @returns {readonly number[]}
 */
export function chosenPoints(points, most) {
  if (points.length <= most) return points;
  const step = (points.length - 1) / Math.max(1, most - 1);
  return Array.from({ length: most }, (_, index) => /** @type {number} */ (points[Math.round(index * step)]));
}

/** @param {import("./meter.mjs").Measured} measured @param {number} point @param {number} unitsPerTask */
const costOf = ({ value, cpu }, point, unitsPerTask = 1) => ({
  point,
  value: MICROSECONDS / value / unitsPerTask,
  cpu,
});

/** References that one call makes. */
const REFERENCES_PER_CALL = 500;
/** A client of hearthwire takes 4096 in one session; for more it needs more sessions. */
const REFERENCES_PER_SESSION = 4000;

/** References to objects of one server, in as many sessions as they need. */
class HeldReferences {
  #connect;
  /** @type {import("./peers/peer.js").BenchClient[]} */
  #clients = [];
  /** @type {import("./peers/peer.js").BenchReference[]} */
  #held = [];
  #turn = 0;

  /** @param {() => Promise<import("./peers/peer.js").BenchClient>} connect */
  constructor(connect) {
    this.#connect = connect;
  }

  async openSession() {
    this.#clients.push(await this.#connect());
  }

  /** Each in turn, so that all of them are used. */
  next() {
    this.#turn = (this.#turn + 1) % this.#held.length;
    return /** @type {import("./peers/peer.js").BenchReference} */ (this.#held[this.#turn]);
  }

  /**
   * @param {number} count
   * @returns {Promise<number>} how many were made
   */
  async growTo(count) {
    const before = this.#held.length;
    while (this.#held.length < count) {
      const room = this.#clients.length * REFERENCES_PER_SESSION - this.#held.length;
      if (room === 0) await this.openSession();
      const wanted = Math.min(REFERENCES_PER_CALL, count - this.#held.length, room || REFERENCES_PER_SESSION);
      const made = await this.#clients.at(-1)?.makeReferences?.(wanted);
      if (made?.length !== wanted) throw new Error(`${made?.length} of ${wanted} references were made`);
      this.#held.push(...made);
    }
    return count - before;
  }

  async close() {
    for (const client of this.#clients) await client.close();
  }
}

/** @type {readonly Growth[]} */
export const growths = [
  {
    name: "growth-payload",
    title: "bytes there and back: time of a KiB",
    unit: "µs/KiB",
    grows: "bytes of the payload",
    points: [64, 256, 1024, 4096, 16_384, 65_536, 262_144, MEBIBYTE, 4 * MEBIBYTE, LARGEST_PAYLOAD],
    peers: BOTH,
    async *run({ connect, effort, measure }, points) {
      const client = await connect();
      for (const length of points) {
        const sent = bytes(length);
        const task = async () => void (await client.echoBytes?.(sent));
        await repeat(task, effort.warmMs / 4, 1);
        yield costOf(await measure(() => repeat(task, effort.measuredMs / 2, 1)), length, length / 1024);
      }
      await client.close();
    },
  },
  {
    name: "growth-in-flight",
    title: "calls in flight: time of a call",
    unit: "µs",
    grows: "calls in flight",
    points: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024],
    peers: BOTH,
    async *run({ connect, effort, measure }, points) {
      const client = await connect();
      const task = () => client.add(2, 3);
      for (const inFlight of points) {
        await repeat(task, effort.warmMs / 4, inFlight);
        yield costOf(await measure(() => repeat(task, effort.measuredMs / 2, inFlight)), inFlight);
      }
      await client.close();
    },
  },
  {
    name: "growth-sessions",
    title: "sessions of one server: time of a call, 32 in flight",
    unit: "µs",
    grows: "sessions",
    points: [1, 10, 32, 100, 320, 1000, 2000],
    peers: BOTH,
    async *run({ connect, effort, measure }, points) {
      /** @type {import("./peers/peer.js").BenchClient[]} */
      const clients = [];
      let turn = 0;
      // Each call goes to the next session, so that all of them are used.
      const task = () => {
        turn = (turn + 1) % clients.length;
        return /** @type {import("./peers/peer.js").BenchClient} */ (clients[turn]).add(2, 3);
      };
      for (const sessions of points) {
        clients.push(...(await openMany(sessions - clients.length, connect)));
        await repeat(task, effort.warmMs / 4, 32);
        yield costOf(await measure(() => repeat(task, effort.measuredMs / 2, 32)), sessions);
      }
    },
  },
  {
    name: "growth-references",
    title: "references exported by one server: time of making one",
    unit: "µs",
    grows: "references held",
    points: REFERENCE_POINTS,
    peers: ["hearthwire"],
    async *run({ connect, measure }, points) {
      const warming = new HeldReferences(connect);
      await warming.growTo(REFERENCES_PER_SESSION);
      await warming.close();
      const held = new HeldReferences(connect);
      await held.openSession();
      for (const references of points) yield costOf(await measure(() => held.growTo(references)), references);
      await held.close();
    },
  },
  {
    name: "growth-reference-calls",
    title: "references exported by one server: time of a call, 32 in flight",
    unit: "µs",
    grows: "references held",
    points: REFERENCE_POINTS,
    peers: ["hearthwire"],
    async *run({ connect, effort, measure }, points) {
      const held = new HeldReferences(connect);
      const task = () => held.next().add(2, 3);
      for (const references of points) {
        await held.growTo(references);
        await repeat(task, effort.warmMs / 4, 32);
        yield costOf(await measure(() => repeat(task, effort.measuredMs / 2, 32)), references);
      }
      await held.close();
    },
  },
];
