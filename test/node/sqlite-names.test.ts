import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { setImmediate } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { importLibsql, type OpenDatabase, type SqlDatabase } from "../../src/node/libsql.js";
import { SqliteNames, sqliteNames } from "../../src/node/sqlite-names.js";
import { keepsTheStorageContract, registration, type StoragePlace } from "../naming/support/storage-contract.js";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-names-"));
  file = join(folder, "names.db");
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

describe("the storage contract", () => {
  keepsTheStorageContract(async (): Promise<StoragePlace> => {
    const own = await mkdtemp(join(tmpdir(), "hearthwire-names-"));
    return {
      open: () => sqliteNames(join(own, "names.db")),
      [Symbol.asyncDispose]: () => rm(own, { recursive: true, force: true }),
    };
  });
});

describe("sqliteNames", () => {
  it("makes a file, and a log while it is used, that this user alone can read", async () => {
    const before = process.umask(0);
    try {
      const names = sqliteNames(file);
      expect(await readdir(folder)).toEqual([]);
      await names.load();
      await names.put(registration());
      const used = await readdir(folder);
      expect(used.sort()).toEqual(["names.db", "names.db-wal"]);
      for (const name of used) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
      await names.close();
      expect(await readdir(folder)).toEqual(["names.db"]);
    } finally {
      process.umask(before);
    }
  });

  it("takes relative paths, file: URLs, and paths that would mean something in a URI", async () => {
    const odd = join(folder, "a b?mode=memory#%41.db");
    for (const path of [relative(process.cwd(), file), pathToFileURL(join(folder, "url.db")), odd]) {
      const names = sqliteNames(path);
      await names.load();
      await names.put(registration());
      await names.close();
    }
    expect((await readdir(folder)).sort()).toEqual(["a b?mode=memory#%41.db", "names.db", "url.db"]);
    const names = sqliteNames(odd);
    expect(await names.load()).toEqual([registration()]);
    await names.close();
  });

  it.each([
    ["an empty path", ""],
    ["SQLite's database in memory", ":memory:"],
    ["a zero byte", "names\0.db"],
    ["a URL of another kind", new URL("http://localhost/names.db")],
    ["a number", 7],
    ["nothing", undefined],
  ])("refuses %s", (_, path) => {
    expect(() => sqliteNames(path as string)).toThrow(
      expect.objectContaining({
        name: "ConfigError",
        code: "HW_OPTION_INVALID",
        message: expect.stringMatching(/^"file" must be a path or a file: URL, got /),
      }),
    );
  });

  it("can be opened again by the same process as soon as it is closed, as often as one likes", async () => {
    for (let time = 0; time < 20; time += 1) {
      const names = sqliteNames(file);
      expect(await names.load()).toHaveLength(time);
      await names.put(registration({ name: `n${time}` }));
      await names.close();
    }
  });

  it("writes what one turn brings in few transactions, and never two at once", async () => {
    const database = new WatchedDatabase(await importLibsql());
    const names = new SqliteNames(file, { importDatabase: () => Promise.resolve(database.open) });
    await names.load();
    database.begun = 0;
    await Promise.all(Array.from({ length: 2_500 }, (_, i) => names.put(registration({ name: `n${i}` }))));
    expect(database.begun).toBe(3);
    expect(database.mostAtOnce).toBe(1);
    await names.close();
  });

  it("acknowledges nothing before its commit", async () => {
    const database = new WatchedDatabase(await importLibsql());
    const names = new SqliteNames(file, { importDatabase: () => Promise.resolve(database.open) });
    await names.load();
    let isKept = false;
    let wasKept: boolean | undefined;
    database.beforeCommit = async () => {
      await setImmediate();
      wasKept = isKept;
    };
    await names.put(registration()).then(() => (isKept = true));
    expect(wasKept).toBe(false);
    await names.close();
  });

  it("rejects all of a transaction that fails, keeps none of it, and goes on", async () => {
    const database = new WatchedDatabase(await importLibsql());
    const names = new SqliteNames(file, { importDatabase: () => Promise.resolve(database.open) });
    await names.load();
    await names.put(registration({ name: "before" }));
    const full = Object.assign(new Error("database or disk is full"), { code: "SQLITE_FULL" });
    database.beforeCommit = () => Promise.reject(full);
    const failed = await Promise.allSettled([
      names.put(registration({ name: "lost" })),
      names.delete(registration({ name: "before" })),
    ]);
    expect(failed).toHaveLength(2);
    for (const result of failed) {
      expect(result).toMatchObject({
        status: "rejected",
        reason: {
          name: "NamingError",
          code: "HW_STORAGE_FAILED",
          message: `the file "${file}" can't keep names now: database or disk is full`,
          cause: full,
        },
      });
    }
    database.beforeCommit = () => Promise.resolve();
    await names.put(registration({ name: "after" }));
    await names.close();
    const again = sqliteNames(file);
    expect((await again.load()).map(({ name }) => name).sort()).toEqual(["after", "before"]);
    await again.close();
  });

  it.each([
    ["a load that is no number", { load: NaN }],
    ["a load without end", { load: Infinity }],
    ["tags that are no list", { tags: "gpu" as unknown as readonly string[] }],
  ])("refuses %s, which no reader would expect", async (_, facts) => {
    const names = sqliteNames(file);
    await names.load();
    await expect(names.put(registration(facts))).rejects.toMatchObject({ code: "HW_STORAGE_FAILED" });
    await names.close();
  });

  it("refuses edits before it is loaded and after it is closed", async () => {
    const names = sqliteNames(file);
    await expect(names.put(registration())).rejects.toMatchObject({ code: "HW_STORAGE_FAILED" });
    await names.load();
    await names.close();
    await expect(names.put(registration())).rejects.toMatchObject({ code: "HW_STORAGE_FAILED" });
    await expect(names.delete(registration())).rejects.toThrow(/it is closed$/);
  });
});

