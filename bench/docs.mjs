import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { growthChart, rowsChart } from "./charts.mjs";
import { reportOf } from "./report.mjs";

const BEGIN = "<!-- results: begin, written by npm run bench -- --write -->";
const END = "<!-- results: end -->";

/**
 * Puts a text between the marks of a page.
 *
 * @param {string} page
 * @param {string} text
 * @returns {string}
 * @throws {Error} when the page lacks a mark
 */
export function withResults(page, text) {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from === -1 || to < from) throw new Error(`the page has no "${BEGIN}" with "${END}" after it`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${text}\n\n${page.slice(to)}`;
}

/**
 * Makes docs/performance.md and its charts anew from results.
 *
 * @param {import("./report.mjs").Results} results
 * @param {URL} [root] of the project
 * @returns {readonly string[]} what was written
 */
export function writeDocs(results, root = new URL("../", import.meta.url)) {
  const pageUrl = new URL("docs/performance.md", root);
  const page = readFileSync(pageUrl, "utf8");
  const text = [
    "![Ratios to a raw ws echo of the same round](performance.svg)",
    "![What one unit costs while something grows](performance-growth.svg)",
    reportOf(results),
  ].join("\n\n");
  /** @type {readonly (readonly [URL, string])[]} */
  const files = [
    [pageUrl, withResults(page, text)],
    [new URL("docs/performance.svg", root), rowsChart(results)],
    [new URL("docs/performance-growth.svg", root), growthChart(results)],
    [new URL("bench/results.json", root), `${JSON.stringify(results, null, 1)}\n`],
  ];
  for (const [url, content] of files) writeFileSync(url, content);
  return files.map(([url]) => fileURLToPath(url).slice(fileURLToPath(root).length));
}
