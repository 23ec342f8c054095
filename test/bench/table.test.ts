import { expect, test } from "vitest";
import { rowsOf, spreadOf, tableOf } from "../../bench/table.mjs";

const peers = { base: "raw", subject: "ours" };
const pair = (round: number, raw: number, ours: number) => [
  { work: "call", round, peer: "raw", rate: raw },
  { work: "call", round, peer: "ours", rate: ours },
];

test.each([
  [[3], { median: 3, min: 3, max: 3 }],
  [[10, 1, 2], { median: 2, min: 1, max: 10 }],
  [[4, 1, 3, 2], { median: 2.5, min: 1, max: 4 }],
])("the spread of %j is %j", (values, spread) => {
  expect(spreadOf(values)).toEqual(spread);
});

test("ratios are taken round by round, so a slow round of the machine cancels out", () => {
  const [row] = rowsOf([...pair(1, 100, 50), ...pair(2, 10, 6), ...pair(3, 100, 70)], peers);
  expect(row?.ratio).toEqual({ median: 0.6, min: 0.5, max: 0.7 });
});

test("a round in which one of the two failed counts for neither", () => {
  const failed = { work: "call", round: 2, peer: "ours", error: "no answer" };
  const [row] = rowsOf([...pair(1, 100, 50), { work: "call", round: 2, peer: "raw", rate: 1 }, failed], peers);
  expect(row).toMatchObject({ base: { min: 100, max: 100 }, ratio: { min: 0.5, max: 0.5 } });
});

test("work that never succeeded has no row", () => {
  expect(rowsOf([{ work: "call", round: 1, peer: "ours", error: "no answer" }], peers)).toEqual([]);
});

test("prints a row with rates, ratio and target", () => {
  const rows = rowsOf(pair(1, 1000, 1500), peers);
  const table = tableOf(rows, [{ name: "call", title: "a call", unit: "calls/s", target: 2 }]);
  expect(table.split("\n").at(-1)).toBe("| a call | 1,000 calls/s | 1,500 calls/s | 1.50 (1.50-1.50) | 2 |");
});
