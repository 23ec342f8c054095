/** @type {Set<import("node:child_process").ChildProcess>} */
const living = new Set();
let isEnding = false;
/** A child that is told to end closes its browser; one that doesn't listen is killed. */
const GRACE_MS = 3000;

/**
 * Keeps a child from outliving this process.
 *
 * @param {import("node:child_process").ChildProcess} child
 */
export function adopt(child) {
  living.add(child);
  child.once("exit", () => living.delete(child));
  // Begun by what goes on until this process has ended.
  if (isEnding) child.kill("SIGKILL");
}

/**
 * Lets go of a child's channel, by which it knows that it is to end.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<void>} when it has ended
 */
export async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  await new Promise((resolve) => {
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    child.once("exit", () => {
      clearTimeout(timer);
      resolve(undefined);
    });
    if (child.connected) child.disconnect();
  });
}

/** @returns {Promise<void>} */
export async function endAll() {
  await Promise.all([...living].map(end));
}

/** Ends every child on Ctrl-C and the like, then this process with the signal's exit code. */
export function endChildrenOnSignals() {
  for (const [signal, code] of /** @type {const} */ ([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ])) {
    process.once(signal, async () => {
      isEnding = true;
      await endAll();
      process.exit(code);
    });
  }
  // Whatever ends this process without a word: nothing can be awaited any more.
  process.on("exit", () => {
    for (const child of living) child.kill("SIGKILL");
  });
}
