import { mkdir, rename, rm, stat } from "node:fs/promises";
import { randomBytes } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";

/** What is done under a lock takes milliseconds: what is older was left by a process that died in it. */
const ABANDONED_AFTER_MS = 10_000;
const PATIENCE_MS = 3_000;
const PAUSE_MS = 10;

/**
 * Does something with the file at a path while no other process of this package does: between looking at a file and
 * replacing it another one may have taken its place.
 *
 * @param guarded `task` is what is done; `busy` makes the error of who can't have the lock
 * @throws what `busy` made when another process takes too long there; what `task` throws
 */
export async function withPathLock<T>(
  path: string,
  guarded: { readonly task: () => Promise<T>; readonly busy: (cause: unknown) => Error },
): Promise<T> {
  const lock = `${path}.lock`;
  await acquire(lock, guarded.busy);
  try {
    return await guarded.task();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}

async function acquire(lock: string, busy: (cause: unknown) => Error): Promise<void> {
  const givesUpAtMs = Date.now() + PATIENCE_MS;
  for (;;) {
    try {
      // Of all files it is folders that only one of several can make, on whatever file system.
      await mkdir(lock, { mode: 0o700 });
      return;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== "EEXIST" || Date.now() > givesUpAtMs) throw busy(cause);
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
