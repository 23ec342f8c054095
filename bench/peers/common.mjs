/** Nobody compresses, and everybody takes what the largest payload of a growth curve needs. */
export const socketOptions = { perMessageDeflate: false, maxPayload: 64 << 20 };

/** Calls that a server has under way at once while it calls back. */
export const CALLS_BACK_IN_FLIGHT = 64;

/** Items between two turns of the event loop where a server pushes by itself, so that its socket is written meanwhile. */
export const ITEMS_PER_TURN = 256;

/**
 * The server's side of the callback work, for peers whose callbacks return promises.
 *
 * @param {number} count
 * @param {(index: number) => Promise<unknown>} call
 */
export async function callMany(count, call) {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      const index = next;
      next += 1;
      await call(index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(count, CALLS_BACK_IN_FLIGHT) }, worker));
}
