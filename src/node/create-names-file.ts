import { randomBytes } from "node:crypto";
import { link, open, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { unusable } from "./check-names-file.js";
import { databaseUri, type OpenDatabase } from "./libsql.js";
import { APPLICATION_ID, migrate } from "./names-schema.js";

/**
 * Makes a file of names, empty and whole: under another name first, then linked into place, which only one of several
 * makers can do; whoever finds the file finds all of it.
 *
 * @throws ConfigError `HW_OPTION_INVALID`
 */
export async function createNamesFile(
  file: string,
  { openDatabase, steps }: { readonly openDatabase: OpenDatabase; readonly steps: readonly string[] },
): Promise<void> {
  const draft = `${file}.${randomBytes(8).toString("hex")}`;
  try {
    // SQLite gives what it makes beside a file that file's rights.
    await (await open(draft, "wx", 0o600)).close();
    const database = openDatabase(databaseUri(draft, "rw"));
    try {
      await database.exec(`PRAGMA synchronous = FULL; PRAGMA application_id = ${APPLICATION_ID}`);
      await migrate(database, { from: 0, steps });
    } finally {
      database.close();
    }
    await link(draft, file).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
    await syncFolder(dirname(file));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw unusable(
      file,
      `it can't be made (${code})`,
      "check the rights of its folder, and the room on its disk",
      cause,
    );
  } finally {
    await rm(draft, { force: true });
  }
}

/** So that a loss of power doesn't take the new entry back. */
async function syncFolder(folder: string): Promise<void> {
  // Windows has no such thing.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
