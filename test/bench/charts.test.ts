import { describe, expect, test } from "vitest";
import { growthChart, rowsChart } from "../../bench/charts.mjs";
import { box, label, svg } from "../../bench/svg.mjs";
import { results } from "./support/results.js";

/** Numbers of one attribute of all shapes of a class. */
const numbersOf = (chart: string, { shape, attribute }: { readonly shape: string; readonly attribute: string }) =>
  chart
    .split("\n")
    .filter((line) => line.includes(`class="${shape}"`))
    .map((line) => Number(new RegExp(`\\b${attribute}="([^"]*)"`).exec(line)?.[1]));

describe("the chart of rows", () => {
  const chart = rowsChart(results);

  test("is a file of its own that says what it shows", () => {
    expect(chart.startsWith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 ')).toBe(true);
    expect(chart).toContain("<title>hearthwire and others beside a raw ws echo; green: what is aimed at</title>");
    expect(chart).toContain("stream of small items, server to client");
    expect(chart).not.toMatch(/NaN|Infinity|undefined|<script|href/);
  });

  test("reads on light and on dark ground", () => {
    expect(chart).toContain("@media (prefers-color-scheme: dark)");
  });

  test("has bars as long as their ratios", () => {
    const [inFlight = 0, stream = 0] = numbersOf(chart, { shape: "bar subject", attribute: "width" });
    const [rawInFlight = 0, , rawStream = 0] = numbersOf(chart, { shape: "bar", attribute: "width" });
    expect(inFlight / rawInFlight).toBeCloseTo(2, 1);
    expect(stream / rawStream).toBeCloseTo(4.3, 1);
  });

  test("keeps what crosses no process within its panel, and has no bar below nothing", () => {
    const widths = numbersOf(chart, { shape: "bar", attribute: "width" });
    expect(Math.max(...widths)).toBeLessThanOrEqual(430);
    expect(Math.min(...widths)).toBe(0);
  });

  test("shows figures where there is nothing to compare with", () => {
    expect(chart).toContain(">kB, less is better</text>");
    expect(chart).toContain(">12.1</text>");
  });

  test("has a line for each target of the measured work", () => {
    expect(numbersOf(chart, { shape: "target", attribute: "x1" })).toHaveLength(4);
  });
});

describe("the chart of growth", () => {
  const chart = growthChart(results);

  test("has the points of a curve in order, costs in powers of ten", () => {
    const points = /<polyline points="([^"]*)" class="line subject"/.exec(chart)?.[1]?.split(" ") ?? [];
    const places = points.map((point) => point.split(",").map(Number));
    expect(places.map(([x = 0]) => x)).toEqual(places.map(([x = 0]) => x).toSorted((a, b) => a - b));
    const [high = 0, low = 0, middle = 0] = places.map(([, y = 0]) => y);
    // 100, 5 and 50: on a paper where each power of ten is as high, 50 stands log10(10) above 5.
    expect((low - middle) / (low - high)).toBeCloseTo(1 / Math.log10(20), 1);
  });

  test("says whether it is flat or where its knee is", () => {
    expect(chart).toContain("hearthwire: knee at 1.02K");
  });

  test("has no panel for what was not measured", () => {
    expect(chart).not.toContain("references");
  });
});

test("a label can't be read as markup", () => {
  expect(label(1, 2, { text: '<b>&"' })).toBe('<text x="1" y="2" class="">&lt;b&gt;&amp;&quot;</text>');
  expect(svg({ width: 1, height: 1, title: "<x>" }, [])).toContain("<title>&lt;x&gt;</title>");
});

test("a shape without a place is refused", () => {
  expect(() => box({ x: Number.NaN, y: 0, width: 1, height: 1, kind: "" })).toThrow("a chart has no place NaN");
});
