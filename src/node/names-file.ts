import { realpath, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { StoredRegistration } from "../naming/name-storage.js";
import { safeText } from "../observe/safe-text.js";
import {
  checkNamesFileCompanions,
  checkNamesFileEntry,
  checkNamesFileHeader,
  entryAt,
  unusable,
} from "./check-names-file.js";
import { createNamesFile } from "./create-names-file.js";
import {
  databaseUri,
  importLibsql,
  type OpenDatabase,
  type SqlDatabase,
  sqliteCode,
  type SqlStatement,
} from "./libsql.js";
import { FORGET_ROWS, KEEP_ROWS, keysText, NameRowReader, rowsText, SELECT_ROWS } from "./name-rows.js";
import { migrate, SCHEMA_STEPS } from "./names-schema.js";

/** What is to be kept under a name and address; undefined: nothing any more. */
export interface NameEdit extends Pick<StoredRegistration, "name" | "address"> {
  readonly kept: StoredRegistration | undefined;
}

/** What tests replace. */
export interface NamesFileOptions {
  readonly steps?: readonly string[] | undefined;
  readonly importDatabase?: (() => Promise<OpenDatabase>) | undefined;
}

/**
 * Damage becomes an error of SQL, as a statement that gives rows would hold the database; the error's text says what it is.
 */
const CHECK = "SELECT json_extract('{}', quick_check) FROM pragma_quick_check(1) WHERE quick_check <> 'ok'";

/**
 * Takes the lock, which the system takes back from a process that dies. It waits as the library may close a moment late
 * what was looked at before; a name server that has the file was found by then.
 */
const LOCK = "PRAGMA busy_timeout = 5000; PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT";
/** The lock goes with the next read. */
const UNLOCK = "PRAGMA locking_mode = NORMAL; SELECT count(*) FROM sqlite_schema";

/** FULL: a commit waits until the disk has it, so that a loss of power takes nothing back that was acknowledged. */
const LOG = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL";
/** Folds the log into the file and removes it. */
const NO_LOG = "PRAGMA journal_mode = DELETE";

/**
 * The files that this process has open, by device and inode. To open one a second time, even to look at its header, would
 * end the lock of the first when it is closed again: POSIX gives locks to processes (fcntl(2), "Record locking").
 */
const openHere = new Set<string>();

/** A SQLite database of names that nobody else has open. */
export class NamesFile {
  readonly #path: string;
  readonly #identity: string;
  readonly #database: SqlDatabase;
  #keep: SqlStatement | undefined;
  #forget: SqlStatement | undefined;

  private constructor(
    path: string,
    { identity, database }: { readonly identity: string; readonly database: SqlDatabase },
  ) {
    this.#path = path;
    this.#identity = identity;
    this.#database = database;
  }

  /**
   * Opens a file and brings it up to date; makes one, with mode 0600, where there is none.
   * @throws ConfigError `HW_OPTION_INVALID`: it can't be used; nothing has changed in it
   */
  static async open(
    path: string,
    { steps = SCHEMA_STEPS, importDatabase = importLibsql }: NamesFileOptions = {},
  ): Promise<NamesFile> {
    const openDatabase = await importDatabase();
    const folder = await realpath(dirname(path)).catch((cause: NodeJS.ErrnoException) => {
      throw unusable(path, `its folder can't be found (${cause.code})`, "make the folder, or name another", cause);
    });
    const file = join(folder, basename(path));
    await checkNamesFileCompanions(file);
    if ((await entryAt(file)) === undefined) await createNamesFile(file, { openDatabase, steps });
    const entry = await entryAt(file);
    if (entry === undefined) throw unusable(file, "it vanished while it was made", "see who else writes its folder");
    await checkNamesFileEntry(file, entry);
    const identity = `${entry.dev} ${entry.ino}`;
    if (openHere.has(identity)) throw inUse(file);
    openHere.add(identity);
    try {
      await checkNamesFileHeader(file, steps.length);
      await findDamage(file, openDatabase);
      return new NamesFile(file, { identity, database: await lock(file, { openDatabase, steps }) });
    } catch (error) {
      openHere.delete(identity);
      throw error;
    }
  }

  /** All that is kept. Before `startWriting`. */
  async read(): Promise<readonly StoredRegistration[]> {
    try {
      const statement = await this.#database.prepare(SELECT_ROWS);
      const reader = new NameRowReader();
      return Array.from(await statement.raw().iterate(), (row) => reader.read(row));
    } catch (cause) {
      throw damaged(this.#path, cause);
    }
  }

  /** Opens the log. */
  async startWriting(): Promise<void> {
    try {
      await this.#database.exec(LOG);
      this.#keep = await this.#database.prepare(KEEP_ROWS);
      this.#forget = await this.#database.prepare(FORGET_ROWS);
    } catch (cause) {
      throw unusable(this.#path, "its log can't be opened", "check the room on its disk", cause);
    }
  }

  /** Makes all edits or none, no two of the same registration; resolves when the disk has them. */
  async write(edits: readonly NameEdit[]): Promise<void> {
    const kept = edits.flatMap((edit) => edit.kept ?? []);
    const forgotten = edits.filter((edit) => edit.kept === undefined);
    await this.#database.exec("BEGIN IMMEDIATE");
    try {
      if (kept.length > 0) await this.#keep?.run(rowsText(kept));
      if (forgotten.length > 0) await this.#forget?.run(keysText(forgotten));
      await this.#database.exec("COMMIT");
    } catch (error) {
      // After some faults, such as a full disk, SQLite has done so itself.
      if (this.#database.inTransaction) await this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** Leaves one file with nothing beside it. */
  async close(): Promise<void> {
    try {
      await release(this.#database);
    } finally {
      openHere.delete(this.#identity);
    }
  }
}

/** Reads all of the file. A database that is opened for that alone is not mended, and its log stays as it is. */
async function findDamage(file: string, openDatabase: OpenDatabase): Promise<void> {
  const attempt = async (mode: "ro" | "rw", sql: string): Promise<unknown> => {
    const database = openDatabase(databaseUri(file, mode));
    return database.exec(sql).then(
      () => database.close(),
      (error: unknown) => {
        database.close();
        return error;
      },
    );
  };
  let fault = await attempt("ro", CHECK);
  if (sqliteCode(fault) === "SQLITE_READONLY_ROLLBACK") {
    // A crash has left a transaction half done: to take it back is how the file can be read at all.
    fault = (await attempt("rw", "SELECT count(*) FROM sqlite_schema")) ?? (await attempt("ro", CHECK));
  }
  if (fault !== undefined) throw isBusy(fault) ? inUse(file) : damaged(file, fault);
}

async function lock(
  file: string,
  { openDatabase, steps }: { readonly openDatabase: OpenDatabase; readonly steps: readonly string[] },
): Promise<SqlDatabase> {
  const database = openDatabase(databaseUri(file, "rw"));
  try {
    await database.exec(LOCK);
  } catch (error) {
    database.close();
    throw isBusy(error) ? inUse(file) : damaged(file, error);
  }
  try {
    // What the search for damage leaves beside a file with a log.
    await rm(`${file}-shm`, { force: true });
    const [row] = await (await database.prepare("PRAGMA user_version")).raw().iterate();
    const from = Number(row?.[0]);
    if (from < steps.length) {
      await database.exec(NO_LOG);
      await migrate(database, { from, steps });
    }
    return database;
  } catch (error) {
    await release(database);
    throw unusable(file, "it can't be brought up to date", "check the room on its disk", error);
  }
}

/** Statements keep a closed database open until the garbage collector takes them, so its lock goes before. */
async function release(database: SqlDatabase): Promise<void> {
  try {
    await database.exec(NO_LOG);
    await database.exec(UNLOCK);
  } finally {
    database.close();
  }
}

function isBusy(error: unknown): boolean {
  return sqliteCode(error).startsWith("SQLITE_BUSY");
}

function inUse(file: string): Error {
  return unusable(file, "another name server uses it", "end that one, or name another file");
}

function damaged(file: string, cause: unknown): Error {
  const said = (cause as Error).message.replace(/^bad JSON path: '(?:\*{3} in database main \*{3}\n)?(.*)'$/s, "$1");
  return unusable(file, `it is damaged (${safeText(said)})`, "put a copy in its place, or move it away", cause);
}
