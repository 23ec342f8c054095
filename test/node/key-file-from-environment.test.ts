import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { keyFileFromEnvironment } from "../../src/node/key-file-from-environment.js";
import { formatKeyFile, newKeys } from "../../src/node/key-file-format.js";

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "hearthwire-env-"));
  file = join(folder, "keys.json");
  await writeFile(file, formatKeyFile(newKeys()), { mode: 0o600 });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ringOf = (value: string | undefined) =>
  keyFileFromEnvironment("WAREHOUSE_KEY_FILE", { WAREHOUSE_KEY_FILE: value });
const refusalOf = async (value: string | undefined): Promise<unknown> => ringOf(value).catch((error: unknown) => error);

describe("keyFileFromEnvironment", () => {
  it("reads the file that the variable names", async () => {
    expect([...(await ringOf(file))].map(({ use }) => use)).toEqual(["connect", "mint"]);
  });

  it("reads the process's environment unless told otherwise", async () => {
    process.env["HEARTHWIRE_TEST_KEY_FILE"] = file;
    try {
      expect([...(await keyFileFromEnvironment("HEARTHWIRE_TEST_KEY_FILE"))]).toHaveLength(2);
    } finally {
      delete process.env["HEARTHWIRE_TEST_KEY_FILE"];
    }
  });

  it.each([undefined, ""])("says that the variable is not set: %j", async (value) => {
    expect(await refusalOf(value)).toMatchObject({
      name: "ConfigError",
      code: "HW_CREDENTIALS_MISSING",
      message: expect.stringMatching(/^"WAREHOUSE_KEY_FILE" is not set/) as string,
    });
  });

  it("makes no file, and no folder, where there is none", async () => {
    for (const missing of [join(folder, "other.json"), join(folder, "sub", "keys.json")]) {
      expect(await refusalOf(missing)).toMatchObject({ code: "HW_CREDENTIALS_MISSING" });
    }
    expect(await readdir(folder)).toEqual(["keys.json"]);
  });

  it.each(["keys.json", "./keys.json", "~/keys.json"])("refuses a path that is not absolute: %s", async (value) => {
    expect(await refusalOf(value)).toMatchObject({ name: "ConfigError", code: "HW_OPTION_INVALID" });
  });

  const key = Key.generate();
  const bytes = Buffer.from(key.export());
  // Begins with a slash, as one of 64 keys in plain base64 does.
  const slashed = `/${bytes.toString("base64").slice(1)}`;
  it.each([
    ["base64url", bytes.toString("base64url")],
    ["hex", bytes.toString("hex")],
    ["base64 that looks like a path", slashed],
    ["JSON", formatKeyFile(newKeys())],
  ])("refuses a key in place of a path, in %s, and never shows it", async (_, value) => {
    const error = await refusalOf(value);
    expect(error).toMatchObject({
      name: "ConfigError",
      message: expect.stringContaining("WAREHOUSE_KEY_FILE") as string,
    });
    for (let start = 0; start + 12 <= value.length; start += 6) {
      expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(value.slice(start, start + 12));
    }
  });

  it("refuses a file that others can read, a symbolic link, and one in a folder that others can write", async () => {
    const unsafe = { name: "ConfigError", code: "HW_KEY_FILE_UNSAFE" };
    await symlink(file, join(folder, "link.json"));
    expect(await refusalOf(join(folder, "link.json"))).toMatchObject(unsafe);
    await chmod(file, 0o644);
    expect(await refusalOf(file)).toMatchObject(unsafe);
    await chmod(file, 0o600);
    await chmod(folder, 0o777);
    expect(await refusalOf(file)).toMatchObject(unsafe);
    await chmod(folder, 0o700);
    expect(await ringOf(file)).toBeDefined();
  });

  it("refuses a folder, and content that is no key file", async () => {
    await mkdir(join(folder, "sub"));
    expect(await refusalOf(join(folder, "sub"))).toMatchObject({ code: "HW_KEY_FILE_UNSAFE" });
    await writeFile(file, "{}");
    expect(await refusalOf(file)).toMatchObject({ code: "HW_KEY_INVALID" });
  });

  it.each(["", 5, undefined])("refuses what names no variable: %j", async (name) => {
    await expect(keyFileFromEnvironment(name as string)).rejects.toMatchObject({ code: "HW_OPTION_INVALID" });
  });
});
