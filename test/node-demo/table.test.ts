import { expect, test } from "vitest";
import { formatTable } from "../../node-demo/table.js";

test("puts numbers to the right and text to the left, as wide as the widest", () => {
  const rows = [
    { language: "TypeScript", lines: 12_345 },
    { language: "C", lines: 7 },
  ];
  expect(formatTable(["language", "lines"], rows).split("\n")).toEqual([
    "language     lines",
    "----------  ------",
    "TypeScript  12,345",
    "C                7",
  ]);
});

test("shows the columns when there are no rows", () => {
  expect(formatTable(["language", "lines"], [])).toBe("language  lines\n--------  -----");
});
