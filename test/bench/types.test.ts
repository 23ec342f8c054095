import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("../../bench/types.mjs", import.meta.url));
const bench = (...args: readonly string[]) =>
  spawnSync(process.execPath, [script, ...args], { encoding: "utf8", timeout: 110_000 });

test("the bench of types prints what both compilers take for a program", { timeout: 120_000 }, () => {
  const { status, stdout, stderr } = bench("--classes", "3", "--rounds", "1");
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  for (const program of ["connected", "six uses each"]) {
    for (const compiler of ["TypeScript 7", "TypeScript 5.9"]) {
      expect(stdout).toMatch(new RegExp(`\\| ${program} \\| ${compiler} \\| \\d+\\.\\d\\d s \\(`));
    }
  }
});

test("the bench of types refuses a number that is none", () => {
  const { status, stderr } = bench("--classes", "many");
  expect(status).not.toBe(0);
  expect(stderr).toContain('"--classes" must be an integer 1..5000, got many');
});
