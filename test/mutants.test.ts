import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { allMutants, whyStale } from "./support/mutants.mjs";

const root = new URL("../", import.meta.url);
const exists = (path: string): boolean => existsSync(new URL(path, root));
const sources = new Map<string, string | undefined>();

function sourceOf(file: string): string | undefined {
  if (!sources.has(file)) sources.set(file, exists(file) ? readFileSync(new URL(file, root), "utf8") : undefined);
  return sources.get(file);
}

test("every mutant can still be tried", async () => {
  const stale = (await allMutants()).flatMap((mutant) => {
    const why = whyStale(mutant, { source: sourceOf(mutant.file), exists });
    return why === undefined ? [] : [`${mutant.area} ${mutant.rule}: ${why}: ${JSON.stringify(mutant.from)}`];
  });
  expect(stale).toEqual([]);
});

describe("whyStale", () => {
  const mutant = { rule: "one", file: "src/a.ts", from: "take(1);", to: "", tests: ["test/a.test.ts"] };
  const project = { source: "if (a) { take(1); }\ntake(2);\n", exists: (path: string) => path === "test/a.test.ts" };

  test("says nothing of a mutant that applies", () => {
    expect(whyStale(mutant, project)).toBeUndefined();
  });

  test("says nothing of the syntax of what is no program", () => {
    expect(whyStale({ ...mutant, file: "docs/a.md", to: "}" }, project)).toBeUndefined();
  });

  test.each([
    ["a file that is gone", {}, { source: undefined }, /no src\/a\.ts/],
    ["a text that is gone", { from: "take(3);" }, {}, /0 times/],
    ["a text that stands twice", { from: "take(" }, {}, /2 times/],
    ["a change of nothing", { to: "take(1);" }, {}, /nothing/],
    ["a test file that is gone", { tests: ["test/a.test.ts", "test/b.test.ts"] }, {}, /not there: test\/b\.test\.ts/],
    ["no tests at all", { tests: [] }, {}, /not there/],
    ["a syntax error", { to: "}" }, {}, /does not parse/],
  ])("tells of %s", (_, change, elsewhere, why) => {
    expect(whyStale({ ...mutant, ...change }, { ...project, ...elsewhere })).toMatch(why);
  });
});
