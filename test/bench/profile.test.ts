import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { flameChart } from "../../bench/flame-chart.mjs";
import { MeasuredProfile } from "../../bench/measured-profile.mjs";
import { type CpuProfile, parseProfile, roomOf, selfTimes, stacksOf } from "../../bench/profile.mjs";

const node = (id: number, functionName: string, { url = "", children = [] as readonly number[] } = {}) => ({
  id,
  callFrame: { functionName, url, lineNumber: 1 },
  children,
});

/** The root calls `send` from two places, which calls `sign`; the rest is idle. */
const profile: CpuProfile = {
  nodes: [
    node(1, "(root)", { children: [2, 3, 6] }),
    node(2, "send", { url: "file:///x/dist/session/channel.js", children: [4] }),
    node(3, "send", { url: "file:///x/dist/session/channel.js", children: [5] }),
    node(4, "sign", { url: "file:///x/node_modules/@noble/hashes/hmac.js" }),
    node(5, "sign", { url: "file:///x/node_modules/@noble/hashes/hmac.js" }),
    node(6, "(idle)"),
  ],
  samples: [2, 4, 5, 6, 3],
  timeDeltas: [10, 30, 20, 1000, 5],
};

describe("parseProfile", () => {
  test("reads a profile", () => expect(parseProfile(JSON.stringify(profile), "a")).toEqual(profile));

  test.each(["# text", "null", "{}", '{"nodes":[],"samples":1,"timeDeltas":[]}'])("refuses %s by its file", (text) => {
    expect(() => parseProfile(text, "other.json")).toThrow("other.json is no profile of V8, such as npm run bench");
  });
});

describe("stacksOf", () => {
  const root = stacksOf(profile);

  test("adds up calls of the same function by the same one, without idle time", () => {
    expect(root.totalUs).toBe(65);
    expect(root.calls).toMatchObject([
      { name: "send", room: "hearthwire session", selfUs: 15, totalUs: 65, calls: [{ name: "sign", totalUs: 50 }] },
    ]);
  });

  test("tells times of functions and of packages, the longest first", () => {
    expect(selfTimes(root, ({ name }) => name)).toEqual([
      ["sign", 50],
      ["send", 15],
    ]);
    expect(selfTimes(root, ({ room }) => room)).toEqual([
      ["@noble/hashes", 50],
      ["hearthwire session", 15],
    ]);
  });

  test("become a chart in which each is as wide as its time", () => {
    const chart = flameChart(root);
    const widths = [...chart.matchAll(/width="([\d.]+)" height="16"/g)].map(([, width]) => Number(width));
    expect(widths.toSorted((a, b) => b - a)).toEqual([1199.5, 1199.5, 922.6]);
    expect(chart).toContain(">sign, @noble/hashes</text>");
  });
});

test.each([
  ["file:///x/node_modules/ws/lib/sender.js", "ws"],
  ["file:///x/bench/node_modules/@trpc/client/dist/index.mjs", "@trpc/client"],
  ["file:///x/dist/wire/frame.js", "hearthwire wire"],
  ["file:///x/bench/rate.mjs", "bench"],
  ["node:internal/stream_base_commons", "node"],
  ["", "native"],
])("a function of %s is of %s", (url, room) => {
  expect(roomOf(url)).toBe(room);
});

test("a profile in which nothing ran has a chart too", () => {
  const idle = { nodes: [node(1, "(root)", { children: [2] }), node(2, "(idle)")], samples: [2], timeDeltas: [9] };
  expect(flameChart(stacksOf(idle))).not.toMatch(/NaN|Infinity/);
});

test("a profile is of what ran between its two ends, each measurement in a file of its own", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hearthwire-bench-profile-"));
  try {
    const profile = new MeasuredProfile(join(folder, "made/one"));
    const read = (name: string) => JSON.parse(readFileSync(join(folder, "made", name), "utf8")) as CpuProfile;
    await profile.toggle();
    function busyBee(): number {
      const endMs = performance.now() + 50;
      let turns = 0;
      while (performance.now() < endMs) turns += 1;
      return turns;
    }
    expect(busyBee()).toBeGreaterThan(0);
    expect(existsSync(join(folder, "made"))).toBe(false);
    await profile.toggle();
    expect(selfTimes(stacksOf(read("one.cpuprofile")), ({ name }) => name).map(([name]) => name)).toContain("busyBee");
    await profile.toggle();
    await profile.toggle();
    expect(selfTimes(stacksOf(read("one-2.cpuprofile")), ({ name }) => name).map(([name]) => name)).not.toContain(
      "busyBee",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
