import { describe, expect, test } from "vitest";
import { rows } from "../../bench/report.mjs";
import { peers } from "../../bench/peers.mjs";
import { boundOf, judge, type Target, targets } from "../../bench/targets.mjs";

const samples = [
  { work: "stream", round: 1, peer: "raw-ws", value: 100 },
  { work: "stream", round: 1, peer: "hearthwire", value: 400 },
  { work: "memory", round: 1, peer: "hearthwire", value: 14 },
];
const verdictOf = (target: Target) => judge(samples, [target])[0]?.verdict;
const stream = { work: "stream", measure: "value", against: "raw-ws" } as const;

describe("judge", () => {
  test.each([
    [{ ...stream, atLeast: 4 }, "met"],
    [{ ...stream, atLeast: 4.01 }, "missed"],
    [{ ...stream, atMost: 4 }, "met"],
    [{ ...stream, atMost: 3.99 }, "missed"],
    [{ ...stream, above: 3.99 }, "met"],
    [{ ...stream, above: 4 }, "missed"],
    [{ ...stream, against: "capnweb", above: 1 }, "not measured"],
    [{ work: "memory", measure: "value", atMost: 14, unit: "KiB" }, "met"],
    [{ work: "memory", measure: "value", atMost: 13, unit: "KiB" }, "missed"],
  ] as const)("says of %j: %s", (target, verdict) => {
    expect(verdictOf(target)).toBe(verdict);
  });
});

describe("the targets", () => {
  test("are of work and peers that are measured, each with one bound", () => {
    for (const { work, against, atLeast, atMost, above } of targets) {
      expect(rows.map(({ name }) => name)).toContain(work);
      if (against !== undefined) expect(peers.map(({ name }) => name)).toContain(against);
      expect([atLeast, atMost, above].filter((bound) => bound !== undefined)).toHaveLength(1);
    }
  });

  test("are shown with their bound", () => {
    expect(boundOf({ ...stream, atLeast: 4 })).toBe(">= 4");
    expect(boundOf({ work: "memory", measure: "value", atMost: 14, unit: "KiB" })).toBe("<= 14 KiB");
    expect(boundOf({ ...stream, above: 1 })).toBe("> 1");
  });
});
