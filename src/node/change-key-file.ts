import { rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Key } from "../auth/key.js";
import { KeyRing } from "../auth/key-ring.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { prepareKeyFolder, readKeyFile, writeKeyFile } from "./key-file.js";
import { formatKeyFile, parseKeyFile } from "./key-file-format.js";
import { withPathLock } from "./path-lock.js";

/**
 * The keys of a key file, which must be there.
 * @throws ConfigError `HW_CREDENTIALS_MISSING`: there is none; `HW_KEY_FILE_UNSAFE`, `HW_KEY_INVALID` as `keyFile`
 */
export async function existingKeyFile(path: string): Promise<KeyRing> {
  const file = resolve(path);
  const ring = await readRing(file);
  if (ring !== undefined) return ring;
  throw new ConfigError(
    "HW_CREDENTIALS_MISSING",
    `key file: there is none at "${file}"; make one by "hearthwire keys new", or name another`,
  );
}

/**
 * Puts other keys into a key file, which is made when there is none, and removed when no key is left. The file is replaced
 * as a whole: readers find the keys from before or those from after, and changes by other processes wait for this one.
 *
 * @param change is given the keys in the order of the file, undefined where there is no file; gives those that shall be there.
 *   It may be called again when there is a file after all
 * @throws ConfigError `HW_KEY_FILE_UNSAFE`: as `keyFile`, or another process changes the file for too long;
 *   `HW_KEY_INVALID`: two keys would have one id, or there would be too many; what `change` throws. Nothing has changed then
 */
export async function changeKeyFile(
  path: string,
  change: (keys: readonly Key[] | undefined) => readonly Key[],
): Promise<void> {
  const file = resolve(path);
  await prepareKeyFolder(file);
  const busy = (cause: unknown): ConfigError =>
    new ConfigError(
      "HW_KEY_FILE_UNSAFE",
      `key file: "${file}" can't be changed now (${(cause as NodeJS.ErrnoException).code}): another process is at it, or its folder is not yours to write in`,
      { cause },
    );
  await withPathLock(file, {
    busy,
    task: async () => {
      while (!(await changeOnce(file, change)));
    },
  });
}

/** False when somebody who only makes files, and so needs no lock, has made this one meanwhile. */
async function changeOnce(
  file: string,
  change: (keys: readonly Key[] | undefined) => readonly Key[],
): Promise<boolean> {
  const ring = await readRing(file);
  const keys = change(ring && [...ring]);
  if (keys.length > 0) {
    const content = formatKeyFile(new KeyRing(keys));
    return writeKeyFile(file, { content, replaces: ring !== undefined });
  }
  await rm(file, { force: true });
  return true;
}

async function readRing(file: string): Promise<KeyRing | undefined> {
  // A folder that isn't there has no file in it; whatever else is wrong is told by the reader.
  const hasFolder = await stat(dirname(file)).catch(() => undefined);
  const content = hasFolder && (await readKeyFile(file));
  return content === undefined ? undefined : parseKeyFile(content, file);
}
