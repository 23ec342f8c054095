import { expect, test } from "vitest";
import { summarize } from "./summarize.mjs";

const file = (status: string, ...results: readonly string[]) => ({
  status,
  assertionResults: results.map((result) => ({ status: result })),
});

test("adds up the tests of all files", () => {
  const testResults = [file("passed", "passed", "passed"), file("failed", "passed", "failed")];
  expect(summarize({ testResults })).toEqual({ passed: 3, failed: 1 });
});

test("counts a file that failed before its first test as one that failed", () => {
  expect(summarize({ testResults: [file("failed"), file("passed", "passed")] })).toEqual({ passed: 1, failed: 1 });
});

test("counts neither for a test that was left out", () => {
  expect(summarize({ testResults: [file("passed", "passed", "pending", "skipped")] })).toEqual({
    passed: 1,
    failed: 0,
  });
});
