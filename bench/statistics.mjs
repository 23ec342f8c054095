/**
 * What one peer gave for one piece of work in one round.
 *
 * @typedef {object} Sample
 * @property {string} work
 * @property {number} round
 * @property {string} peer
 * @property {number} [value]
 * @property {import("./meter.mjs").ProcessorTimes} [cpu] seconds for 100 000 units
 * @property {readonly import("./growth.mjs").GrowthPoint[]} [points] of a growth
 * @property {string} [error]
 *
 * @typedef {{ readonly median: number, readonly min: number, readonly max: number, readonly count: number }} Spread
 * @typedef {"value" | "cpu"} Measure `cpu`: of server and client together
 */

/**
 * @param {readonly number[]} values at least one
 * @returns {Spread}
 */
export function spreadOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
  return { median, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN, count: sorted.length };
}

/**
 * @param {Sample} sample
 * @param {Measure} measure
 * @returns {number | undefined}
 */
export function measureOf({ value, cpu }, measure) {
  if (measure === "value") return value;
  if (cpu?.server === undefined || cpu.client === undefined) return undefined;
  return cpu.server + cpu.client;
}

/** @param {number | undefined} value @returns {value is number} */
const isThere = (value) => value !== undefined && Number.isFinite(value);

/**
 * @param {readonly Sample[]} samples
 * @param {{ readonly work: string, readonly peer: string, readonly measure?: Measure }} which
 * @returns {Spread | undefined} undefined when there is no figure
 */
export function figureOf(samples, { work, peer, measure = "value" }) {
  const values = samples
    .filter((one) => one.work === work && one.peer === peer)
    .map((one) => measureOf(one, measure))
    .filter(isThere);
  return values.length === 0 ? undefined : spreadOf(values);
}

/**
 * Compares two peers round by round: both ran within seconds of each other, so what the machine did besides met both. A
 * round in which one of them failed counts for neither.
 *
 * @param {readonly Sample[]} samples
 * @param {{ readonly work: string, readonly peer: string, readonly against: string, readonly measure?: Measure }} which
 * @returns {Spread | undefined}
 */
export function ratioOf(samples, { work, peer, against, measure = "value" }) {
  const ratios = samples
    .filter((one) => one.work === work && one.peer === peer)
    .map((one) => {
      const other = samples.find(
        ({ work: otherWork, peer: otherPeer, round }) =>
          otherWork === work && otherPeer === against && round === one.round,
      );
      const [mine, theirs] = [measureOf(one, measure), other && measureOf(other, measure)];
      return mine === undefined || theirs === undefined || theirs === 0 ? undefined : mine / theirs;
    })
    .filter(isThere);
  return ratios.length === 0 ? undefined : spreadOf(ratios);
}

/**
 * Medians of a growth over its rounds, point by point.
 *
 * @param {readonly Sample[]} samples
 * @param {{ readonly work: string, readonly peer: string }} which
 * @returns {readonly { readonly point: number, readonly cost: Spread }[]}
 */
export function curveOf(samples, { work, peer }) {
  /** @type {Map<number, number[]>} */
  const costs = new Map();
  for (const sample of samples) {
    if (sample.work !== work || sample.peer !== peer) continue;
    for (const { point, value } of sample.points ?? []) costs.set(point, [...(costs.get(point) ?? []), value]);
  }
  return [...costs].toSorted(([a], [b]) => a - b).map(([point, values]) => ({ point, cost: spreadOf(values) }));
}

/** A cost that has grown by less than this is flat: the machine's noise is about as large. */
const KNEE_FACTOR = 1.5;

/**
 * Where the cost of a unit begins to grow: the first point that costs half as much again as the cheapest one before it,
 * and after which it never comes back below that.
 *
 * @param {readonly { readonly point: number, readonly cost: Spread }[]} curve
 * @returns {number | undefined} undefined: it stays flat or falls
 */
export function kneeOf(curve) {
  let cheapest = Infinity;
  for (const [index, { point, cost }] of curve.entries()) {
    const limit = cheapest * KNEE_FACTOR;
    if (curve.slice(index).every((later) => later.cost.median > limit)) return point;
    cheapest = Math.min(cheapest, cost.median);
  }
  return undefined;
}
