import { growths } from "./growth.mjs";
import { BASE, peerOf, SUBJECT } from "./peers.mjs";
import { curveOf, figureOf, kneeOf, ratioOf } from "./statistics.mjs";
import { boundOf, judge, targets } from "./targets.mjs";
import { workloads } from "./workloads.mjs";

/**
 * What one run measured, and what the JSON file holds.
 *
 * @typedef {object} Results
 * @property {Environment} environment
 * @property {import("./workloads.mjs").Effort} effort
 * @property {number} rounds
 * @property {readonly string[]} peers
 * @property {readonly import("./statistics.mjs").Sample[]} samples
 *
 * @typedef {object} Environment
 * @property {Readonly<Record<string, string>>} versions
 * @property {string} node
 * @property {string} processor
 * @property {string} system
 * @property {boolean} isPinned
 * @property {number} load runnable processes of the last minute when it began
 * @property {string} measuredAt
 */

/** The weight of the client in a page, which is no work. */
export const SIZE = { name: "size", title: "client in a page, minified and gzipped", unit: "kB", isLessBetter: true };

/** Everything that has a row of figures. */
export const rows = [...workloads, SIZE];

/** What a desktop at rest stays below. */
const BUSY_LOAD = 0.7;
/** The compiler has seen what is measured often enough when it ran for as long. */
const WARM_MS = 1_000;

/** @param {string} work */
const titleOf = (work) => rows.find(({ name }) => name === work)?.title ?? work;

/** @param {number} value */
export const shown = (value) =>
  value.toLocaleString("en-US", { maximumFractionDigits: value < 10 ? 2 : value < 100 ? 1 : 0 });

/** @param {import("./statistics.mjs").Spread | undefined} spread */
const spreadText = (spread) =>
  spread === undefined
    ? "-"
    : spread.min === spread.max
      ? shown(spread.median)
      : `${shown(spread.median)} (${shown(spread.min)}-${shown(spread.max)})`;

/**
 * @param {Results} results
 * @returns {string} Markdown: targets, a table for each piece of work, growth, and what it was measured on
 */
export function reportOf(results) {
  const { samples, environment, effort, rounds, peers } = results;
  const measured = rows.filter(({ name }) => samples.some(({ work, value }) => work === name && value !== undefined));
  const grown = growths.filter(({ name }) => samples.some(({ work, points }) => work === name && points !== undefined));
  const failures = samples.filter(({ error }) => error !== undefined);
  const versions = Object.entries(environment.versions).map(([name, version]) => `${name} ${version}`);
  const isBusy = environment.load > BUSY_LOAD;
  const isCold = effort.warmMs < WARM_MS;
  return [
    ...(isBusy ? [`**The machine was busy (load ${shown(environment.load)}): these figures say little.**`] : []),
    ...(isCold ? ["**A quick run, of code that was hardly compiled: hearthwire is faster in a whole one.**"] : []),
    ...(measured.length === 0 ? [] : [targetsTable(results)]),
    ...measured.map((row) => workTable(row, samples, peers)),
    ...(grown.length === 0 ? [] : [growthTable(grown, samples)]),
    ...(failures.length === 0
      ? []
      : [
          `Failed:\n\n${failures.map(({ work, peer, round, error }) => `- ${work}, ${peer}, round ${round}: ${error?.split("\n")[0]}`).join("\n")}`,
        ]),
    `${rounds} round${rounds === 1 ? "" : "s"}, ${environment.measuredAt}, Node ${environment.node}, ${environment.processor}, ` +
      `${environment.system}, ${environment.isPinned ? "server and client pinned to a processor each" : "not pinned"}; ${versions.join(", ")}.`,
  ].join("\n\n");
}

/** @param {Results} results */
function targetsTable({ samples }) {
  const wanted = targets.filter(({ work }) => samples.some((sample) => sample.work === work));
  const lines = judge(samples, wanted).map(({ target, reached, verdict }) => {
    const against = target.against === undefined ? "" : `, ${peerOf(target.against).title} = 1`;
    const measure = target.measure === "cpu" ? ", processor time of both sides" : "";
    return `| ${titleOf(target.work)}${measure}${against} | ${boundOf(target)} | ${spreadText(reached)} | ${verdict} |`;
  });
  return ["| target | | reached, median (min-max) | |", "|---|--:|--:|---|", ...lines].join("\n");
}

/**
 * @param {(typeof rows)[number]} row
 * @param {Results["samples"]} samples
 * @param {readonly string[]} peers
 */
function workTable({ name: work, title, unit, ...row }, samples, peers) {
  const isLessBetter = "isLessBetter" in row && row.isLessBetter === true;
  const hasCpu = samples.some((one) => one.work === work && one.cpu !== undefined);
  const direction = isLessBetter ? "less is better" : "more is better";
  /** @param {"server" | "client"} side @param {string} peer */
  const cpuText = (side, peer) => {
    const values = samples.flatMap((one) =>
      one.work === work && one.peer === peer && one.cpu?.[side] !== undefined ? [one.cpu[side]] : [],
    );
    return values.length === 0 ? "-" : shown(values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN);
  };
  const lines = peers.flatMap((peer) => {
    const figure = figureOf(samples, { work, peer });
    if (figure === undefined) return [];
    const ratio = ratioOf(samples, { work, peer, against: BASE });
    const cpu = ratioOf(samples, { work, peer, against: BASE, measure: "cpu" });
    const cells = [
      spreadText(figure),
      spreadText(ratio),
      ...(hasCpu ? [cpuText("server", peer), cpuText("client", peer), spreadText(cpu)] : []),
    ];
    return [`| ${peer === SUBJECT ? `**${peerOf(peer).title}**` : peerOf(peer).title} | ${cells.join(" | ")} |`];
  });
  return [
    `**${title}** (${direction})`,
    "",
    `| | ${unit} | ratio to ${peerOf(BASE).title} |${hasCpu ? " server, s for 100 000 | client, s for 100 000 | both, ratio |" : ""}`,
    `|---|--:|--:|${hasCpu ? "--:|--:|--:|" : ""}`,
    ...lines,
  ].join("\n");
}

/**
 * @param {readonly import("./growth.mjs").Growth[]} grown
 * @param {Results["samples"]} samples
 */
function growthTable(grown, samples) {
  const lines = grown.flatMap(({ name: work, title, unit, peers }) =>
    peers.flatMap((peer) => {
      const curve = curveOf(samples, { work, peer });
      const [first, last] = [curve[0], curve.at(-1)];
      if (first === undefined || last === undefined) return [];
      const knee = kneeOf(curve);
      const verdict = knee === undefined ? "flat" : `knee at ${shown(knee)}`;
      const ends = [first, last].map(({ point, cost }) => `${shown(cost.median)} ${unit} at ${shown(point)}`);
      return [`| ${title} | ${peerOf(peer).title} | ${ends.join(" | ")} | ${verdict} |`];
    }),
  );
  return ["| growth | | at first | at last | |", "|---|---|--:|--:|---|", ...lines].join("\n");
}
