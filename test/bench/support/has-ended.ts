import { setTimeout as pause } from "node:timers/promises";

/** Whether a process is gone; nobody tells of one that is no child of this one, so it is looked for until it is. */
export async function hasEnded(pid: number, limitMs = 5_000): Promise<boolean> {
  const endMs = performance.now() + limitMs;
  while (performance.now() < endMs) {
    try {
      process.kill(pid, 0);
    } catch {
      return true;
    }
    await pause(20);
  }
  return false;
}
