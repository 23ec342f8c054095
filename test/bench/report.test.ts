import { describe, expect, test } from "vitest";
import { reportOf } from "../../bench/report.mjs";
import { results } from "./support/results.js";

const lines = reportOf(results).split("\n");
const section = (title: string) => {
  const from = lines.findIndex((line) => line.startsWith(`**${title}**`));
  return lines.slice(from, lines.indexOf("", from + 2));
};

describe("the report of a run", () => {
  test("says of each target of the measured work whether it is met", () => {
    expect(lines).toContain(
      "| stream of small items, server to client, raw ws echo = 1 | >= 4 | 4.3 (4.2-4.4) | met |",
    );
    expect(lines).toContain("| server memory of an idle session | <= 14 KiB | 16 | missed |");
    expect(lines).toContain(
      "| add(2, 3), 64 in flight, processor time of both sides, raw ws echo = 1 | <= 0.35 | - | not measured |",
    );
    expect(lines.filter((line) => line.includes("1 MiB"))).toEqual([]);
  });

  test("has figures, ratios of the same round and processor times of each peer", () => {
    expect(section("stream of small items, server to client")).toEqual([
      "**stream of small items, server to client** (more is better)",
      "",
      "| | items/s | ratio to raw ws echo | server, s for 100 000 | client, s for 100 000 | both, ratio |",
      "|---|--:|--:|--:|--:|--:|",
      "| raw ws echo | 1,500 (1,000-2,000) | 1 | 1 | 1 | 1 |",
      "| **hearthwire** | 6,500 (4,200-8,800) | 4.3 (4.2-4.4) | 0.25 | 0.5 | 0.38 |",
      "| capnweb | 500 | 0.5 | 2 | 2 | 2 |",
    ]);
  });

  test("has no processor times where none were taken", () => {
    expect(section("server memory of an idle session")[2]).toBe("| | KiB | ratio to raw ws echo |");
  });

  test("says where a growth curve has its knee", () => {
    expect(lines).toContain(
      "| calls in flight: time of a call | hearthwire | 100 µs at 1 | 50 µs at 1,024 | knee at 1,024 |",
    );
  });

  test("names what failed, by its first line", () => {
    expect(lines).toContain("- stream, capnweb, round 2: no answer");
  });

  test("says what it was measured on", () => {
    expect(lines.at(-1)).toContain("2 rounds, 2026-01-02T03:04:05.000Z, Node v20.0.0, 2 x Abacus <One>, Linux 6");
    expect(lines.at(-1)).toContain("hearthwire 1.2.3, capnweb 0.1.0");
  });

  test("warns of a machine that was busy, and of none else", () => {
    const busy = { ...results, environment: { ...results.environment, load: 0.71 } };
    expect(reportOf(busy)).toContain("The machine was busy (load 0.71)");
    expect(reportOf(results)).not.toContain("busy");
  });

  test("says that a quick run is of cold code, and of none else", () => {
    const quick = { ...results, effort: { ...results.effort, warmMs: 150 } };
    expect(reportOf(quick)).toContain("A quick run");
    expect(reportOf({ ...results, effort: { ...results.effort, warmMs: 2000 } })).not.toContain("quick");
  });
});
