import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { compilers } from "../support/consumer.js";

const here = fileURLToPath(new URL("./", import.meta.url));

test("there are type tests to compile", () => {
  expect(readdirSync(here).filter((name) => name.endsWith(".types.ts"))).not.toEqual([]);
});

// Lines that must not compile stand there under @ts-expect-error, so a type that became too wide is an error as well.
test.each(compilers)("the type tests hold under $name", { timeout: 180_000 }, ({ path }) => {
  const { status, stdout } = spawnSync(process.execPath, [path, "-p", here], { encoding: "utf8", timeout: 170_000 });
  expect({ status, stdout }).toEqual({ status: 0, stdout: "" });
});
