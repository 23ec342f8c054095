import { pathToFileURL } from "node:url";
import { ConfigError } from "../errors/hearthwire-error.js";

/** A statement of `libsql/promise`. It holds its database until the garbage collector takes it: nothing else ends it. */
export interface SqlStatement {
  /** Rows as arrays. */
  raw(): SqlStatement;
  run(...values: readonly string[]): unknown;
  /** All rows must be taken: what is left in the middle keeps its transaction. */
  iterate(): Promise<Iterable<readonly unknown[]>>;
}

/** What is used of a database of `libsql/promise`. */
export interface SqlDatabase {
  readonly inTransaction: boolean;
  /** Runs statements, and waits for disks, off the event loop; leaves no statement behind. */
  exec(sql: string): Promise<void>;
  prepare(sql: string): Promise<SqlStatement>;
  close(): void;
}

/** Opens a database by its URI. */
export type OpenDatabase = (uri: string) => SqlDatabase;

interface Libsql {
  readonly default: new (uri: string) => SqlDatabase;
}

/**
 * The library that has SQLite, which programs without a durable name server do without.
 *
 * @throws ConfigError `HW_OPTION_INVALID` when it isn't installed, or not for this platform
 */
export async function importLibsql(
  importIt: () => Promise<unknown> = () => import("libsql/promise"),
): Promise<OpenDatabase> {
  const libsql = (await importIt().catch((cause: unknown) => {
    const isMissing = (cause as NodeJS.ErrnoException).code === "ERR_MODULE_NOT_FOUND";
    const fault = isMissing
      ? "which is not installed: npm install libsql"
      : `whose part for ${process.platform} ${process.arch} can't be loaded: npm install libsql, optional dependencies included`;
    throw new ConfigError("HW_OPTION_INVALID", `"storage" in a file needs the package libsql, ${fault}`, { cause });
  })) as Libsql;
  return (uri) => new libsql.default(uri);
}

/**
 * The URI of a file that is there: none is made, no text in the path has a meaning, and `ro` writes nothing to the file.
 */
export function databaseUri(file: string, mode: "ro" | "rw"): string {
  return `${pathToFileURL(file).href}?mode=${mode}`;
}

/** SQLite's name for what went wrong, such as `SQLITE_BUSY`; empty when it isn't SQLite's. */
export function sqliteCode(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === "string" && code.startsWith("SQLITE_") ? code : "";
}
