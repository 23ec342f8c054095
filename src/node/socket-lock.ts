import { mkdir, rename, rm, stat } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { inUse } from "./unix-socket.js";

/** Starting takes milliseconds: what is older was left by a process that died in it. */
const ABANDONED_AFTER_MS = 10_000;
const PATIENCE_MS = 3_000;
const PAUSE_MS = 10;

/**
 * Does something with the file of a socket while no other daemon of this package does: of a dead daemon's socket it can
 * only be looked whether somebody answers, and then be removed, and in between another one may have taken its place.
 *
 * @throws ConnectionError `HW_PORT_IN_USE` when another daemon takes too long there; what `task` throws
 */
export async function withSocketLock<T>(socketPath: string, task: () => Promise<T>): Promise<T> {
  const lock = `${socketPath}.lock`;
  await acquire(lock, socketPath);
  try {
    return await task();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function acquire(lock: string, socketPath: string): Promise<void> {
  const givesUpAtMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      // Of all files it is folders that only one of several can make, on whatever file system.
      await mkdir(lock, { mode: 0o700 });
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST" || Date.now() > givesUpAtMs)
        throw inUse(socketPath, cause);
    }
    await removeAbandoned(lock);
    await pause(PAUSE_MS);
  }
}

async function removeAbandoned(lock: string): Promise<void> {
  const found = await stat(lock).catch(() => undefined);
  if (found === undefined || Date.now() - found.mtimeMs < ABANDONED_AFTER_MS) return;
  // Only one of several can move it.
  const aside = `${lock}.${randomBytes(6).toString("hex")}`;
  await rename(lock, aside).catch(() => {});
  await rm(aside, { recursive: true, force: true });
}
