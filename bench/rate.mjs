/**
 * Runs a task over and over, so many at a time.
 *
 * @param {(worker: number) => Promise<unknown>} task
 * @param {number} durationMs nothing begins after it
 * @param {number} inFlight
 * @returns {Promise<number>} how often it was done
 */
export async function repeat(task, durationMs, inFlight) {
  let finished = 0;
  const endMs = performance.now() + durationMs;
  await Promise.all(
    Array.from({ length: inFlight }, async (_, worker) => {
      while (performance.now() < endMs) {
        await task(worker);
        finished += 1;
      }
    }),
  );
  return finished;
}

/**
 * So many clients, some at a time, so that no backlog of the server overflows.
 *
 * @template T
 * @param {number} count
 * @param {() => Promise<T>} open
 * @returns {Promise<T[]>}
 */
export async function openMany(count, open) {
  /** @type {T[]} */
  const opened = [];
  let left = count;
  const worker = async () => {
    while (left > 0) {
      left -= 1;
      opened.push(await open());
    }
  };
  await Promise.all(Array.from({ length: Math.min(16, count) }, worker));
  return opened;
}
