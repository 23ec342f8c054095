import type { FlushScheduler } from "../session/flush-scheduler.js";

/**
 * Node's own way to see that a turn has gone quiet: `process.nextTick` runs when the microtasks at hand are done, so that
 * one frame takes all that they brought (protocol.md section 6).
 */
export const quietTurn: FlushScheduler = (flush) => process.nextTick(flush);
