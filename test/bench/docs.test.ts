import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { describe, expect, test } from "vitest";
import { withResults, writeDocs } from "../../bench/docs.mjs";
import { USAGE } from "../../bench/options.mjs";
import { peers } from "../../bench/peers.mjs";
import { results } from "./support/results.js";

const root = new URL("../../", import.meta.url);
const page = readFileSync(new URL("docs/performance.md", root), "utf8");

describe("docs/performance.md", () => {
  test("has a row for each option that takes something, and names each peer", () => {
    const options = [...USAGE.matchAll(/^ {2}(--\w+)/gm)].map(([, name]) => name);
    expect(options.length).toBeGreaterThan(5);
    for (const option of options) expect(page).toContain(`${option}`);
    for (const { title } of peers) expect(page).toContain(title.split(",")[0]);
  });

  test("takes results between its marks, again and again", () => {
    const once = withResults(page, "first");
    expect(once).toContain("\nfirst\n");
    expect(withResults(once, "second")).toBe(withResults(page, "second"));
    expect(withResults(page, "x").startsWith(page.slice(0, 500))).toBe(true);
  });

  test("is refused without its marks", () => {
    expect(() => withResults("# Performance", "x")).toThrow('the page has no "<!-- results: begin');
  });

  test("is written with its charts and the samples", () => {
    const folder = mkdtempSync(join(tmpdir(), "hearthwire-bench-docs-"));
    try {
      mkdirSync(join(folder, "docs"));
      mkdirSync(join(folder, "bench"));
      cpSync(new URL("docs/performance.md", root), join(folder, "docs/performance.md"));
      const files = writeDocs(results, pathToFileURL(`${folder}/`));
      expect(files).toEqual([
        "docs/performance.md",
        "docs/performance.svg",
        "docs/performance-growth.svg",
        "bench/results.json",
      ]);
      const written = readFileSync(join(folder, "docs/performance.md"), "utf8");
      for (const chart of ["performance.svg", "performance-growth.svg"]) expect(written).toContain(`](${chart})`);
      expect(JSON.parse(readFileSync(join(folder, "bench/results.json"), "utf8"))).toEqual(results);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
