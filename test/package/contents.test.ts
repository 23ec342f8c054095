import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";

const folder = join(inject("packageFolder"), "node_modules", "hearthwire");
const files = readdirSync(folder, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) =>
    join(entry.parentPath, entry.name)
      .slice(folder.length + 1)
      .replaceAll("\\", "/"),
  );
const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly dependencies: Readonly<Record<string, string>>;
};

describe("the packed package", () => {
  test("holds the built files, the documents and nothing else", () => {
    const allowed = /^(dist\/.+\.(js|d\.ts)|docs\/.+|package\.json|README\.md|CHANGELOG\.md|LICENSE)$/;
    expect(files.filter((file) => !allowed.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(["package.json", "README.md", "CHANGELOG.md", "LICENSE"]));
  });

  test("has every file that its exports name", () => {
    const targets = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [target] : Object.values(target),
    );
    expect(targets.filter((target) => !existsSync(join(folder, target)))).toEqual([]);
  });

  test("names types first and default last in each of its exports", () => {
    const conditions = Object.values(manifest.exports).flatMap((target) =>
      typeof target === "string" ? [] : [Object.keys(target)],
    );
    expect(conditions.filter((names) => names[0] !== "types" || names.at(-1) !== "default")).toEqual([]);
  });

  test("depends on four packages at run time", () => {
    expect(Object.keys(manifest.dependencies).sort()).toEqual(["@noble/hashes", "commander", "isomorphic-ws", "ws"]);
  });

  // A rival's pages showed mojibake where a server sent its script without a charset.
  test("is ASCII in every built file", () => {
    const built = files.filter((file) => file.startsWith("dist/") && file.endsWith(".js"));
    expect(built.length).toBeGreaterThan(0);
    expect(built.filter((file) => /[^\x00-\x7f]/.test(readFileSync(join(folder, file), "utf8")))).toEqual([]);
  });

  test.each(["index", "node", "browser", "testing", "vite", "msgpack", "prometheus", "opentelemetry"])(
    "begins %s.d.ts with the library of disposables",
    (entry) => {
      const [first] = readFileSync(join(folder, "dist", `${entry}.d.ts`), "utf8").split("\n");
      expect(first).toMatch(/^\/\/\/ <reference lib="esnext\.disposable"/);
    },
  );

  test("names no types of ws in its declarations", () => {
    const declarations = files.filter((file) => file.endsWith(".d.ts"));
    const naming = declarations.filter((file) =>
      /(from|import\() ?["'](ws|isomorphic-ws)["']|types="ws"/.test(readFileSync(join(folder, file), "utf8")),
    );
    expect(naming).toEqual([]);
  });
});
