import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { peerOf } from "./peers.mjs";

const folder = fileURLToPath(new URL("./", import.meta.url));
const INSTALL_LIMIT_MS = 300_000;

/** @param {string} path @returns {any} */ // oxlint-disable-line typescript/no-explicit-any
const read = (path) => JSON.parse(readFileSync(path, "utf8"));

/**
 * @param {readonly string[]} peers
 * @param {string} [from] the folder of the package.json that says which versions
 * @returns {readonly string[]} packages that are missing, or are there in another version
 */
export function missingPackages(peers, from = folder) {
  /** @type {Record<string, string>} */
  const wanted = read(`${from}package.json`).dependencies;
  const needed = [...new Set(peers.flatMap((peer) => peerOf(peer).packages))];
  return needed.filter((name) => {
    const path = `${from}node_modules/${name}/package.json`;
    return !existsSync(path) || read(path).version !== wanted[name];
  });
}

/**
 * Installs what the peers need into the bench's own node_modules, by its lock file and without scripts of anybody.
 *
 * @param {readonly string[]} peers
 * @param {(text: string) => void} say
 * @throws {Error} that says how to go on without
 */
export function ensurePeers(peers, say) {
  const missing = missingPackages(peers);
  if (missing.length === 0) return;
  say(`installing ${missing.join(", ")} into bench/node_modules\n`);
  // Not `npm ci`: it refuses a lock file made where the registry lacks some platform's optional binaries.
  const args = ["install", "--no-save", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { status, stderr, error } = spawnSync("npm", args, {
    cwd: folder,
    encoding: "utf8",
    timeout: INSTALL_LIMIT_MS,
    shell: process.platform === "win32",
  });
  if (status === 0 && missingPackages(peers).length === 0) return;
  throw new Error(
    `could not install what is measured beside hearthwire; "--peers raw-ws,signed-ws" needs nothing installed\n${error?.message ?? stderr}`,
  );
}

/**
 * @param {readonly string[]} peers
 * @returns {Readonly<Record<string, string>>} versions by package
 */
export function versionsOf(peers) {
  const { version } = read(fileURLToPath(new URL("../package.json", import.meta.url)));
  const wanted = read(`${folder}package.json`).dependencies;
  const names = ["ws", ...new Set(peers.flatMap((peer) => peerOf(peer).packages))];
  return { hearthwire: version, ...Object.fromEntries(names.map((name) => [name, wanted[name]])) };
}
