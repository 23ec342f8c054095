// node test/support/summarize.mjs report.json: prints "N passed, N failed" over all projects of a vitest JSON report.
import { readFileSync } from "node:fs";

/**
 * @typedef {{ status: string, assertionResults: readonly { status: string }[] }} FileResult
 * @param {{ testResults: readonly FileResult[] }} report
 * @returns {{ passed: number, failed: number }} A file that failed before its first test counts as one failed test.
 */
export function summarize(report) {
  let passed = 0;
  let failed = 0;
  for (const file of report.testResults) {
    const failedHere = file.assertionResults.filter((result) => result.status === "failed").length;
    passed += file.assertionResults.filter((result) => result.status === "passed").length;
    failed += failedHere === 0 && file.status === "failed" ? 1 : failedHere;
  }
  return { passed, failed };
}

const reportPath = process.argv[2];
if (reportPath !== undefined && process.argv[1]?.endsWith("summarize.mjs")) {
  const { passed, failed } = summarize(JSON.parse(readFileSync(reportPath, "utf8")));
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
}
