// node bench/flame.mjs PROFILE.cpuprofile [CHART.svg]
//
// Where the time of a process went that `npm run bench -- --profile FOLDER` profiled: by package and room, by function,
// and as a flame graph.
import { readFileSync, writeFileSync } from "node:fs";
import { flameChart } from "./flame-chart.mjs";
import { parseProfile, selfTimes, stacksOf } from "./profile.mjs";

const [file, chart] = process.argv.slice(2);
const FUNCTIONS = 25;

/** @param {string} from @param {string | undefined} to */
function tell(from, to) {
  const root = stacksOf(parseProfile(readFileSync(from, "utf8"), from));
  const line = (/** @type {readonly [string, number]} */ [name, us]) =>
    `${((100 * us) / root.totalUs).toFixed(1).padStart(5)} %  ${name}\n`;
  process.stdout.write(`${(root.totalUs / 1_000_000).toFixed(2)} s, idle time left out\n\n`);
  process.stdout.write(
    `${selfTimes(root, ({ room }) => room)
      .map(line)
      .join("")}\n`,
  );
  const functions = selfTimes(root, ({ name, room }) => `${name}, ${room}`);
  process.stdout.write(functions.slice(0, FUNCTIONS).map(line).join(""));
  if (to !== undefined) writeFileSync(to, flameChart(root));
}

try {
  if (file === undefined) throw new Error("node bench/flame.mjs PROFILE.cpuprofile [CHART.svg]");
  tell(file, chart);
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}
