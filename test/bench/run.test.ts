import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../../bench/run.mjs", import.meta.url));
const bench = (...args: readonly string[]) =>
  spawnSync(process.execPath, [script, ...args], { encoding: "utf8", timeout: 55_000 });

test("the bench checks both peers, measures them and prints their ratio", () => {
  const { status, stdout, stderr } = bench("--quick", "--only", "stream");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "round 1 of 1\n" });
  expect(stdout).toMatch(/\| stream of small items \| [\d,.]+ items\/s \| [\d,.]+ items\/s \| \d+\.\d\d \(/);
});

test("the bench refuses work that it doesn't know", () => {
  const { status, stderr } = bench("--only", "nothing");
  expect(status).not.toBe(0);
  expect(stderr).toContain('"--only" must name some of sequential, in-flight');
});
