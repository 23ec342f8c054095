// npm run mutants [-- area or rule ...]: breaks one rule of the sources at a time and reports each break that no test notices.
//
// A mutant is { rule, file, from, to, tests }: in `file` the text `from`, which stands there exactly once, becomes `to`, and at
// least one of `tests` must fail for it. They are applied to a copy of the project, never to the sources themselves. Whether each
// still applies is a test, test/mutants.test.ts.
import { spawnSync } from "node:child_process";
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

/**
 * @param {string} copy
 * @param {readonly string[]} tests
 * @returns {{ passed: boolean, output: string }}
 */
function runTests(copy, tests) {
  const isPage = tests.some((test) => test.endsWith(".browser.test.ts"));
  const args = ["run", "--project", isPage ? "browser" : "node", "--bail=1", "--reporter=dot", ...tests];
  const run = spawnSync(process.execPath, [join(copy, "node_modules/vitest/vitest.mjs"), ...args], {
    cwd: copy,
    encoding: "utf8",
    timeout: RUN_LIMIT_MS,
    killSignal: "SIGKILL",
  });
  return { passed: run.status === 0, output: `${run.stdout}${run.stderr}` };
}

/**
 * @param {string} copy
 * @param {Mutant} mutant
 * @returns {string | undefined} what is wrong with it
 */
function tryMutant(copy, mutant) {
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
    return runTests(copy, tests).passed ? "no test noticed it" : undefined;
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
const faults = [];
try {
  // A suite that fails anyway would notice everything.
  const tests = [...new Set(mutants.flatMap((mutant) => mutant.tests))];
  for (const name of ["node", "browser"]) {
    const some = tests.filter((test) => test.endsWith(".browser.test.ts") === (name === "browser"));
    if (some.length === 0) continue;
    process.stdout.write(`${some.length} test files (${name}) without any break: `);
    const { passed, output } = runTests(copy, some);
    process.stdout.write(passed ? "pass\n" : `fail\n${output}\n`);
    if (!passed) faults.push(`the ${name} tests fail without any break`);
  }
  if (faults.length === 0) {
    for (const [index, mutant] of mutants.entries()) {
      const fault = tryMutant(copy, mutant);
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
