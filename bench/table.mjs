/**
 * @typedef {object} Sample
 * @property {string} work
 * @property {number} round
 * @property {string} peer
 * @property {number} [rate]
 * @property {string} [error]
 *
 * @typedef {{ readonly median: number, readonly min: number, readonly max: number }} Spread
 *
 * @typedef {object} Row
 * @property {string} work
 * @property {Spread} base rates of the yardstick
 * @property {Spread} subject rates of what is measured
 * @property {Spread} ratio of both in the same round
 */

/**
 * @param {readonly number[]} values at least one
 * @returns {Spread}
 */
export function spreadOf(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  const median = ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
  return { median, min: sorted[0] ?? NaN, max: sorted.at(-1) ?? NaN };
}

/**
 * Compares two peers round by round: both ran within seconds of each other, so what the machine did besides met both.
 *
 * @param {readonly Sample[]} samples
 * @param {{ readonly base: string, readonly subject: string }} peers
 * @returns {readonly Row[]}
 */
export function rowsOf(samples, { base, subject }) {
  const works = [...new Set(samples.map(({ work }) => work))];
  return works.flatMap((work) => {
    const pairs = samples
      .filter((sample) => sample.work === work && sample.peer === subject)
      .map(({ round, rate }) => {
        const other = samples.find((one) => one.work === work && one.peer === base && one.round === round);
        return { base: other?.rate, subject: rate };
      })
      .filter(
        /** @returns {pair is { base: number, subject: number }} */ (pair) =>
          pair.base !== undefined && pair.subject !== undefined,
      );
    if (pairs.length === 0) return [];
    return [
      {
        work,
        base: spreadOf(pairs.map((pair) => pair.base)),
        subject: spreadOf(pairs.map((pair) => pair.subject)),
        ratio: spreadOf(pairs.map((pair) => pair.subject / pair.base)),
      },
    ];
  });
}

/**
 * @param {readonly Row[]} rows
 * @param {readonly Pick<import("./workloads.mjs").Workload, "name" | "title" | "unit" | "target">[]} workloads
 * @returns {string} a Markdown table
 */
export function tableOf(rows, workloads) {
  const lines = rows.map(({ work, base, subject, ratio }) => {
    const { title, unit, target } = workloads.find(({ name }) => name === work) ?? {
      title: work,
      unit: "",
      target: NaN,
    };
    const spread = `${ratio.median.toFixed(2)} (${ratio.min.toFixed(2)}-${ratio.max.toFixed(2)})`;
    return `| ${title} | ${number(base.median)} ${unit} | ${number(subject.median)} ${unit} | ${spread} | ${target} |`;
  });
  return [
    "| work | raw ws echo | hearthwire | ratio, median (min-max) | target |",
    "|---|--:|--:|--:|--:|",
    ...lines,
  ].join("\n");
}

/** @param {number} rate */
const number = (rate) => rate.toLocaleString("en-US", { maximumFractionDigits: rate < 100 ? 1 : 0 });
