import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { changeKeyFile, existingKeyFile } from "../../src/node/change-key-file.js";
import { keyFile } from "../../src/node/key-file.js";
import { formatKeyFile } from "../../src/node/key-file-format.js";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-change-"));
  file = join(folder, "keys.json");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ids = async (path = file): Promise<readonly string[]> => [...(await keyFile(path))].map(({ id }) => id);
const add =
  (...added: readonly Key[]) =>
  (there: readonly Key[] = []) => [...there, ...added];
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ name: "ConfigError", code, message: expect.stringMatching(message) });

describe("changeKeyFile", () => {
  it("makes the file for its owner alone, whatever the umask, and leaves nothing else", async () => {
    const umask = process.umask(0);
    try {
      await changeKeyFile(join(folder, "new", "keys.json"), add(Key.generate({ id: "ann" })));
    } finally {
      process.umask(umask);
    }
    expect((await stat(join(folder, "new", "keys.json"))).mode & 0o777).toBe(0o600);
    expect((await stat(join(folder, "new"))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(folder, "new"))).toEqual(["keys.json"]);
  });

  it("keeps all that a key says", async () => {
    const key = Key.generate({
      id: "ann-1",
      subject: "ann",
      use: "mint",
      notBefore: new Date("2026-01-31T23:00:00Z"),
      notAfter: new Date("2027-01-31T23:00:00.250Z"),
      objects: ["shop", "clock"],
      requireChannelBinding: true,
      requireTls: true,
    });
    await changeKeyFile(file, add(key));
    await changeKeyFile(file, add(Key.generate({ id: "bob" })));
    const [read, bob] = [...(await keyFile(file))];
    expect(read).toEqual(key);
    expect(read?.export()).toEqual(key.export());
    expect(bob?.id).toBe("bob");
    expect(Object.keys(JSON.parse(await readFile(file, "utf8")).keys[1])).toEqual(["id", "use", "key"]);
  });

  it("removes the file with the last key", async () => {
    await changeKeyFile(file, add(Key.generate({ id: "ann" })));
    await changeKeyFile(file, () => []);
    expect(await readdir(folder)).toEqual([]);
  });

  it("loses none of the keys that several processes add at once", async () => {
    const script = `
      const { changeKeyFile } = await import(${JSON.stringify(new URL("../../src/node/change-key-file.ts", import.meta.url).href)});
      const { Key } = await import(${JSON.stringify(new URL("../../src/auth/key.ts", import.meta.url).href)});
      for (let i = 0; i < 4; i++)
        await changeKeyFile(${JSON.stringify(file)}, (there = []) => [...there, Key.generate({ id: process.pid + "-" + i })]);
    `;
    const run = promisify(execFile);
    await Promise.all(
      [0, 1, 2].map(() => run(process.execPath, ["--import", "tsx", "--input-type=module", "--eval", script])),
    );
    expect(new Set(await ids()).size).toBe(12);
    expect(await readdir(folder)).toEqual(["keys.json"]);
  });

  it("loses none that several changes of one process add at once, nor those that keyFile makes meanwhile", async () => {
    const changes = ["a", "b", "c", "d"].map((id) => changeKeyFile(file, add(Key.generate({ id }))));
    const made = keyFile(file);
    await Promise.all(changes);
    expect(await ids()).toEqual(expect.arrayContaining([...(await made)].map(({ id }) => id)));
    expect(await ids()).toEqual(expect.arrayContaining(["a", "b", "c", "d"]));
  });

  it("asks again when keyFile made the file after it had looked", async () => {
    await changeKeyFile(file, (there) => {
      if (there === undefined) writeFileSync(file, formatKeyFile([Key.generate({ id: "made" })]), { mode: 0o600 });
      return [...(there ?? []), Key.generate({ id: "added" })];
    });
    expect(await ids()).toEqual(["made", "added"]);
  });

  it("changes nothing when the change throws, or two keys would have one id", async () => {
    await changeKeyFile(file, add(Key.generate({ id: "ann" })));
    const before = await readFile(file, "utf8");
    const failing = changeKeyFile(file, () => {
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    await expect(changeKeyFile(file, add(Key.generate({ id: "ann" })))).rejects.toThrow(
      refusal("HW_KEY_INVALID", /already has a key with the id "ann"/),
    );
    expect(await readFile(file, "utf8")).toBe(before);
    expect(await readdir(folder)).toEqual(["keys.json"]);
  });

  it("writes no file that could not be read again", async () => {
    const many = Array.from({ length: 600 }, (_, index) => Key.generate({ id: `key-${index}` }));
    await changeKeyFile(file, add(...many.slice(0, 400)));
    await expect(changeKeyFile(file, add(...many.slice(400)))).rejects.toThrow(
      refusal("HW_KEY_INVALID", /would have \d+ bytes, the limit is 65536: remove keys/),
    );
    expect(await ids()).toHaveLength(400);
  });

  it.each([
    ["is readable by others", async () => chmod(file, 0o644), "HW_KEY_FILE_UNSAFE", /chmod 600/],
    ["is in a folder that others write in", async () => chmod(folder, 0o777), "HW_KEY_FILE_UNSAFE", /chmod go-w/],
    ["is no key file", async () => writeFile(file, "{}"), "HW_KEY_INVALID", /no valid key file/],
  ])("refuses a file that %s, and leaves it alone", async (_what, spoil, code, message) => {
    await changeKeyFile(file, add(Key.generate({ id: "ann" })));
    await spoil();
    const before = await readFile(file, "utf8");
    await expect(changeKeyFile(file, add(Key.generate({ id: "bob" })))).rejects.toThrow(
      refusal(code as string, message as RegExp),
    );
    expect(await readFile(file, "utf8")).toBe(before);
  });

  it("refuses a symbolic link, and does not write where it leads", async () => {
    await changeKeyFile(file, add(Key.generate({ id: "ann" })));
    await symlink(file, join(folder, "link.json"));
    await expect(changeKeyFile(join(folder, "link.json"), () => [])).rejects.toThrow(
      refusal("HW_KEY_FILE_UNSAFE", /symbolic link/),
    );
    expect(await ids()).toEqual(["ann"]);
  });

  it("takes over the lock of a process that died, and waits for one that lives", async () => {
    await mkdir(`${file}.lock`);
    const longAgo = new Date(Date.now() - 60_000);
    await utimes(`${file}.lock`, longAgo, longAgo);
    await changeKeyFile(file, add(Key.generate({ id: "ann" })));
    expect(await readdir(folder)).toEqual(["keys.json"]);

    await mkdir(`${file}.lock`);
    const waiting = changeKeyFile(file, add(Key.generate({ id: "bob" })));
    expect(await ids()).toEqual(["ann"]);
    await rm(`${file}.lock`, { recursive: true });
    await waiting;
    expect(await ids()).toEqual(["ann", "bob"]);
  });
});

describe("existingKeyFile", () => {
  it("reads a file, and makes none", async () => {
    for (const path of [file, join(folder, "nowhere", "keys.json")])
      await expect(existingKeyFile(path)).rejects.toThrow(
        refusal("HW_CREDENTIALS_MISSING", /there is none at ".*"; make one by "hearthwire keys new"/),
      );
    expect(await readdir(folder)).toEqual([]);
    await changeKeyFile(file, add(Key.generate({ id: "ann" })));
    expect([...(await existingKeyFile(file))].map(({ id }) => id)).toEqual(["ann"]);
  });
});
