import { describe, expect, test } from "vitest";
import { curveOf, figureOf, kneeOf, measureOf, ratioOf, type Sample, spreadOf } from "../../bench/statistics.mjs";

const pair = (round: number, raw: number, ours: number): readonly Sample[] => [
  { work: "call", round, peer: "raw", value: raw },
  { work: "call", round, peer: "ours", value: ours },
];
const which = { work: "call", peer: "ours", against: "raw" };

describe("spreadOf", () => {
  test.each([
    [[3], { median: 3, min: 3, max: 3, count: 1 }],
    [[10, 1, 2], { median: 2, min: 1, max: 10, count: 3 }],
    [[4, 1, 3, 2], { median: 2.5, min: 1, max: 4, count: 4 }],
  ])("of %j is %j", (values, spread) => {
    expect(spreadOf(values)).toEqual(spread);
  });
});

describe("ratioOf", () => {
  test("is taken round by round, so a slow round of the machine cancels out", () => {
    const samples = [...pair(1, 100, 50), ...pair(2, 10, 6), ...pair(3, 100, 70)];
    expect(ratioOf(samples, which)).toEqual({ median: 0.6, min: 0.5, max: 0.7, count: 3 });
  });

  test("leaves out a round in which one of the two failed", () => {
    const failed = [
      { work: "call", round: 2, peer: "raw", value: 1 },
      { work: "call", round: 2, peer: "ours", error: "no answer" },
    ];
    expect(ratioOf([...pair(1, 100, 50), ...failed], which)).toMatchObject({ min: 0.5, max: 0.5, count: 1 });
  });

  test("leaves out a round whose base is nothing", () => {
    expect(ratioOf(pair(1, 0, 5), which)).toBeUndefined();
  });

  test("of processor time adds both sides", () => {
    const samples = [
      { work: "call", round: 1, peer: "raw", value: 1, cpu: { server: 1, client: 3 } },
      { work: "call", round: 1, peer: "ours", value: 1, cpu: { server: 0.5, client: 0.5 } },
    ];
    expect(ratioOf(samples, { ...which, measure: "cpu" })?.median).toBe(0.25);
  });
});

test("measureOf has no processor time where a side's is unknown", () => {
  expect(measureOf({ work: "call", round: 1, peer: "raw", cpu: { server: 1 } }, "cpu")).toBeUndefined();
});

test("figureOf has none for work that never succeeded", () => {
  expect(figureOf([{ work: "call", round: 1, peer: "ours", error: "no answer" }], which)).toBeUndefined();
});

const curve = (...costs: readonly number[]) =>
  costs.map((cost, index) => ({ point: 10 ** index, cost: spreadOf([cost]) }));

test("curveOf takes the medians of the rounds, point by point and in order", () => {
  const sample = (round: number, points: NonNullable<Sample["points"]>) => ({ work: "w", round, peer: "p", points });
  const samples = [
    sample(1, [
      { point: 10, value: 5 },
      { point: 1, value: 9 },
    ]),
    sample(2, [
      { point: 1, value: 7 },
      { point: 10, value: 1 },
    ]),
    sample(3, [{ point: 1, value: 1 }]),
  ];
  expect(curveOf(samples, { work: "w", peer: "p" }).map(({ point, cost }) => [point, cost.median])).toEqual([
    [1, 7],
    [10, 3],
  ]);
});

describe("kneeOf", () => {
  test("is where the cost begins to stay above one and a half times the least before it", () => {
    expect(kneeOf(curve(100, 10, 11, 16, 30))).toBe(1000);
  });

  test("is none where the cost falls or stays", () => {
    expect(kneeOf(curve(100, 50, 10, 14))).toBeUndefined();
  });

  test("is none where the cost comes back", () => {
    expect(kneeOf(curve(10, 40, 12))).toBeUndefined();
  });
});
