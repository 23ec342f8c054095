import { constants, type Stats } from "node:fs";
import { access, lstat, open, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { ConfigError } from "../errors/hearthwire-error.js";
import { APPLICATION_ID } from "./names-schema.js";

/** The file format of SQLite, section 1.3: the header, and where it has two numbers of the application's. */
const HEADER_BYTES = 100;
const MAGIC = "SQLite format 3\0";
const USER_VERSION_AT = 60;
const APPLICATION_ID_AT = 68;

const FOREIGN_WRITE = 0o022;
const ROOT = 0;

/** What is at a path, a link itself rather than where it leads; undefined: nothing. */
export async function entryAt(file: string): Promise<Stats | undefined> {
  return lstat(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return undefined;
    throw unusable(file, `it can't be looked at (${cause.code})`, "check the rights of its folder", cause);
  });
}

/**
 * Refuses all that is no file of this user's that can be written, and that others can't write: who writes it sends
 * callers wherever they like.
 *
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export async function checkNamesFileEntry(file: string, entry: Stats): Promise<void> {
  if (entry.isDirectory()) throw unusable(file, "it is a folder", "name a file in it");
  if (!entry.isFile()) throw unusable(file, "it is a symbolic link or no regular file", "name the file itself");
  const user = process.getuid?.();
  if (user !== undefined && entry.uid !== user)
    throw unusable(file, `it belongs to user ${entry.uid}, not to user ${user}`, "use a file of your own");
  if (user !== undefined && (entry.mode & FOREIGN_WRITE) !== 0)
    throw unusable(file, `others can write it (mode 0${(entry.mode & 0o777).toString(8)})`, `chmod 600 '${file}'`);
  const { R_OK, W_OK, X_OK } = constants;
  const refused = (cause: NodeJS.ErrnoException): never => {
    throw unusable(file, `it can't be written (${cause.code})`, "check its rights, and those of its folder", cause);
  };
  await access(file, R_OK | W_OK).catch(refused);
  // SQLite makes its log beside it.
  await access(dirname(file), W_OK | X_OK).catch(refused);
}

/**
 * Refuses what others have laid beside a file for SQLite to take as its journal or log: it would write what that says into
 * the file. In a folder where everybody may make files it could come at any time.
 *
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export async function checkNamesFileCompanions(file: string): Promise<void> {
  const user = process.getuid?.();
  if (user === undefined) return;
  const folder = await stat(dirname(file));
  if ((folder.mode & FOREIGN_WRITE) !== 0)
    throw unusable(file, "others can write its folder", "name a file in a folder of your own");
  if (folder.uid !== user && folder.uid !== ROOT)
    throw unusable(file, `its folder belongs to user ${folder.uid}`, "name a file in a folder of your own");
  for (const suffix of ["-journal", "-wal", "-shm"]) {
    const entry = await entryAt(file + suffix);
    if (entry !== undefined && (!entry.isFile() || entry.uid !== user))
      throw unusable(file, `"${file}${suffix}" is no file of this user's`, "find out who made that, and remove it");
  }
}

/**
 * Reads the header of a file, and nothing is done to what isn't a name server's: SQLite itself would mend a database that
 * a crash has left, whoever owns it.
 *
 * @param newest the version of the schema that this package writes
 * @throws ConfigError `HW_OPTION_INVALID`: it is no database, another program's or a later version's
 */
export async function checkNamesFileHeader(file: string, newest: number): Promise<void> {
  const header = await readHeader(file);
  if (header.length === 0) throw unusable(file, "it is empty", "remove it, and a new one is made");
  if (header.length < HEADER_BYTES || header.toString("latin1", 0, MAGIC.length) !== MAGIC)
    throw unusable(file, "it is no SQLite database", "name another file");
  const applicationId = header.readUInt32BE(APPLICATION_ID_AT);
  if (applicationId !== APPLICATION_ID)
    throw unusable(
      file,
      `it is the database of another program (application id ${applicationId})`,
      "name another file, and a new one is made",
    );
  const version = header.readUInt32BE(USER_VERSION_AT);
  if (version > newest)
    throw unusable(
      file,
      `a newer version of this package has made it (its schema is version ${version}, at most ${newest} is known)`,
      "update hearthwire",
    );
}

async function readHeader(file: string): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY).catch((cause: NodeJS.ErrnoException) => {
    throw unusable(file, `it can't be opened (${cause.code})`, "check its rights", cause);
  });
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEADER_BYTES), 0, HEADER_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

/** That a file can't keep names, and why. */
export function unusable(file: string, fault: string, remedy: string, cause?: unknown): ConfigError {
  const facts = cause === undefined ? {} : { cause };
  return new ConfigError("HW_OPTION_INVALID", `"storage" file "${file}" can't be used: ${fault}; ${remedy}`, facts);
}
