/** Seconds of processor time since the process began; undefined where nobody can say. */
/** @typedef {{ readonly server?: number | undefined, readonly client?: number | undefined }} ProcessorTimes */

/**
 * What one measurement gave.
 *
 * @typedef {object} Measured
 * @property {number} value in the unit of the work
 * @property {ProcessorTimes} [cpu] seconds for 100 000 units of the work
 */

const UNITS = 100_000;

/**
 * @callback Meter
 * @param {() => Promise<number>} task gives how many units it did
 * @returns {Promise<Measured>} the value is units per second
 */

/**
 * @param {() => Promise<ProcessorTimes>} readTimes
 * @returns {Meter}
 */
export const meterOf = (readTimes) => async (task) => {
  const before = await readTimes();
  const startedMs = performance.now();
  const units = await task();
  const elapsedMs = performance.now() - startedMs;
  const after = await readTimes();
  /** @param {"server" | "client"} side */
  const spent = (side) => {
    const [from, to] = [before[side], after[side]];
    return from === undefined || to === undefined ? undefined : ((to - from) * UNITS) / units;
  };
  return { value: (units * 1000) / elapsedMs, cpu: { server: spent("server"), client: spent("client") } };
};
