import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { allMutants } from "../support/mutants.mjs";
import { straysIn } from "../support/test-names.js";

const tests = new URL("../", import.meta.url);
const page = readFileSync(new URL("../docs/security.md", tests), "utf8");

function range(first: number, last: number): readonly number[] {
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}

/** The requirements that docs/security.md has to answer. */
const REQUIREMENTS = range(1, 45).map((number) => `S${number}`);

/** The threats to names and discovery that docs/security.md has to answer. */
const THREATS_OF_NAMES = 30;

/** The attacks that are tests: on frames and sessions, on sockets, by payloads, on what is exposed, from pages and hosts. */
const ATTACKS = [
  ...[...range(1, 7), 9, 10, 11, ...range(13, 15), ...range(16, 23), 27, 28, 30, 31, 33, 35, 38, 39],
  ...[40, 41, 42, ...range(44, 53), 55, 56, 57, 59, 61, 62],
  ...[63, 65, ...range(67, 76), ...range(78, 83), ...range(85, 94), 96, ...range(98, 101)],
  ...[...range(102, 109), ...range(111, 116), ...range(118, 122)],
].map((number) => `row ${number}`);

/** A text that begins with ids, as titles of tests do, or a first cell of their tables that holds nothing else. */
const WITH_IDS = /(?:\[\s*"(?=[^":]*",)|["'`](?=[^"'`:]*: ))((?:S\d+|row \d+)(?:, (?:S\d+|row \d+))*)(?:: |",)/g;

const folder = fileURLToPath(tests);
const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).map((file) => file.replaceAll("\\", "/"));

/** For each id the test files with a title that begins with it. */
function filesById(): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>();
  for (const file of files.filter((name) => name.endsWith(".test.ts"))) {
    for (const [, ids = ""] of readFileSync(`${folder}${file}`, "utf8").matchAll(WITH_IDS)) {
      for (const id of ids.split(", ")) found.set(id, (found.get(id) ?? new Set()).add(file));
    }
  }
  return found;
}

const tested = filesById();
const rows = page
  .split("\n")
  .filter((line) => /^\| S\d/.test(line))
  .map((line) => line.replace(/^\|\s*|\s*\|$/g, "").split(/\s*\|\s*/));

describe("docs/security.md", () => {
  test("S3: has one row for each requirement, in order and without an empty cell", () => {
    expect(rows.map(([id]) => id)).toEqual(REQUIREMENTS);
    expect(rows.filter((cells) => cells.length !== 4 || cells.includes(""))).toEqual([]);
  });

  test("names the files whose tests prove a requirement, and no others", () => {
    const strays: string[] = [];
    for (const [id = "", , , cell = ""] of rows) {
      const named = [...cell.matchAll(/`([^`]+)`/g)].map(([, file = ""]) => file);
      if (named.length === 0) strays.push(`${id} names no file`);
      for (const file of named) if (tested.get(id)?.has(file) !== true) strays.push(`${id}: ${file}`);
    }
    expect(strays).toEqual([]);
  });
});

describe("what docs/security.md says of names", () => {
  const threats = page
    .split("\n")
    .filter((line) => /^\| N\d/.test(line))
    .map((line) => line.replace(/^\|\s*|\s*\|$/g, "").split(/\s*\|\s*/));

  test("has the threats in order, and no empty cell", () => {
    expect(threats.map(([id]) => id)).toEqual(range(1, THREATS_OF_NAMES).map((number) => `N${number}`));
    expect(threats.filter((cells) => cells.length !== 5 || cells.includes(""))).toEqual([]);
  });

  test("names tests that exist, and nothing else, in the last column", () => {
    expect(threats.flatMap(([id, ...cells]) => straysIn(cells.at(-1)!).map((part) => `${id}: ${part}`))).toEqual([]);
  });
});

describe("the attacks and requirements", () => {
  test.each([...REQUIREMENTS, ...ATTACKS])("%s is a test by that id", (id) => {
    expect([...(tested.get(id) ?? [])]).not.toEqual([]);
  });

  test("are each broken by a mutant at least", async () => {
    const broken = new Set((await allMutants()).flatMap(({ rule }) => rule.split(/,\s*/)));
    expect([...REQUIREMENTS, ...ATTACKS].filter((id) => !broken.has(id))).toEqual([]);
  });
});
