// What is wrong with a lock file and a manifest, before anybody is asked about known vulnerabilities.

/** Versions below these have known holes that this package would be open to (docs/security.md, "Dependencies"). */
const LEAST = { ws: "8.23.0" };

/** What a program gets with this package; each was argued for in its commit. */
const RUNTIME = ["@noble/hashes", "commander", "isomorphic-ws", "ws"];

const REGISTRY = "https://registry.npmjs.org/";
const INSTALL_SCRIPTS = ["preinstall", "install", "postinstall"];

/**
 * @typedef {object} Locked
 * @property {string} [version]
 * @property {string} [resolved]
 * @property {string} [integrity]
 * @property {boolean} [dev]
 * @property {boolean} [link]
 * @property {boolean} [hasInstallScript]
 */

/**
 * @typedef {object} Manifest
 * @property {Readonly<Record<string, string>>} [dependencies]
 * @property {Readonly<Record<string, string>>} [scripts]
 */

/**
 * @param {{ readonly packages: Readonly<Record<string, Locked>> }} lock
 * @param {Manifest} manifest
 * @returns {readonly string[]}
 */
export function lockfileFaults(lock, { dependencies = {}, scripts = {} }) {
  /** @type {string[]} */
  const faults = [];
  const names = Object.keys(dependencies).toSorted();
  if (names.join() !== RUNTIME.join())
    faults.push(`the dependencies are ${names.join(", ")}, not ${RUNTIME.join(", ")}`);
  for (const name of INSTALL_SCRIPTS) if (name in scripts) faults.push(`the package has the script ${name}`);
  for (const [name, least] of Object.entries(LEAST)) {
    const range = dependencies[name] ?? "";
    if (!isAtLeast(range.replace(/^[\^~]|^>=/, ""), least))
      faults.push(`${name} ${range} admits versions below ${least}`);
  }
  for (const [path, one] of Object.entries(lock.packages)) {
    if (path === "" || one.link === true) continue;
    // Left out: from whichever registry is configured, held to the same hash.
    if (one.resolved !== undefined && !one.resolved.startsWith(REGISTRY))
      faults.push(`${path} comes from ${one.resolved}`);
    if (one.integrity?.startsWith("sha512-") !== true) faults.push(`${path} has no sha512 integrity`);
    if (one.hasInstallScript === true && one.dev !== true) faults.push(`${path} runs a script when it is installed`);
    const name = path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    const least = LEAST[/** @type {keyof typeof LEAST} */ (name)];
    if (least !== undefined && !isAtLeast(one.version ?? "", least))
      faults.push(`${path} is ${one.version}, below ${least}`);
  }
  return faults;
}

/**
 * @param {string} version
 * @param {string} least
 */
function isAtLeast(version, least) {
  const parts = /^(\d+)\.(\d+)\.(\d+)$/.exec(version)?.slice(1).map(Number);
  if (parts === undefined) return false;
  const bounds = least.split(".").map(Number);
  for (const [index, part] of parts.entries()) {
    if (part !== bounds[index]) return part > (bounds[index] ?? 0);
  }
  return true;
}