describe("without the library", () => {
  it.each([
    [
      "ERR_MODULE_NOT_FOUND",
      /^"storage" in a file needs the package libsql, which is not installed: npm install libsql$/,
    ],
    ["MODULE_NOT_FOUND", /^"storage" in a file needs .* for \w+ \w+ can't be loaded: npm install libsql, optional dep/],
  ])("says what to install when its import fails with %s, and makes no file", async (code, message) => {
    const cause = Object.assign(new Error("Cannot find it"), { code });
    const importDatabase = (): Promise<OpenDatabase> => importLibsql(() => Promise.reject(cause));
    await expect(new SqliteNames(file, { importDatabase }).load()).rejects.toMatchObject({
      name: "ConfigError",
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(message),
      cause,
    });
    expect(await readdir(folder)).toEqual([]);
  });
});

/** Counts transactions, and holds them before their commit. */
class WatchedDatabase {
  begun = 0;
  mostAtOnce = 0;
  beforeCommit: () => Promise<void> = () => Promise.resolve();
  #atOnce = 0;
  readonly #open: OpenDatabase;

  constructor(open: OpenDatabase) {
    this.#open = open;
  }

  readonly open = (uri: string): SqlDatabase => {
    const database = this.#open(uri);
    const watched: SqlDatabase = {
      get inTransaction() {
        return database.inTransaction;
      },
      exec: async (sql) => {
        if (sql === "BEGIN IMMEDIATE") {
          this.begun += 1;
          this.#atOnce += 1;
          this.mostAtOnce = Math.max(this.mostAtOnce, this.#atOnce);
        }
        if (sql === "COMMIT") {
          this.#atOnce -= 1;
          await this.beforeCommit();
        }
        await database.exec(sql);
      },
      prepare: (sql) => database.prepare(sql),
      close: () => database.close(),
    };
    return watched;
  };
}
