import { resolve } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { ConfigError, NamingError } from "../errors/hearthwire-error.js";
import type { NameStorage, StoredRegistration } from "../naming/name-storage.js";
import { type NameEdit, NamesFile, type NamesFileOptions } from "./names-file.js";

/** What one transaction takes, which holds the event loop for about 5 ms then. */
const MAX_EDITS = 1_000;

/**
 * Keeps names in a SQLite file, so that a name server has them when it starts again: what was acknowledged survives the
 * death of the process at any moment, and a loss of power as far as the disk keeps what it says it has.
 *
 * The file is made on first use, readable by this user alone. One name server uses it at a time, and as long as it does,
 * its log lies beside it. Needs the package `libsql`.
 *
 * @param file its folder must be there
 * @returns a storage that opens the file in `load()`, which throws ConfigError `HW_OPTION_INVALID` when the package is
 *   missing, or when the file is damaged, another program's, a newer version's, in use, or may not be written; it is left
 *   as it is. `put` and `delete` reject with NamingError `HW_STORAGE_FAILED` when the disk fails or is full
 * @throws ConfigError `HW_OPTION_INVALID` when `file` is no path
 *
 * @example
 * const daemon = await serveNames({ storage: sqliteNames("/var/lib/shop/names.db") });
 */
export function sqliteNames(file: string | URL): NameStorage {
  return new SqliteNames(pathOf(file));
}

function pathOf(file: unknown): string {
  if (file instanceof URL && file.protocol === "file:") return fileURLToPath(file);
  // The database in memory of SQLite, of which nothing would be left.
  if (typeof file === "string" && file !== "" && file !== ":memory:" && !file.includes("\0")) return resolve(file);
  const got = typeof file === "string" || file instanceof URL ? JSON.stringify(file) : `a value of type ${typeof file}`;
  throw new ConfigError("HW_OPTION_INVALID", `"file" must be a path or a file: URL, got ${got}`);
}

/** An edit, and who waits for it. */
interface AwaitedEdit {
  readonly edit: NameEdit;
  resolve(): void;
  reject(error: unknown): void;
}

/** The storage behind `sqliteNames`, with what tests replace. */
export class SqliteNames implements NameStorage {
  readonly #path: string;
  readonly #options: NamesFileOptions;
  #file: NamesFile | undefined;
  #awaited: AwaitedEdit[] = [];
  /** While edits are written; it never rejects. */
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(path: string, options: NamesFileOptions = {}) {
    this.#path = path;
    this.#options = options;
  }

  async load(): Promise<readonly StoredRegistration[]> {
    const file = await NamesFile.open(this.#path, this.#options);
    try {
      const registrations = await file.read();
      await file.startWriting();
      this.#file = file;
      return registrations;
    } catch (error) {
      // What went wrong first is what is told.
      await file.close().catch(() => {});
      throw error;
    }
  }

  put(registration: StoredRegistration): Promise<void> {
    const { name, address } = registration;
    return this.#enqueue({ name, address, kept: registration });
  }

  delete({ name, address }: Pick<StoredRegistration, "name" | "address">): Promise<void> {
    return this.#enqueue({ name, address, kept: undefined });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#writing;
    await this.#file?.close().catch((cause: unknown) => {
      throw this.#failed(cause);
    });
  }

  #enqueue(edit: NameEdit): Promise<void> {
    const file = this.#file;
    if (file === undefined || this.#closing !== undefined)
      return Promise.reject(this.#failed(new Error(file === undefined ? "it is not loaded" : "it is closed")));
    return new Promise((resolve, reject) => {
      this.#awaited.push({ edit, resolve, reject });
      this.#writing ??= this.#writeAll(file);
    });
  }

  /** What comes while the disk writes is written together afterwards: the slower the disk, the larger the transactions. */
  async #writeAll(file: NamesFile): Promise<void> {
    // Whatever else this turn brings joins the first transaction.
    await nextTurn();
    while (this.#awaited.length > 0) {
      const batch = this.#awaited.splice(0, MAX_EDITS);
      try {
        await file.write(lastOfEach(batch));
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        for (const { reject } of batch) reject(this.#failed(cause));
      }
    }
    this.#writing = undefined;
  }

  #failed(cause: unknown): NamingError {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new NamingError("HW_STORAGE_FAILED", `the file "${this.#path}" can't keep names now: ${why}`, { cause });
  }
}

/** Of edits of one registration the last one: it is what must be there when all are acknowledged. */
function lastOfEach(batch: readonly AwaitedEdit[]): readonly NameEdit[] {
  const last = new Map<string, NameEdit>();
  for (const { edit } of batch) last.set(JSON.stringify([edit.name, edit.address]), edit);
  return [...last.values()];
}
