import { createHash } from "node:crypto";
import {
  chmod,
  chown,
  copyFile,
  link,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { databaseUri, importLibsql } from "../../src/node/libsql.js";
import { APPLICATION_ID, SCHEMA_STEPS } from "../../src/node/names-schema.js";
import { SqliteNames, sqliteNames } from "../../src/node/sqlite-names.js";
import { registration, sorted } from "../naming/support/storage-contract.js";
import { RunningProgram } from "../support/running-program.js";
import { bundleProgram } from "./support/bundle-program.js";

const root = fileURLToPath(new URL("../../", import.meta.url));
/** Made by the first version of the schema, and never again: whoever comes later must read it. */
const VERSION_1 = fileURLToPath(new URL("./support/names-version-1.db", import.meta.url));
const VERSION_1_NAMES = [
  registration({ name: "cart", address: "ws://127.0.0.1:4001/cart", load: 0.30000000000000004, owner: "größe 😀" }),
  registration({ tags: ["gpu", "eu"], leaseEndsAtMs: 1_763_900_000_123 }),
];
/** As a later version of the package would have it. */
const LATER_STEPS = [...SCHEMA_STEPS, "ALTER TABLE registration ADD COLUMN colour TEXT"];

const PAGE = 4096;

let programs: string;
let openingNames: string;
let folder: string;
let file: string;

beforeAll(async () => {
  programs = await mkdtemp(join(tmpdir(), "hearthwire-programs-"));
  await chmod(programs, 0o755);
  openingNames = await bundleProgram("test/node/support/opening-names.ts", programs);
});
afterAll(async () => {
  await rm(programs, { recursive: true, force: true });
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-names-"));
  file = join(folder, "names.db");
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

/** Runs statements in a file of any kind. */
async function sql(path: string, statements: string): Promise<void> {
  await (await open(path, "a", 0o600)).close();
  const database = (await importLibsql())(databaseUri(path, "rw"));
  await database.exec(statements);
  database.close();
}

/** A file with so many names, closed. */
async function namesIn(path: string, count: number): Promise<void> {
  const names = sqliteNames(path);
  await names.load();
  await Promise.all(Array.from({ length: count }, (_, i) => names.put(registration({ name: `n${i}` }))));
  await names.close();
}

/** The hash of each file, by name. */
async function hashes(): Promise<Readonly<Record<string, string>>> {
  const files = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isFile());
  const hash = async (name: string): Promise<string> =>
    createHash("sha256")
      .update(await readFile(join(folder, name)))
      .digest("hex");
  return Object.fromEntries(await Promise.all(files.map(async ({ name }) => [name, await hash(name)] as const)));
}

interface OpeningFacts {
  readonly user?: number | string | undefined;
  /** How often it damages a copy, and opens that. */
  readonly damages?: number;
}

/** A child process, which starts at once, as it needs no compiler. */
function libsqlProgram(code: string): RunningProgram {
  return new RunningProgram(["-e", `const Database = require("libsql");\n${code}`], { cwd: root, env: {} });
}

/** A process that opens a file, and says so, or why not. */
function opening(path: string, { user = "", damages = 0 }: OpeningFacts = {}): RunningProgram {
  return new RunningProgram([openingNames, path, String(user), String(damages)], { cwd: root, env: {} });
}

/** Leaves what a process leaves that is killed with this file open. */
async function crashed(path: string, statements: string): Promise<void> {
  const uri = databaseUri(path, "rw");
  await using program = libsqlProgram(
    `new Database(${JSON.stringify(uri)}).exec(${JSON.stringify(statements)}); process.kill(process.pid, "SIGKILL")`,
  );
  expect(await program.status()).toBe("SIGKILL");
}

/** What is said of a file that is refused. */
async function refusal(path = file): Promise<string> {
  const error: unknown = await sqliteNames(path)
    .load()
    .then(
      (kept) => new Error(`opened, with ${kept.length}`),
      (reason: unknown) => reason,
    );
  expect(error).toMatchObject({ name: "ConfigError", code: "HW_OPTION_INVALID" });
  return (error as Error).message;
}

/** What is said of it; the folder is as it was before. */
async function refusalThatLeavesAll(): Promise<string> {
  const before = await hashes();
  const { mode } = await stat(file);
  const message = await refusal();
  expect(await hashes()).toEqual(before);
  expect((await stat(file)).mode).toBe(mode);
  return message;
}

const WITH_LOG = "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;";
const ADD = `WITH RECURSIVE one(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM one WHERE n < 2000)
  INSERT INTO registration SELECT 'added/' || n, 'ws://127.0.0.1:1/o', '[]', 'ann', 0, NULL FROM one;`;

describe("a file that isn't a name server's", () => {
  it.each([
    [
      "another program's database",
      "CREATE TABLE guests (name TEXT)",
      /program \(application id 0\); name another file, and/,
    ],
    ["one that has an id", "PRAGMA application_id = 7; CREATE TABLE guests (name TEXT)", /\(application id 7\)/],
    ["one with a table like ours", SCHEMA_STEPS.join(";"), /it is the database of another program/],
    [
      "a newer version's",
      `PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = 2`,
      /a newer version of this package has made it \(its schema is version 2, at most 1 is known\); update hearthwire$/,
    ],
  ])("is refused and left alone: %s", async (_, statements, message) => {
    await sql(file, statements);
    expect(await refusalThatLeavesAll()).toMatch(message);
  });

  it("is refused and left alone: another program's that has crashed, which SQLite would mend", async () => {
    await sql(file, "CREATE TABLE guests (name TEXT)");
    await crashed(file, `${WITH_LOG} INSERT INTO guests VALUES ('ann')`);
    expect(Object.keys(await hashes())).toEqual(["names.db", "names.db-wal"]);
    expect(await refusalThatLeavesAll()).toMatch(/it is the database of another program/);
  });

  it.each([
    ["an empty one", "", /it is empty; remove it, and a new one is made$/],
    ["a short one", "SQLite format 3\0", /it is no SQLite database; name another file$/],
    ["a text", "names\n".repeat(1000), /it is no SQLite database/],
    ["zeros", "\0".repeat(8192), /it is no SQLite database/],
  ])("is refused and left alone: %s", async (_, content, message) => {
    await writeFile(file, content, { mode: 0o600 });
    expect(await refusalThatLeavesAll()).toMatch(message);
  });

  it("is refused: a folder, a symbolic link, a pipe, a path through a file", async () => {
    const names = join(folder, "real.db");
    await namesIn(names, 1);
    await mkdir(file);
    expect(await refusal()).toMatch(/"\/.*names\.db" can't be used: it is a folder; name a file in it$/);
    const link = join(folder, "link.db");
    await symlink(names, link);
    expect(await refusal(link)).toMatch(
      /link\.db" can't be used: it is a symbolic link or no regular file; name the file itself$/,
    );
    expect(await refusal(join(folder, "none", "names.db"))).toMatch(/its folder can't be found \(ENOENT\)/);
    expect(await refusal(join(names, "names.db"))).toMatch(/it can't be looked at \(ENOTDIR\)/);
    expect(await refusal("/dev/null")).toMatch(/it is a symbolic link or no regular file/);
    expect((await readdir(folder)).sort()).toEqual(["link.db", "names.db", "real.db"]);
  });

  it("is refused: one that others can write, but not one that they can read", async () => {
    await namesIn(file, 1);
    await chmod(file, 0o620);
    expect(await refusalThatLeavesAll()).toMatch(/others can write it \(mode 0620\); chmod 600 '.*names\.db'$/);
    await chmod(file, 0o644);
    const names = sqliteNames(file);
    expect(await names.load()).toHaveLength(1);
    await names.close();
  });

  it.each([0o1777, 0o770])(
    "is refused, and none is made, in a folder of mode %o, which others can write",
    async (mode) => {
      await chmod(folder, mode);
      expect(await refusal()).toMatch(/others can write its folder; name a file in a folder of your own$/);
      expect(await readdir(folder)).toEqual([]);
    },
  );

  it.runIf(process.getuid?.() === 0)(
    "is refused in a folder of another user, who could put another in its place",
    async () => {
      await chown(folder, 1_000, 1_000);
      expect(await refusal()).toMatch(/its folder belongs to user 1000; name a file in a folder of your own$/);
      await chown(folder, 0, 0);
    },
  );

  it.each(["-journal", "-wal", "-shm"])(
    "is refused beside another's %s, which SQLite would believe",
    async (suffix) => {
      await namesIn(file, 1);
      await symlink(join(folder, "elsewhere"), file + suffix);
      expect(await refusal()).toMatch(
        /names\.db-\w+" is no file of this user's; find out who made that, and remove it$/,
      );
    },
  );

  it("is refused: another user's", async () => {
    await namesIn(file, 1);
    const { uid } = await stat(file);
    vi.spyOn(process, "getuid").mockReturnValue(uid + 1);
    expect(await refusalThatLeavesAll()).toMatch(/it belongs to user \d+, not to user \d+; use a file of your own$/);
  });

  it("is refused: one that can't be made", async () => {
    expect(await refusal("/proc/names.db")).toMatch(
      /"\/proc\/names\.db" can't be used: it can't be made \(\w+\); check the rights/,
    );
  });
});

describe("a file that may not be written", () => {
  /** Rights hold for those who aren't root. */
  const someone = process.getuid?.() === 0 ? 65_534 : process.getuid?.();

  it.each([
    ["itself", 0o400, 0o700],
    ["for its folder", 0o600, 0o500],
  ])("is refused and left alone: %s", async (_, fileMode, folderMode) => {
    await namesIn(file, 3);
    for (const path of [file, folder]) await chown(path, someone ?? 0, someone ?? 0);
    await chmod(file, fileMode);
    await chmod(folder, folderMode);
    const before = await hashes();
    await using program = opening(file, { user: someone });
    await program.line(/refused .* it can't be written \(EACCES\); check its rights, and those of its folder$/);
    expect(await program.exitCode()).toBe(0);
    await chmod(folder, 0o700);
    expect(await hashes()).toEqual(before);
  });
});

describe("a file in use", () => {
  it("is refused and left alone: by this process, whose lock stays", async () => {
    const names = sqliteNames(file);
    await names.load();
    await names.put(registration());
    // Its bytes are not looked at: what closes a file ends the locks that its process has on it.
    const before = await stat(file);
    expect(await refusal()).toMatch(/another name server uses it; end that one, or name another file$/);
    expect(await stat(file)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs });
    // A second way to the same file.
    await link(file, join(folder, "link.db"));
    expect(await refusal(join(folder, "link.db"))).toMatch(/link\.db" can't be used: another name server uses it/);
    await using program = opening(file);
    await program.line(/refused .* another name server uses it/);
    await names.close();
  });

  it("is refused and left alone: by another process, until that is killed", async () => {
    await using program = opening(file);
    await program.line(/^opened 0$/);
    expect(await refusalThatLeavesAll()).toMatch(/another name server uses it/);
    program.signal("SIGKILL");
    await program.exitCode();
    const names = sqliteNames(file);
    expect(await names.load()).toEqual([]);
    await names.close();
  });

  it("is refused and left alone: by another program of SQLite that writes", async () => {
    await namesIn(file, 1);
    const other = (await importLibsql())(databaseUri(file, "rw"));
    await other.exec("BEGIN IMMEDIATE");
    expect(await refusalThatLeavesAll()).toMatch(/another name server uses it/);
    await other.exec("ROLLBACK");
    other.close();
  });

  it("is made by one of several that start at once, and used by one", async () => {
    const all = Array.from({ length: 8 }, () => sqliteNames(file));
    const results = await Promise.allSettled(all.map((names) => names.load()));
    const opened = all.filter((_, index) => results[index]?.status === "fulfilled");
    expect(opened).toHaveLength(1);
    await opened[0]?.put(registration());
    await Promise.all(all.map((names) => names.close()));
    expect(await readdir(folder)).toEqual(["names.db"]);
  });
});

describe("a damaged file", () => {
  it("is refused and left alone, wherever the damage is", { timeout: 60_000 }, async () => {
    await namesIn(file, 500);
    const good = await readFile(file);
    expect(good.length).toBeGreaterThan(5 * PAGE);
    for (let page = 0; page * PAGE < good.length; page += 1) {
      const bad = Buffer.from(good);
      // The first page begins with the header, which says whose the file is.
      bad.fill(0xa5, page * PAGE + (page === 0 ? 100 : 0), (page + 1) * PAGE);
      await writeFile(file, bad);
      expect(await refusalThatLeavesAll()).toMatch(/it is damaged \(.+\); put a copy in its place, or move it away$/);
    }
    await writeFile(file, good);
    const names = sqliteNames(file);
    expect(await names.load()).toHaveLength(500);
    await names.close();
  });

  it("is refused and left alone: one of which the end is missing", async () => {
    await namesIn(file, 500);
    await truncate(file, 3 * PAGE + 7);
    expect(await refusalThatLeavesAll()).toMatch(/it is damaged/);
  });

  it("is refused and left alone, its log too, when the process that used it has crashed", async () => {
    await namesIn(file, 500);
    await crashed(file, `${WITH_LOG} INSERT INTO registration VALUES ('x', 'ws://h/x', '[]', 'ann', 0, NULL)`);
    const bytes = await readFile(file);
    // All but the first page; the log has few of them.
    await writeFile(file, bytes.fill(0xa5, PAGE));
    const before = await hashes();
    expect(await refusal()).toMatch(/it is damaged/);
    const { "names.db-shm": _, ...after } = await hashes();
    expect(after).toEqual(before);
    expect(Object.keys(after)).toEqual(["names.db", "names.db-wal"]);
  });

  it("is refused: one whose texts are no UTF-8, which no check of SQLite's finds", async () => {
    await namesIn(file, 1);
    await sql(file, "UPDATE registration SET owner = CAST(x'ff61' AS TEXT)");
    expect(await refusalThatLeavesAll()).toMatch(/it is damaged \(The encoded data was not valid/);
  });

  it.each([["tags = '{}'"], ["tags = 'gpu'"], ["tags = '[7]'"]])(
    "is refused: one with %s, which its schema forbids",
    async (what) => {
      await namesIn(file, 1);
      await sql(file, `PRAGMA ignore_check_constraints = ON; UPDATE registration SET ${what}`);
      expect(await refusalThatLeavesAll()).toMatch(/it is damaged \((a row is malformed|malformed JSON)\)/);
    },
  );

  it("never ends the process, and is refused or whole, with any bytes changed", { timeout: 120_000 }, async () => {
    await namesIn(file, 100);
    await using program = opening(file, { damages: 300 });
    expect((await program.lines(1))[0]).toMatch(/^survived 300, [1-9]\d* of them refused$/);
  });
});

describe("a file that a crash has left", () => {
  it("has what its log has", async () => {
    await namesIn(file, 10);
    await crashed(file, `${WITH_LOG} ${ADD}`);
    expect(Object.keys(await hashes())).toEqual(["names.db", "names.db-wal"]);
    const names = sqliteNames(file);
    expect(await names.load()).toHaveLength(2_010);
    await names.close();
    expect(await readdir(folder)).toEqual(["names.db"]);
  });

  it("is taken back to where its last transaction began", async () => {
    await namesIn(file, 10);
    await crashed(file, `PRAGMA cache_size = 2; BEGIN; ${ADD}`);
    expect(Object.keys(await hashes())).toEqual(["names.db", "names.db-journal"]);
    const names = sqliteNames(file);
    expect(await names.load()).toHaveLength(10);
    await names.close();
    expect(await readdir(folder)).toEqual(["names.db"]);
  });
});

describe("versions of the schema", () => {
  it("reads the file that the first version has made", async () => {
    await copyFile(VERSION_1, file);
    await chmod(file, 0o600);
    const names = sqliteNames(file);
    expect(sorted(await names.load())).toEqual(VERSION_1_NAMES);
    await names.close();
  });

  it("brings an older file up to date, and the older package refuses it then", async () => {
    await copyFile(VERSION_1, file);
    await chmod(file, 0o600);
    const names = new SqliteNames(file, { steps: LATER_STEPS });
    expect(sorted(await names.load())).toEqual(VERSION_1_NAMES);
    await names.close();
    await sql(file, "UPDATE registration SET colour = 'red'");
    expect(await refusalThatLeavesAll()).toMatch(
      /a newer version of this package has made it \(its schema is version 2, at most 1 is known\)/,
    );
    const again = new SqliteNames(file, { steps: LATER_STEPS });
    expect(sorted(await again.load())).toEqual(VERSION_1_NAMES);
    await again.close();
  });

  it("brings a file up to date that a crash has left", async () => {
    await namesIn(file, 10);
    await crashed(file, `${WITH_LOG} ${ADD}`);
    const names = new SqliteNames(file, { steps: LATER_STEPS });
    expect(await names.load()).toHaveLength(2_010);
    await names.close();
    expect(await refusalThatLeavesAll()).toMatch(/a newer version/);
  });

  it("leaves the older file when a step fails in the middle", async () => {
    await namesIn(file, 10);
    const steps = [...SCHEMA_STEPS, "DELETE FROM registration; SELECT no_such_function()"];
    await expect(new SqliteNames(file, { steps }).load()).rejects.toMatchObject({
      message: expect.stringMatching(/it can't be brought up to date; check the room on its disk$/),
      cause: { message: expect.stringMatching(/no such function/) },
    });
    const names = sqliteNames(file);
    expect(await names.load()).toHaveLength(10);
    await names.close();
  });

  it("makes new files of the last version, each step in its turn", async () => {
    const names = new SqliteNames(file, { steps: LATER_STEPS });
    await names.load();
    await names.close();
    await sql(file, "UPDATE registration SET colour = 'red'");
    expect(await refusal()).toMatch(/version 2, at most 1 is known/);
  });
});
