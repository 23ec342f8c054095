import { checkPeer } from "./check-peer.mjs";
import { chosenPoints, growths } from "./growth.mjs";
import { meterOf } from "./meter.mjs";
import { workloads } from "./workloads.mjs";

/**
 * What a client process or a page is told to do; plain JSON.
 *
 * @typedef {object} Order
 * @property {string} work name of a workload or of a growth, or `check`
 * @property {import("./peers/peer.js").ServerFacts} server
 * @property {import("./workloads.mjs").Effort} effort
 */

/**
 * @typedef {object} Surroundings
 * @property {import("./peers/peer.js").PeerClient["connect"]} connect
 * @property {() => Promise<import("./meter.mjs").ProcessorTimes>} readTimes
 * @property {() => Promise<number>} serverMemory
 */

/**
 * @param {Order} order
 * @param {Surroundings} surroundings
 * @returns {Promise<readonly import("./growth.mjs").GrowthPoint[] | import("./meter.mjs").Measured | undefined>}
 *   undefined when the peer can't do the work
 */
export async function obey({ work, server, effort }, { connect, readTimes, serverMemory }) {
  const bench = { connect: () => connect(server), effort, measure: meterOf(readTimes), serverMemory };
  if (work === "check") {
    const client = await bench.connect();
    await checkPeer(client);
    await client.close();
    return undefined;
  }
  const growth = growths.find(({ name }) => name === work);
  if (growth !== undefined) {
    /** @type {import("./growth.mjs").GrowthPoint[]} */
    const points = [];
    for await (const point of growth.run(bench, chosenPoints(growth.points, effort.growthPoints))) points.push(point);
    return points;
  }
  const workload = workloads.find(({ name }) => name === work);
  if (workload === undefined) throw new Error(`there is no work ${work}`);
  return workload.run(bench);
}
