/**
 * A node of V8's profile, as its file has it.
 *
 * @typedef {object} ProfileNode
 * @property {number} id
 * @property {{ readonly functionName: string, readonly url: string, readonly lineNumber: number }} callFrame
 * @property {readonly number[]} [children]
 *
 * @typedef {object} CpuProfile
 * @property {readonly ProfileNode[]} nodes
 * @property {readonly number[]} samples
 * @property {readonly number[]} timeDeltas µs
 */

/**
 * A function on a stack, with all that it called.
 *
 * @typedef {{ readonly name: string, readonly room: string, readonly selfUs: number, readonly totalUs: number, readonly calls: readonly Frame[] }} Frame
 */

/** What V8 calls the time in which nothing ran, and the inspector's own, which begins and ends the profile. */
const APART = new Set(["(idle)", "(program)", "dispatch"]);

/**
 * Where a function is from: a room of hearthwire, a package, or Node.
 *
 * @param {string} url
 * @returns {string}
 */
export function roomOf(url) {
  const [, name] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  if (name !== undefined) return name;
  const [, room] = /\/dist\/([^/]+)\//.exec(url) ?? [];
  if (room !== undefined) return `hearthwire ${room}`;
  if (url.startsWith("node:")) return "node";
  return url === "" ? "native" : "bench";
}

/**
 * Reads a profile.
 *
 * @param {string} text
 * @param {string} file where it is from, for the error
 * @returns {CpuProfile}
 * @throws {Error} when it is something else
 */
export function parseProfile(text, file) {
  /** @type {unknown} */
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    // Told below.
  }
  const { nodes, samples, timeDeltas } = /** @type {Partial<CpuProfile>} */ (value ?? {});
  if ([nodes, samples, timeDeltas].every(Array.isArray)) return /** @type {CpuProfile} */ (value);
  throw new Error(`${file} is no profile of V8, such as npm run bench -- --profile FOLDER makes`);
}

/**
 * The stacks of a profile, calls of the same function by the same one added up, without idle time.
 *
 * @param {CpuProfile} profile
 * @returns {Frame}
 */
export function stacksOf({ nodes, samples, timeDeltas }) {
  /** @type {Map<number, number>} */
  const selfUs = new Map();
  for (const [index, id] of samples.entries()) selfUs.set(id, (selfUs.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @param {readonly ProfileNode[]} same @returns {Frame} */
  const frameOf = (same) => {
    const { callFrame } = /** @type {ProfileNode} */ (same[0]);
    /** @type {Map<string, ProfileNode[]>} */
    const called = new Map();
    for (const id of same.flatMap(({ children = [] }) => children)) {
      const child = /** @type {ProfileNode} */ (byId.get(id));
      if (child.callFrame.url === "" && APART.has(child.callFrame.functionName)) continue;
      const key = `${child.callFrame.functionName} ${child.callFrame.url} ${child.callFrame.lineNumber}`;
      called.set(key, [...(called.get(key) ?? []), child]);
    }
    const calls = [...called.values()].map(frameOf).toSorted((a, b) => b.totalUs - a.totalUs);
    const self = same.reduce((sum, { id }) => sum + (selfUs.get(id) ?? 0), 0);
    return {
      name: callFrame.functionName || "(anonymous)",
      room: roomOf(callFrame.url),
      selfUs: self,
      totalUs: calls.reduce((sum, { totalUs }) => sum + totalUs, self),
      calls,
    };
  };
  return frameOf(nodes.slice(0, 1));
}

/**
 * Where the time was spent itself, calls of others not counted.
 *
 * @param {Frame} root
 * @param {(frame: Frame) => string} by
 * @returns {readonly (readonly [name: string, us: number])[]} the longest first
 */
export function selfTimes(root, by) {
  /** @type {Map<string, number>} */
  const times = new Map();
  const waiting = [root];
  for (let frame = waiting.pop(); frame !== undefined; frame = waiting.pop()) {
    times.set(by(frame), (times.get(by(frame)) ?? 0) + frame.selfUs);
    waiting.push(...frame.calls);
  }
  return [...times].filter(([, us]) => us > 0).toSorted(([, a], [, b]) => b - a);
}
