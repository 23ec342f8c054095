import type { Clock, Timer } from "./clock.js";

/** Hosts count a timer's ms in 31 bits and run at once what is later. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls `task` at a time by the clock, however far away; at once, in a timer, when it has passed. */
export function alarm(clock: Clock, atMs: number, task: () => void): Timer {
  let timer: Timer;
  const arm = (): void => {
    const remainingMs = atMs - clock.now();
    timer = clock.after(Math.min(Math.max(0, remainingMs), LONGEST_TIMER_MS), () => {
      if (clock.now() >= atMs) task();
      else arm();
    });
  };
  arm();
  return { cancel: () => timer.cancel() };
}
