import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Folder } from "../../web-demo/server/folder.js";

let parent: string;
let folder: Folder;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "folder-"));
  const shared = join(parent, "shared");
  mkdirSync(join(shared, "inner"), { recursive: true });
  // Its name begins like the shared folder's, which a comparison of strings would let pass.
  mkdirSync(join(parent, "shared-not"));
  writeFileSync(join(parent, "shared-not", "secret.txt"), "secret");
  writeFileSync(join(shared, "b.txt"), "two\n");
  writeFileSync(join(shared, "a.txt"), "one\n");
  writeFileSync(join(shared, "inner", "deep.txt"), "deep\n");
  writeFileSync(join(shared, "..dots"), "two dots begin a name too\n");
  folder = new Folder(shared);
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const shared = (name: string): string => join(parent, "shared", name);

async function bytesOf(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

describe("list", () => {
  test("gives folders first, then files, by name", async () => {
    const entries = await folder.list("");
    expect(entries.map(({ name, kind }) => `${kind} ${name}`)).toEqual([
      "folder inner",
      "file ..dots",
      "file a.txt",
      "file b.txt",
    ]);
  });

  test("gives sizes and dates", async () => {
    const [entry] = await folder.list("inner");
    expect(entry).toEqual({ name: "deep.txt", kind: "file", sizeBytes: 5, changedAt: expect.any(Date) });
  });

  test("leaves out links that lead out of the folder or nowhere, and keeps those inside", async () => {
    symlinkSync(join(parent, "shared-not"), shared("inner/out"));
    symlinkSync(join(parent, "nowhere"), shared("inner/dead"));
    symlinkSync(shared("a.txt"), shared("inner/in"));
    expect((await folder.list("inner")).map(({ name }) => name)).toEqual(["deep.txt", "in"]);
  });

  test("refuses a file", async () => {
    await expect(folder.list("a.txt")).rejects.toMatchObject({ code: "WRONG_KIND", message: '"a.txt" is no folder' });
  });
});

describe("preview", () => {
  test("gives a whole short text", async () => {
    expect(await folder.preview("inner/deep.txt")).toEqual({ text: "deep\n", isCut: false, isBinary: false });
  });

  test("gives 16 KiB of a longer one, and no half character", async () => {
    // Two bytes each; the first is at an odd place, so that the cut goes through one.
    writeFileSync(shared("long.txt"), `x${"é".repeat(10_000)}`);
    const { text, isCut, isBinary } = await folder.preview("long.txt");
    expect({ isCut, isBinary, text: text.slice(-2), length: text.length }).toEqual({
      isCut: true,
      isBinary: false,
      text: "éé",
      length: 8_192,
    });
  });

  test.each([
    ["a zero byte", Buffer.from("text\0text")],
    ["bytes that are no UTF-8", Buffer.from([0x74, 0xff, 0x74])],
    ["half a character at its end", Buffer.from([0x74, 0xc3])],
  ])("gives no text for %s", async (_, content) => {
    writeFileSync(shared("binary"), content);
    expect(await folder.preview("binary")).toEqual({ text: "", isCut: false, isBinary: true });
  });

  test("refuses a folder", async () => {
    await expect(folder.preview("inner")).rejects.toMatchObject({ code: "WRONG_KIND", message: '"inner" is no file' });
  });
});

describe("download", () => {
  test.each([0, 1, 64 * 1024, 64 * 1024 + 1, 300_000])("gives all of %i bytes", async (length) => {
    const content = Buffer.from(Uint8Array.from({ length }, (_, index) => index % 251));
    writeFileSync(shared("file"), content);
    expect((await bytesOf(folder.download("file"))).equals(content)).toBe(true);
  });

  test("refuses a folder", async () => {
    await expect(bytesOf(folder.download("inner"))).rejects.toMatchObject({ code: "WRONG_KIND" });
  });
});

describe("what leads out of the folder", () => {
  const ways = [
    "..",
    "../",
    "../shared-not/secret.txt",
    "inner/../../shared-not/secret.txt",
    "inner/..",
    "..\\shared-not\\secret.txt",
    "inner\\..\\..\\shared-not\\secret.txt",
    "/etc/passwd",
    "/",
    "//server/share",
    "\\\\server\\share",
    "\\etc",
    "C:\\Windows\\win.ini",
    "C:/Windows/win.ini",
    "c:/",
  ];

  test.each(ways)("is refused: %s", async (way) => {
    const refused = { code: "OUTSIDE_FOLDER", message: `${JSON.stringify(way)} leads out of the shared folder` };
    await expect(folder.list(way)).rejects.toMatchObject(refused);
    await expect(folder.preview(way)).rejects.toMatchObject(refused);
    await expect(bytesOf(folder.download(way))).rejects.toMatchObject(refused);
  });

  test("is refused when it is the whole path of a file inside", async () => {
    await expect(folder.preview(shared("a.txt"))).rejects.toMatchObject({ code: "OUTSIDE_FOLDER" });
  });

  test.each([
    ["a file", "link", "shared-not/secret.txt"],
    ["a folder", "link/secret.txt", "shared-not"],
    ["the parent", "link/shared-not/secret.txt", "."],
  ])("is refused through a link to %s", async (_, wanted, target) => {
    symlinkSync(join(parent, target), shared("link"));
    const refused = { code: "OUTSIDE_FOLDER", message: `"${wanted}" leads out of the shared folder` };
    await expect(folder.preview(wanted)).rejects.toMatchObject(refused);
    await expect(bytesOf(folder.download(wanted))).rejects.toMatchObject(refused);
  });

  test("is refused when a link is the parent itself", async () => {
    symlinkSync(parent, shared("link"));
    await expect(folder.list("link")).rejects.toMatchObject({ code: "OUTSIDE_FOLDER" });
  });

  test("is refused through a link to a link", async () => {
    symlinkSync(join(parent, "shared-not"), shared("inner/second"));
    symlinkSync("inner/second", shared("first"));
    await expect(folder.list("first")).rejects.toMatchObject({ code: "OUTSIDE_FOLDER" });
  });
});

describe("what stays in the folder", () => {
  test.each(["", ".", "./", "./inner/.", "inner//"])("is listed: %j", async (way) => {
    expect(await folder.list(way)).not.toEqual([]);
  });

  test("is read through a link, and by a name that begins with two dots", async () => {
    symlinkSync(shared("inner"), shared("link"));
    expect((await folder.preview("link/deep.txt")).text).toBe("deep\n");
    expect((await folder.preview("..dots")).text).toBe("two dots begin a name too\n");
  });

  test("is reached when the shared folder is a link itself", async () => {
    symlinkSync(join(parent, "shared"), join(parent, "alias"));
    expect((await new Folder(join(parent, "alias")).preview("a.txt")).text).toBe("one\n");
  });

  test("is everything when the root of the disk is shared", async () => {
    expect(await new Folder("/").list("")).not.toEqual([]);
  });
});

describe("what is not there", () => {
  test("is said by its name, without the folder's path", async () => {
    await expect(folder.preview("none.txt")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: '"none.txt" is not in the shared folder',
    });
  });

  test.each(["a.txt\0", "\0", "inner\0/../.."])("includes a name with a zero byte: %j", async (name) => {
    await expect(folder.preview(name)).rejects.toMatchObject({ code: "NOT_FOUND" });
    await expect(folder.list(name)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test.each([undefined, null, 7, {}, ["a.txt"]])("includes what is no string: %j", async (name) => {
    await expect(folder.list(name as string)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });

  test("includes the shared folder itself", async () => {
    await expect(new Folder(join(parent, "gone")).list("")).rejects.toMatchObject({
      code: "NOT_FOUND",
      message: "the shared folder itself is not there",
    });
  });
});

test("a folder's name is the last part of its path", () => {
  expect(folder.name).toBe("shared");
});
