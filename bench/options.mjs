import { existsSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { parseArgs } from "node:util";
import { growths } from "./growth.mjs";
import { integerOption } from "./integer-option.mjs";
import { BASE, peers, SUBJECT } from "./peers.mjs";
import { rows } from "./report.mjs";

export const USAGE = `npm run bench -- [options]

  --quick            one short round of everything but the growth curves, within a minute
  --rounds N         1..50, 5 without it
  --only A,B         of ${[...rows, ...growths].map(({ name }) => name).join(", ")};
                     growth stands for all growth curves
  --peers A,B        of ${peers.map(({ name }) => name).join(", ")}
  --out FILE         where the results go as JSON
  --profile FOLDER   V8's profile of what each process did while measured, for bench/flame.mjs; the figures are
                     then too low
  --write            put the results into docs/performance.md, its charts and bench/results.json
  --help
`;

/**
 * @typedef {object} Options
 * @property {boolean} isHelp
 * @property {boolean} isQuick
 * @property {number} rounds
 * @property {readonly string[]} works
 * @property {readonly string[]} peers the base and the subject among them
 * @property {string} [out]
 * @property {string} [profiles] folder
 * @property {boolean} isWritten
 */

const MOST_ROUNDS = 50;
/** Fewer say nothing about the spread. */
const USUAL_ROUNDS = 5;

/**
 * @param {readonly string[]} args
 * @returns {Options}
 * @throws {Error} that names the option, what it got and what it takes
 */
export function parseOptions(args) {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: "boolean", default: false },
      rounds: { type: "string" },
      only: { type: "string" },
      peers: { type: "string" },
      out: { type: "string" },
      profile: { type: "string" },
      write: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  const usualRounds = values.quick ? 1 : USUAL_ROUNDS;
  const rounds = values.rounds === undefined ? usualRounds : integerOption("rounds", values.rounds, 1, MOST_ROUNDS);
  const growthNames = growths.map(({ name }) => name);
  const rowNames = rows.map(({ name }) => name);
  const usual = values.quick ? rowNames : [...rowNames, ...growthNames];
  const only = values.only?.split(",").flatMap((name) => (name === "growth" ? growthNames : [name]));
  const works = only === undefined ? usual : chosen("only", only, [...rowNames, ...growthNames]);
  const peerNames = peers.map(({ name }) => name);
  const wanted = values.peers === undefined ? peerNames : chosen("peers", values.peers.split(","), peerNames);
  const partial = [values.only, values.peers, values.profile].some((value) => value !== undefined);
  if (values.write && (values.quick || partial)) {
    throw new Error(
      '"--write" puts a whole run into the docs: it goes with neither "--quick", "--only", "--peers" nor "--profile"',
    );
  }
  if (values.out !== undefined) assertWritable(values.out);
  return {
    isHelp: values.help,
    isQuick: values.quick,
    rounds,
    works,
    // Without the yardstick there is no ratio, and without the subject nothing to measure.
    peers: peerNames.filter((name) => name === BASE || name === SUBJECT || wanted.includes(name)),
    ...(values.out === undefined ? {} : { out: values.out }),
    ...(values.profile === undefined ? {} : { profiles: values.profile }),
    isWritten: values.write,
  };
}

/**
 * Told before anything is measured, not half an hour later.
 *
 * @param {string} file
 */
function assertWritable(file) {
  const isFile = file !== "" && !statSync(file, { throwIfNoEntry: false })?.isDirectory();
  if (!isFile || !existsSync(dirname(file))) {
    throw new Error(`"--out" must name a file in a folder that is there, got ${file}`);
  }
}

/**
 * @param {string} option
 * @param {readonly string[]} names
 * @param {readonly string[]} known
 */
function chosen(option, names, known) {
  for (const name of names) {
    if (!known.includes(name)) throw new Error(`"--${option}" must name some of ${known.join(", ")}, got ${name}`);
  }
  return names;
}
