import type { Stats } from "node:fs";
import { ConfigError } from "../errors/hearthwire-error.js";

/** What others must not do with a file or folder, and how its owner sees to that. */
const RIGHTS = {
  any: { mode: 0o077, remedy: "chmod 600" },
  write: { mode: 0o022, remedy: "chmod go-w" },
} as const;

/** What is to be this user's own. */
export interface OwnPath {
  /** What it is a part of, as errors begin. */
  readonly what: string;
  readonly path: string;
  /** What nobody else may have: rights of any kind, or those to write. */
  readonly forbidden: keyof typeof RIGHTS;
}

/**
 * Refuses what another user owns or has rights to. Windows has neither: its user folders are private by default.
 * @throws ConfigError `HW_KEY_FILE_UNSAFE`
 */
export function requireOwn(stats: Stats, { what, path, forbidden }: OwnPath): void {
  const user = process.getuid?.();
  if (user === undefined) return;
  const { mode: foreign, remedy } = RIGHTS[forbidden];
  const place = { what, path };
  if (stats.uid !== user) {
    const fault = `it belongs to user ${stats.uid}, not to user ${user}`;
    throw unsafePath(place, { fault, remedy: `use a ${stats.isDirectory() ? "folder" : "file"} of your own` });
  }
  if ((stats.mode & foreign) === 0) return;
  // What has the sticky bit is meant for all, as /tmp is.
  const isShared = (stats.mode & 0o1000) !== 0;
  throw unsafePath(place, {
    fault: `others have rights to it (mode 0${(stats.mode & 0o7777).toString(8)})`,
    remedy: isShared ? "use a folder of your own" : `${remedy} '${path}'`,
  });
}

/** What can't be trusted with secrets, why, and what to do about it. */
export function unsafePath(
  { what, path }: Pick<OwnPath, "what" | "path">,
  { fault, remedy, cause }: { readonly fault: string; readonly remedy: string; readonly cause?: unknown },
): ConfigError {
  return new ConfigError("HW_KEY_FILE_UNSAFE", `${what}: "${path}" is not safe to use: ${fault}; ${remedy}`, { cause });
}
