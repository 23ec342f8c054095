import { expect, test } from "vitest";
import { straysIn, titlesOf } from "./test-names.js";

const one = "`support/test-names.test.ts › takes tests that are there`";
const another = "`support/test-titles.test.ts › finds nothing in %s`";

test("takes tests that are there", () => {
  expect(straysIn(one)).toEqual([]);
  expect(straysIn(`${one}<br>${another}`)).toEqual([]);
  expect(straysIn("``support/test-titles.test.ts › finds nothing in %s``")).toEqual([]);
});

test.each([
  ["a title that is not there", "`support/test-names.test.ts › takes tests`"],
  ["a file that is not there", "`support/names.test.ts › takes tests that are there`"],
  ["a file alone", "`support/test-names.test.ts`"],
  ["what is no code", "support/test-names.test.ts › takes tests that are there"],
  ["two in one part", `${one} ${another}`],
  ["nothing", ""],
])("finds %s", (_, cell) => {
  expect(straysIn(cell)).toEqual([cell]);
  expect(straysIn(`${one}<br>${cell}`)).toEqual([cell]);
});

test("gives the titles of a file", () => {
  expect(titlesOf("support/test-names.test.ts")).toContain("gives the titles of a file");
});
