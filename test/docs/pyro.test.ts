import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { straysIn, titlesOf } from "../support/test-names.js";

const tests = new URL("../", import.meta.url);
const page = readFileSync(new URL("../docs/pyro.md", tests), "utf8");

const COLUMNS = 5;

/** First and last of the numbers that the page has to have. */
const RANGES = [
  [1, 114],
  [129, 142],
  [145, 147],
  [152, 156],
] as const;
const required = RANGES.flatMap(([first, last]) =>
  Array.from({ length: last - first + 1 }, (_, index) => `F${first + index}`),
);

/** The cells of the rows whose first cell is the number of a feature. */
const rows = page
  .split("\n")
  .filter((line) => /^\| F\d/.test(line))
  .map((line) => line.replace(/^\|\s*|\s*\|$/g, "").split(/\s*\|\s*/));

describe("docs/pyro.md", () => {
  test("has one row for each feature of Pyro's objects, in order", () => {
    expect(rows.map(([number]) => number)).toEqual(required);
  });

  test("has no empty cell", () => {
    const broken = rows.filter((cells) => cells.length !== COLUMNS || cells.some((cell) => cell === ""));
    expect(broken).toEqual([]);
  });

  test("names tests that exist, and nothing else, in the last column", () => {
    const strays = rows.flatMap(([number, ...cells]) => straysIn(cells.at(-1)!).map((part) => `${number}: ${part}`));
    expect(strays).toEqual([]);
  });
});

describe("the regressions", () => {
  const names = ["W7", "W7a", "W8", "W8b", "W8c", "W8d", "W8e", "W8f", "W9", "W9b", "W10", "W11", "W12", "W13"];
  names.push("W17", "W18", "W19", "W19b", "W20", "W21", "W22");
  const files = readdirSync(new URL("regressions/", tests)).filter((file) => file.startsWith("pyro-"));
  const found = files.flatMap((file) => titlesOf(`regressions/${file}`));

  test.each(names)("has a test named after %s", (name) => {
    expect(found.filter((title) => title.startsWith(`${name}: `))).not.toEqual([]);
  });

  test("are all named after a weakness", () => {
    expect(found.filter((title) => !names.includes(title.split(":")[0]!))).toEqual([]);
  });
});
