import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify, inspect } from "node:util";
import { pathToFileURL } from "node:url";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { KeyRing } from "../../src/auth/key-ring.js";
import { defaultKeyFilePath, keyFile } from "../../src/node/key-file.js";

let folder: string;
let file: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-keys-"));
  file = join(folder, "hearthwire", "keys.json");
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(folder, { recursive: true, force: true });
});

const fingerprints = (ring: KeyRing): readonly string[] =>
  [...ring].map((key) => `${key.id} ${key.use} ${key.fingerprint}`);
const mode = async (path: string): Promise<string> => ((await stat(path)).mode & 0o777).toString(8);
const refusal = (code: string, message: RegExp) =>
  expect.objectContaining({ name: "ConfigError", code, message: expect.stringMatching(message) });

async function writeKeys(content: string, rights = 0o600): Promise<void> {
  await mkdir(join(folder, "hearthwire"), { mode: 0o700 });
  await writeFile(file, content, { mode: rights });
  await chmod(file, rights);
}

const entry = { id: "alice", use: "connect", key: "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE" };
const valid = JSON.stringify({ version: 1, keys: [entry] });

describe("first use", () => {
  it("makes one key to connect with for a client that is named, and no root", async () => {
    const [key, ...others] = await keyFile(file, { id: "ann" });
    expect([key?.id, key?.use, others]).toEqual(["ann", "connect", []]);
    expect(fingerprints(await keyFile(file))).toEqual([`ann connect ${key?.fingerprint}`]);
    await rm(file);
    await expect(keyFile(file, { id: "no name" })).rejects.toThrow(refusal("HW_KEY_INVALID", /"id"/));
    expect(await readdir(join(folder, "hearthwire"))).toEqual([]);
  });

  it("sends nobody to change the rights of a folder that is meant for all", async () => {
    await mkdir(join(folder, "hearthwire"));
    await chmod(join(folder, "hearthwire"), 0o1777);
    await expect(keyFile(file)).rejects.toThrow(
      refusal("HW_KEY_FILE_UNSAFE", /mode 01777\); use a folder of your own$/),
    );
  });

  it("makes two independent keys, one of each use", async () => {
    const keys = [...(await keyFile(file))];
    expect(keys.map((key) => key.use)).toEqual(["connect", "mint"]);
    expect(keys[0]?.fingerprint).not.toBe(keys[1]?.fingerprint);
  });

  it("gives the file 0600 and its folder 0700, whatever the umask", async () => {
    const umask = process.umask(0);
    try {
      await keyFile(file);
    } finally {
      process.umask(umask);
    }
    expect(await mode(file)).toBe("600");
    expect(await mode(join(folder, "hearthwire"))).toBe("700");
  });

  it("leaves nothing but the key file", async () => {
    await keyFile(file);
    expect(await readdir(join(folder, "hearthwire"))).toEqual(["keys.json"]);
  });

  it("gives the same keys the next time, by path and by URL", async () => {
    const first = fingerprints(await keyFile(file));
    expect(fingerprints(await keyFile(file))).toEqual(first);
    expect(fingerprints(await keyFile(pathToFileURL(file)))).toEqual(first);
  });

  it("gives all of many makers in one process the same keys", async () => {
    const rings = await Promise.all(Array.from({ length: 16 }, () => keyFile(file)));
    expect(new Set(rings.map((ring) => fingerprints(ring).join())).size).toBe(1);
    expect(await readdir(join(folder, "hearthwire"))).toEqual(["keys.json"]);
  });

  it("gives several processes the same keys", async () => {
    const script = `
      const { keyFile } = await import(${JSON.stringify(new URL("../../src/node/key-file.ts", import.meta.url).href)});
      console.log([...(await keyFile(${JSON.stringify(file)}))].map((key) => key.id + " " + key.use + " " + key.fingerprint).join());
    `;
    const run = promisify(execFile);
    const args = ["--import", "tsx", "--input-type=module", "--eval", script];
    const processes = await Promise.all([0, 1, 2].map(() => run(process.execPath, args)));
    const outputs = processes.map(({ stdout }) => stdout.trim());
    expect(outputs[0]).toMatch(/ connect [0-9a-f]{8},.* mint [0-9a-f]{8}$/);
    expect(new Set(outputs).size).toBe(1);
    expect(outputs[0]).toBe(fingerprints(await keyFile(file)).join());
  });
});

describe("a file that can't be made", () => {
  it.each([
    ["below a file", "blocked/hearthwire/keys.json", "blocked/hearthwire", "ENOTDIR"],
    ["where its folder is a file", "blocked/keys.json", "blocked", "EEXIST"],
    ["with a name too long for its draft", `${"k".repeat(250)}`, "k".repeat(250), "ENAMETOOLONG"],
  ])("%s is refused with path and cause", async (_what, path, culprit, code) => {
    await writeFile(join(folder, "blocked"), "");
    const error: unknown = await keyFile(join(folder, path)).catch((reason: unknown) => reason);
    expect(error).toEqual(refusal("HW_KEY_FILE_UNSAFE", new RegExp(`"${join(folder, culprit)}".*made \\(${code}\\)`)));
    expect(error).toMatchObject({ cause: { code } });
  });
});

