// npm test: finds a browser or installs one, then runs every vitest project. Arguments go on to vitest.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { findBrowser } from "./find-browser.mjs";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A test run that takes longer than this hangs. */
const RUN_LIMIT_MS = 20 * 60_000;
/** Chromium and what it needs are about 200 MB. */
const INSTALL_LIMIT_MS = 4 * 60_000;

const remedy =
  "Install Chromium, Chrome or Edge (Debian and Ubuntu: apt-get install chromium; elsewhere: npx playwright-core install chromium) " +
  'or name the executable of one in "HEARTHWIRE_BROWSER".';

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import("node:child_process").SpawnSyncOptions} [options]
 * @returns {boolean} whether it ran and succeeded
 */
function run(command, args, options) {
  process.stdout.write(`$ ${command} ${args.join(" ")}\n`);
  return spawnSync(command, args, { stdio: "inherit", timeout: INSTALL_LIMIT_MS, ...options }).status === 0;
}

/** Debian and Ubuntu keep their package lists fresh only when asked, so a first failure may mean stale lists. */
function installBrowser() {
  const isRoot = process.getuid?.() === 0;
  if (isRoot && existsSync("/usr/bin/apt-get")) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const install = ["install", "-y", "--no-install-recommends", "chromium"];
    if (run("apt-get", install, { env })) return;
    if (run("apt-get", ["update"], { env }) && run("apt-get", install, { env })) return;
  }
  run(process.execPath, [`${root}node_modules/playwright-core/cli.js`, "install", "chromium"]);
}

function browserOrExit() {
  try {
    const found = findBrowser();
    if (found !== undefined) return found;
    process.stdout.write("No browser found; installing Chromium.\n");
    installBrowser();
    const installed = findBrowser();
    if (installed !== undefined) return installed;
    process.stderr.write(`The tests need a real browser and none could be installed. ${remedy}\n`);
  } catch (error) {
    process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  }
  return process.exit(1);
}

const browser = browserOrExit();
const vitest = spawnSync(process.execPath, [`${root}node_modules/vitest/vitest.mjs`, "run", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
  timeout: RUN_LIMIT_MS,
  env: { ...process.env, HEARTHWIRE_BROWSER: browser },
});
if (vitest.error !== undefined) process.stderr.write(`vitest did not end well: ${vitest.error.message}\n`);
process.exitCode = vitest.status ?? 1;
