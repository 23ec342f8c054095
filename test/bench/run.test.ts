import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { findBrowser } from "../support/find-browser.mjs";
import { hasEnded } from "./support/has-ended.js";

const script = fileURLToPath(new URL("../../bench/run.mjs", import.meta.url));
const bench = (...args: readonly string[]) =>
  spawnSync(process.execPath, [script, ...args], { encoding: "utf8", timeout: 55_000 });

test("the bench checks its peers, measures them and says what was reached", () => {
  const folder = mkdtempSync(join(tmpdir(), "hearthwire-bench-run-"));
  try {
    const out = join(folder, "results.json");
    const works = ["stream", "callback"];
    const { status, stdout, stderr } = bench("--quick", "--only", works.join(), "--peers", "signed-ws", "--out", out);
    expect({ status, progress: stderr.split("\n").length }).toEqual({ status: 0, progress: 4 });
    expect(stderr).toMatch(
      /^round 1 of 1, 1 of 3: raw-ws, stream callback\nround 1 of 1, 2 of 3, \d+ s left: signed-ws/,
    );
    expect(stdout).toMatch(
      /\| stream of small items, server to client, raw ws echo = 1 \| >= 4 \| [\d.]+ \| (met|missed) \|/,
    );
    const { samples } = JSON.parse(readFileSync(out, "utf8")) as {
      samples: { peer: string; work: string; value: number }[];
    };
    expect(samples.map(({ peer, work }) => `${peer} ${work}`)).toEqual(
      // The signed echo has no stream and calls nobody back.
      ["raw-ws", "hearthwire"].flatMap((peer) => works.map((work) => `${peer} ${work}`)),
    );
    for (const { value } of samples) expect(value).toBeGreaterThan(0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.skipIf(findBrowser() === undefined)("the bench measures in a page", () => {
  const { status, stdout } = bench("--quick", "--only", "page-stream", "--peers", "raw-ws");
  expect(status).toBe(0);
  expect(stdout).toMatch(/\| \*\*hearthwire\*\* \| [\d,.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \| [\d.]+ \|/);
});

test("the bench refuses work that it doesn't know", () => {
  const { status, stdout, stderr } = bench("--only", "nothing");
  expect([status, stdout]).toEqual([1, ""]);
  expect(stderr).toContain('"--only" must name some of sequential, in-flight');
});

test.skipIf(process.platform !== "linux")("an interrupted bench leaves no process behind", async () => {
  const run = spawn(
    process.execPath,
    [script, "--quick", "--rounds", "50", "--only", "sequential", "--peers", "raw-ws"],
    {
      stdio: "ignore",
    },
  );
  const ended = once(run, "exit");
  const childrenOf = () =>
    readFileSync(`/proc/${run.pid}/task/${run.pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  await expect.poll(childrenOf, { timeout: 20_000 }).toHaveLength(2);
  const children = childrenOf();
  run.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  expect(await Promise.all(children.map((pid) => hasEnded(pid)))).toEqual([true, true]);
});