describe("a file that is there", () => {
  it("is read", async () => {
    await writeKeys(valid);
    const [key] = [...(await keyFile(file))];
    expect(key?.id).toBe("alice");
    expect(key?.export()).toEqual(new Uint8Array(32).fill(1));
  });

  it.each([0o644, 0o640, 0o604, 0o660, 0o606, 0o601])("is refused with mode 0%o", async (rights) => {
    await writeKeys(valid, rights);
    await expect(keyFile(file)).rejects.toThrow(
      refusal("HW_KEY_FILE_UNSAFE", /others have rights to it \(mode 0\d{3}\); chmod 600/),
    );
  });

  it.each([0o770, 0o707, 0o722, 0o777])("is refused in a folder with mode 0%o", async (rights) => {
    await writeKeys(valid);
    await chmod(join(folder, "hearthwire"), rights);
    await expect(keyFile(file)).rejects.toThrow(refusal("HW_KEY_FILE_UNSAFE", /hearthwire".*chmod go-w/));
  });

  it("is accepted in a folder that others can look into", async () => {
    await writeKeys(valid);
    await chmod(join(folder, "hearthwire"), 0o755);
    expect([...(await keyFile(file))]).toHaveLength(1);
  });

  it("is refused when it is a symbolic link, dangling or not", async () => {
    await writeKeys(valid);
    await symlink(file, join(folder, "link.json"));
    await symlink(join(folder, "nowhere"), join(folder, "dangling.json"));
    for (const name of ["link.json", "dangling.json"]) {
      await expect(keyFile(join(folder, name))).rejects.toThrow(refusal("HW_KEY_FILE_UNSAFE", /symbolic link/));
    }
    await expect(stat(join(folder, "nowhere"))).rejects.toThrow("ENOENT");
  });

  it("is refused when it is a folder", async () => {
    await mkdir(file, { recursive: true });
    await expect(keyFile(file)).rejects.toThrow(refusal("HW_KEY_FILE_UNSAFE", /no regular file/));
  });

  it("is refused when it belongs to another user", async () => {
    await writeKeys(valid);
    const owner = (await stat(file)).uid;
    vi.spyOn(process, "getuid").mockReturnValue(owner + 1);
    await expect(keyFile(file)).rejects.toThrow(
      refusal("HW_KEY_FILE_UNSAFE", new RegExp(`belongs to user ${owner}, not to user ${owner + 1}`)),
    );
  });

  it.each([
    ["nothing", ""],
    ["no JSON", `{"version":1,"keys":[{"id":"alice","use":"connect","key":"AQEB`],
    ["another version", JSON.stringify({ version: 2, keys: [entry] })],
    ["no keys", JSON.stringify({ version: 1, keys: [] })],
    ["a list", JSON.stringify([entry])],
    ["an unknown member", JSON.stringify({ version: 1, keys: [{ ...entry, object: ["clock"] }] })],
    ["an unknown use", JSON.stringify({ version: 1, keys: [{ ...entry, use: "all" }] })],
    ["a short key", JSON.stringify({ version: 1, keys: [{ ...entry, key: "AQEBAQEB" }] })],
    ["a key of zeros", JSON.stringify({ version: 1, keys: [{ ...entry, key: "A".repeat(43) }] })],
    ["an id twice", JSON.stringify({ version: 1, keys: [entry, entry] })],
    ["an id that is none", JSON.stringify({ version: 1, keys: [{ ...entry, id: "a/b" }] })],
    ["more than 64 KiB", JSON.stringify({ version: 1, keys: [{ ...entry, id: "a".repeat(65_536) }] })],
  ])("is refused when it holds %s, without a word of it in the error", async (_what, content) => {
    await writeKeys(content);
    const error: unknown = await keyFile(file).catch((reason: unknown) => reason);
    expect(error).toEqual(refusal("HW_KEY_INVALID", /is no valid key file: .*; correct or restore it$/));
    expect(inspect(error, { depth: 9 })).not.toMatch(/AQEB/);
  });
});

describe("the default place", () => {
  it("follows the platform", () => {
    expect(defaultKeyFilePath("linux", { XDG_CONFIG_HOME: "/tmp/config" })).toBe("/tmp/config/hearthwire/keys.json");
    expect(defaultKeyFilePath("linux", {})).toMatch(/\/\.config\/hearthwire\/keys\.json$/);
    expect(defaultKeyFilePath("darwin", {})).toMatch(/\/Library\/Application Support\/hearthwire\/keys\.json$/);
    expect(defaultKeyFilePath("win32", { APPDATA: "C:\\Roaming" })).toMatch(/^C:\\Roaming.hearthwire.keys\.json$/);
  });

  it("is not moved by a relative XDG_CONFIG_HOME", () => {
    expect(defaultKeyFilePath("linux", { XDG_CONFIG_HOME: "config" })).toBe(defaultKeyFilePath("linux", {}));
  });

  it("is used without an argument", async () => {
    const before = process.env["XDG_CONFIG_HOME"];
    process.env["XDG_CONFIG_HOME"] = folder;
    try {
      const ring = await keyFile();
      expect(await readFile(defaultKeyFilePath("linux"), "utf8")).toContain(ring.primary.id);
    } finally {
      if (before === undefined) delete process.env["XDG_CONFIG_HOME"];
      else process.env["XDG_CONFIG_HOME"] = before;
    }
  });
});
