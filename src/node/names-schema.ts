import type { SqlDatabase } from "./libsql.js";

/** "hwnm", in the header of each file of names: `PRAGMA application_id`. */
export const APPLICATION_ID = 0x68776e6d;

/**
 * What leads from each version of the schema to the next, the first from nothing: files of every version that was ever
 * released are brought up to date, so a step is never changed, only added.
 */
export const SCHEMA_STEPS: readonly string[] = [
  `CREATE TABLE registration (
    name TEXT NOT NULL,
    address TEXT NOT NULL,
    tags TEXT NOT NULL CHECK (json_type(tags) = 'array'),
    owner TEXT NOT NULL,
    load REAL NOT NULL,
    lease_ends_at_ms REAL,
    PRIMARY KEY (name, address)
  ) STRICT, WITHOUT ROWID`,
];

/**
 * Brings a database from one version to the last, a transaction for each step: a crash leaves it between two versions.
 * @param database not in WAL mode, so that the header of the file says which version it is, whatever happens
 */
export async function migrate(
  database: SqlDatabase,
  { from, steps }: { readonly from: number; readonly steps: readonly string[] },
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    if (index < from) continue;
    try {
      await database.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`);
    } catch (error) {
      if (database.inTransaction) await database.exec("ROLLBACK");
      throw error;
    }
  }
}
