import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { sourceFiles } from "../../node-demo/source-files.js";

let root: string;
beforeEach(() => void (root = mkdtempSync(join(tmpdir(), "source-files-"))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(...files: readonly string[]): void {
  for (const file of files) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), "");
  }
}

async function found(): Promise<string[]> {
  return (await sourceFiles(root)).map((file) => relative(root, file));
}

test("gives files of all depths by name", async () => {
  put("b.ts", "a/deep/c.ts", "c.ts");
  expect(await found()).toEqual([join("a", "deep", "c.ts"), "b.ts", "c.ts"]);
});

test.each([".git/config", ".hidden", "node_modules/ws/index.js", "dist/index.js", "coverage/index.html"])(
  "leaves out %s",
  async (file) => {
    put(file, "kept.ts");
    expect(await found()).toEqual(["kept.ts"]);
  },
);

test("keeps what only begins like a folder that is left out", async () => {
  put("distance/a.ts", "node_modules.md");
  expect(await found()).toEqual([join("distance", "a.ts"), "node_modules.md"]);
});

test("does not follow links, which may lead in a circle", async () => {
  put("kept.ts");
  symlinkSync(root, join(root, "circle"));
  expect(await found()).toEqual(["kept.ts"]);
});
