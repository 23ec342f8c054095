import { readFileSync } from "node:fs";
import { SUBJECT } from "./peers.mjs";
import { figureOf, ratioOf } from "./statistics.mjs";

/**
 * What is to be reached: a ratio to another peer of the same rounds, or without one a figure of its own.
 *
 * @typedef {object} Target
 * @property {string} work
 * @property {import("./statistics.mjs").Measure} measure
 * @property {string} [against]
 * @property {string} [unit] of a figure of its own
 * @property {number} [atLeast]
 * @property {number} [atMost]
 * @property {number} [above]
 */

/**
 * @typedef {object} Verdict
 * @property {Target} target
 * @property {import("./statistics.mjs").Spread | undefined} reached
 * @property {"met" | "missed" | "not measured"} verdict by the median
 */

/** @type {readonly Target[]} */
export const targets = JSON.parse(readFileSync(new URL("./targets.json", import.meta.url), "utf8"));

/**
 * @param {readonly import("./statistics.mjs").Sample[]} samples
 * @param {readonly Target[]} [wanted]
 * @returns {readonly Verdict[]}
 */
export function judge(samples, wanted = targets) {
  return wanted.map((target) => {
    const { work, measure, against, atLeast = -Infinity, atMost = Infinity, above = -Infinity } = target;
    const which = { work, peer: SUBJECT, measure };
    const reached = against === undefined ? figureOf(samples, which) : ratioOf(samples, { ...which, against });
    if (reached === undefined) return { target, reached, verdict: "not measured" };
    const { median } = reached;
    return { target, reached, verdict: median >= atLeast && median <= atMost && median > above ? "met" : "missed" };
  });
}

/**
 * @param {Target} target
 * @returns {string} such as `>= 0.75`
 */
export function boundOf({ atLeast, atMost, above, unit }) {
  const bound = atLeast !== undefined ? `>= ${atLeast}` : atMost !== undefined ? `<= ${atMost}` : `> ${above}`;
  return unit === undefined ? bound : `${bound} ${unit}`;
}
