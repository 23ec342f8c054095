/**
 * Calls `flush` once, when the turn has gone quiet. `queued` counts the messages queued so far, so that a scheduler can
 * see whether anything new came. Never a timer: a sleep of "0 ms" costs a millisecond a call.
 */
export type FlushScheduler = (flush: () => void, queued: () => number) => void;

/**
 * Microtasks in a row that must see nothing new. A plain microtask would send an async generator's items one frame each,
 * since each `yield` takes several of them (measured).
 */
const QUIET_MICROTASKS = 6;

/** The scheduler for every host: a microtask that queues itself again until six in a row saw nothing new. */
export const quietMicrotasks: FlushScheduler = (flush, queued) => {
  let seen = queued();
  let quiet = 0;
  const look = (): void => {
    const now = queued();
    if (now !== seen) {
      seen = now;
      quiet = 0;
    } else if (++quiet >= QUIET_MICROTASKS) {
      flush();
      return;
    }
    queueMicrotask(look);
  };
  queueMicrotask(look);
};
