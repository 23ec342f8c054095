// npm run mutants [-- area or rule ...]: breaks one rule of the sources at a time and reports each break that no test notices.
//
// A mutant is { rule, file, from, to, tests }: in `file` the text `from`, which stands there exactly once, becomes `to`, and at
// least one of `tests` must fail for it. They are applied to a copy of the project, never to the sources themselves. Whether each
// still applies is a test, test/mutants.test.ts.
import { spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { allMutants, whyStale } from "../support/mutants.mjs";

/** One run of the tests of a mutant; one that hangs has been noticed. */
const RUN_LIMIT_MS = 120_000;

const root = fileURLToPath(new URL("../../", import.meta.url));

/**
 * @typedef {object} Mutant
 * @property {string} rule the id of the requirement or attack row that it breaks, or several
 * @property {string} file
 * @property {string} from
 * @property {string} to
 * @property {readonly string[]} tests
 */

/** A copy of what the tests need, sharing the dependencies. */
function copyProject() {
  const copy = mkdtempSync(join(tmpdir(), "hearthwire-mutants-"));
  for (const name of readdirSync(root)) {
    if ([".git", "node_modules", "dist"].includes(name)) continue;
    cpSync(join(root, name), join(copy, name), { recursive: true });
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  return copy;
}

/** @type {import("node:child_process").ChildProcess | undefined} the run that is on */
let running;

/** A worker in an endless loop outlives Vitest, so all of a run's processes are a group that ends with it. */
function endRun() {
  if (running?.pid === undefined) return;
  try {
    process.kill(-running.pid, "SIGKILL");
  } catch {
    // Nothing is left of it.
  }
}

/**
 * @param {string} copy
 * @param {readonly string[]} tests
 * @returns {Promise<{ passed: boolean, output: string }>}
 */
async function runTests(copy, tests) {
  const isPage = tests.some((test) => test.endsWith(".browser.test.ts"));
  const project = ["--project", isPage ? "browser" : "node"];
  // By what they hold, so that of a mutant only its own file is compiled anew.
  const modules = ["--experimental.fsModuleCache", `--experimental.fsModuleCachePath=${join(copy, ".modules")}`];
  const args = ["run", ...project, ...modules, "--bail=1", "--reporter=dot", ...tests];
  const run = spawn(process.execPath, [join(copy, "node_modules/vitest/vitest.mjs"), ...args], {
    cwd: copy,
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
  });
  running = run;
  const limit = setTimeout(endRun, RUN_LIMIT_MS);
  let output = "";
  for (const stream of [run.stdout, run.stderr]) stream.setEncoding("utf8").on("data", (text) => (output += text));
  run.once("exit", endRun);
  const [status] = await once(run, "close");
  clearTimeout(limit);
  running = undefined;
  return { passed: status === 0, output };
}

/**
 * @param {string} copy
 * @param {Mutant} mutant
 * @returns {Promise<string | undefined>} what is wrong with it
 */
async function tryMutant(copy, mutant) {
  const { file, from, to, tests } = mutant;
  const path = join(copy, file);
  const source = readFileSync(path, "utf8");
  const stale = whyStale(mutant, { source, exists: (test) => existsSync(join(copy, test)) });
  if (stale !== undefined) return stale;
  writeFileSync(
    path,
    source.replace(from, () => to),
  );
  try {
    return (await runTests(copy, tests)).passed ? "no test noticed it" : undefined;
  } finally {
    writeFileSync(path, source);
  }
}

const wanted = process.argv.slice(2);
const mutants = (await allMutants()).filter(
  ({ area, rule }) => wanted.length === 0 || wanted.some((name) => area === name || rule.split(/,\s*/).includes(name)),
);
if (mutants.length === 0) {
  process.stderr.write(`no mutant has the area or rule ${wanted.join(", ")}\n`);
  process.exit(2);
}

const copy = copyProject();
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.once(signal, () => {
    endRun();
    rmSync(copy, { recursive: true, force: true });
    process.exit(1);
  });
}
const faults = [];
try {
  // A suite that fails anyway would notice everything.
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  for (const name of ["node", "browser"]) {
    const some = tests.filter((test) => test.endsWith(".browser.test.ts") === (name === "browser"));
    if (some.length === 0) continue;
    process.stdout.write(`${some.length} test files (${name}) without any break: `);
    const { passed, output } = await runTests(copy, some);
    process.stdout.write(passed ? "pass\n" : `fail\n${output}\n`);
    if (!passed) faults.push(`the ${name} tests fail without any break`);
  }
  if (faults.length === 0) {
    for (const [index, mutant] of mutants.entries()) {
      const fault = await tryMutant(copy, mutant);
      const name = `${mutant.area} ${mutant.rule}: ${mutant.file}: ${JSON.stringify(mutant.to.slice(0, 80))}`;
      process.stdout.write(
        `[${index + 1}/${mutants.length}] ${fault === undefined ? "noticed" : `FAULT: ${fault}`}  ${name}\n`,
      );
      if (fault !== undefined) faults.push(`${name}: ${fault}`);
    }
  }
} finally {
  rmSync(copy, { recursive: true, force: true });
}
process.stdout.write(
  `${mutants.length - faults.length} noticed, ${faults.length} not\n${faults.map((fault) => `  ${fault}\n`).join("")}`,
);
process.exitCode = faults.length === 0 ? 0 : 1;
