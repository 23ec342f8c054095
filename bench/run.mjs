// npm run bench [-- --quick] [--rounds 5] [--only stream,bytes] [--out result.json]
//
// Measures hearthwire against raw ws echo. Each piece of work runs in a fresh server and client process, pinned to a
// processor each where taskset is there; peers take turns within a round. Figures are rates, ratios are of one round.
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { isPinned, runPair } from "./pair.mjs";
import { rowsOf, tableOf } from "./table.mjs";
import { workloads } from "./workloads.mjs";

const BASE = "raw-ws";
const SUBJECT = "hearthwire";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string" },
    quick: { type: "boolean", default: false },
    only: { type: "string" },
    out: { type: "string" },
  },
});
const effort = options.quick
  ? { warmMs: 700, measuredMs: 400, items: 10_000 }
  : { warmMs: 2000, measuredMs: 1000, items: 100_000 };
const rounds = Number(options.rounds ?? (options.quick ? 1 : 5));
if (!Number.isInteger(rounds) || rounds < 1 || rounds > 50) {
  throw new Error(`"--rounds" must be an integer 1..50, got ${options.rounds}`);
}
const names = workloads.map(({ name }) => name);
const works = options.only?.split(",") ?? names;
for (const work of works) {
  if (!names.includes(work)) throw new Error(`"--only" must name some of ${names.join(", ")}, got ${work}`);
}

/** @type {import("./table.mjs").Sample[]} */
const samples = [];
/**
 * @param {string} work
 * @param {number} round
 * @param {string} peer
 */
async function sample(work, round, peer) {
  try {
    samples.push({ work, round, peer, rate: await runPair(peer, work, effort) });
  } catch (error) {
    const reason = /** @type {Error} */ (error).message;
    samples.push({ work, round, peer, error: reason });
    process.stderr.write(`${work}, ${peer}, round ${round}: ${reason}\n`);
    process.exitCode = 1;
  }
}

for (const peer of [BASE, SUBJECT]) await runPair(peer, "check", effort);
for (let round = 1; round <= rounds; round += 1) {
  process.stderr.write(`round ${round} of ${rounds}\n`);
  // Who goes first changes from round to round, so that a machine that warms up or slows down favours nobody.
  const peers = round % 2 === 1 ? [BASE, SUBJECT] : [SUBJECT, BASE];
  for (const work of works) for (const peer of peers) await sample(work, round, peer);
}

const rows = rowsOf(samples, { base: BASE, subject: SUBJECT });
const version = (/** @type {string} */ path) =>
  JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8")).version;
const environment = {
  hearthwire: version("../package.json"),
  ws: version("../node_modules/ws/package.json"),
  node: process.version,
  processor: `${cpus().length} x ${cpus()[0]?.model ?? "unknown"}`,
  isPinned,
  measuredAt: new Date().toISOString(),
};
process.stdout.write(
  `${tableOf(rows, workloads)}\n\n${rounds} round${rounds === 1 ? "" : "s"}, Node ${environment.node}, ws ${environment.ws}, ${environment.processor}, ` +
    `${isPinned ? "server and client pinned to a processor each" : "not pinned"}\n`,
);
if (options.out !== undefined) {
  writeFileSync(options.out, `${JSON.stringify({ environment, effort, rounds, rows, samples }, null, 2)}\n`);
}
