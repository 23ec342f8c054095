import { constants } from "node:fs";
import { lstat, mkdir, open, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { KeyRing } from "../auth/key-ring.js";
import { ConfigError } from "../errors/hearthwire-error.js";
import { config } from "./config.js";
import { formatKeyFile, invalidKeyFile, newKeys, parseKeyFile } from "./key-file-format.js";
import { requireOwn, unsafePath } from "./require-own.js";
import { type WholeFile, writeWhole } from "./write-whole.js";

/** Far above what two keys, or two hundred, take. */
const MAX_KEY_FILE_BYTES = 64 * 1024;

/** What its errors begin with. */
const KEY_FILE = "key file";

/**
 * Where this user's keys are: `hearthwire/keys.json` in `$XDG_CONFIG_HOME` or `~/.config` on Linux, in
 * `~/Library/Application Support` on macOS, in `%APPDATA%` on Windows.
 *
 * The environment can only choose another place; every check of `keyFile` holds there too.
 */
export function defaultKeyFilePath(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): string {
  return join(configFolder(platform, environment), "hearthwire", "keys.json");
}

function configFolder(platform: NodeJS.Platform, environment: NodeJS.ProcessEnv): string {
  const { APPDATA, XDG_CONFIG_HOME } = environment;
  if (platform === "win32") return APPDATA ?? join(homedir(), "AppData", "Roaming");
  if (platform === "darwin") return join(homedir(), "Library", "Application Support");
  // The XDG Base Directory Specification has relative values ignored.
  return XDG_CONFIG_HOME !== undefined && isAbsolute(XDG_CONFIG_HOME) ? XDG_CONFIG_HOME : join(homedir(), ".config");
}

/** What a key file holds that has to be made. */
export interface KeyFileOptions {
  /** One key to connect with, of this id. @default two keys, one to connect and one to mint tickets */
  readonly id?: string | undefined;
}

/**
 * The key ring in a file, which is made on first use: two independent keys, one to connect with and one to mint tickets
 * (protocol.md section 3), in a file that its owner alone can read (0600), in a folder of the owner's (0700).
 *
 * Several processes may make the same file at once; all get the keys of one of them.
 *
 * ```json
 * { "version": 1, "keys": [{ "id": "user-5f0c2a91", "use": "connect", "key": "<32 bytes, base64url>" }, ...] }
 * ```
 *
 * A key may have `subject`, `objects`, `requireChannelBinding` and `requireTls` of `KeyOptions`, and `notBefore` and
 * `notAfter` as `"2026-12-31T23:00:00Z"`. The file is read once: what is changed in it later counts for those who read it
 * then.
 *
 * @param path @default `config`'s `keyFile`, else this user's key file, `defaultKeyFilePath()`
 * @param options `id`: for a client, to be brought to its machine
 * @throws ConfigError `HW_KEY_FILE_UNSAFE`: others can read or replace the file, it is a symbolic link, or it can't be made;
 *   `HW_KEY_INVALID`: it is no key file
 *
 * @example
 * const keys = await keyFile("/etc/warehouse/keys.json");
 * const ann = await keyFile("ann.json", { id: "ann" });
 */
export async function keyFile(
  path: string | URL = config.get("keyFile") ?? defaultKeyFilePath(),
  { id }: KeyFileOptions = {},
): Promise<KeyRing> {
  const file = resolve(path instanceof URL ? fileURLToPath(path) : path);
  await prepareKeyFolder(file);
  const content = (await readKeyFile(file)) ?? (await createKeyFile(file, formatKeyFile(newKeys(id))));
  return parseKeyFile(content, file);
}

/** A key file's text after all checks; undefined when there is none, though its folder is there. */
export async function readKeyFile(file: string): Promise<string | undefined> {
  const folder = await stat(dirname(file));
  requireOwn(folder, { what: KEY_FILE, path: dirname(file), forbidden: "write" });

  // Looked at before it is opened, since Windows has no O_NOFOLLOW and opening a FIFO would wait for its writer.
  const entry = await lstat(file).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw unsafe(file, "it can't be looked at", "check the rights of its folder", error);
  });
  if (entry === undefined) return undefined;
  if (!entry.isFile()) throw unsafe(file, "it is a symbolic link or no regular file", "name the file itself");

  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch((error: unknown) => {
    throw unsafe(file, "it can't be opened", "check its owner and rights (0600)", error);
  });
  try {
    // Of the open file: what is at the path may have changed since.
    const opened = await handle.stat();
    requireOwn(opened, { what: KEY_FILE, path: file, forbidden: "any" });
    if (!opened.isFile() || opened.size > MAX_KEY_FILE_BYTES)
      throw invalidKeyFile(file, `it is no regular file of at most ${MAX_KEY_FILE_BYTES} bytes`);
    return await handle.readFile("utf8");
  } finally {
    await handle.close();
  }
}

/** Makes the file where none is; of several makers all get the content of one. */
async function createKeyFile(file: string, newContent: string): Promise<string> {
  await writeKeyFile(file, { content: newContent, replaces: false });
  const content = await readKeyFile(file);
  if (content === undefined) throw unsafe(file, "it vanished while it was made", "see who else writes its folder");
  return content;
}

/**
 * Writes a key file whole, for its owner alone (0600).
 * @throws ConfigError `HW_KEY_INVALID` when it would be too large to be read again, `HW_KEY_FILE_UNSAFE` when it can't be made
 */
export async function writeKeyFile(file: string, whole: Pick<WholeFile, "content" | "replaces">): Promise<boolean> {
  const bytes = Buffer.byteLength(whole.content);
  if (bytes > MAX_KEY_FILE_BYTES)
    throw new ConfigError(
      "HW_KEY_INVALID",
      `key file: "${file}" would have ${bytes} bytes, the limit is ${MAX_KEY_FILE_BYTES}: remove keys that have ended, or use another file`,
    );
  return writeWhole(file, { ...whole, mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw unsafe(file, `it can't be made (${error.code})`, "check its name, and the rights of its folder", error);
  });
}

/** Makes the folder of a key file (0700) where there is none. */
export async function prepareKeyFolder(file: string): Promise<void> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    throw unsafe(
      folder,
      `the folder can't be made (${error.code})`,
      "check what is at that path, and its rights",
      error,
    );
  });
}

function unsafe(path: string, fault: string, remedy: string, cause?: unknown): ConfigError {
  return unsafePath({ what: KEY_FILE, path }, { fault, remedy, cause });
}
