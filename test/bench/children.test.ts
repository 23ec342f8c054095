import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { hasEnded } from "./support/has-ended.js";

const script = fileURLToPath(new URL("./support/foster-parent.mjs", import.meta.url));
const started: number[] = [];

afterEach(() => {
  for (const pid of started.splice(0)) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  }
});

async function family(): Promise<{ parent: ChildProcess; obedient: number; stubborn: number }> {
  const parent = spawn(process.execPath, [script], { stdio: ["ignore", "pipe", "inherit"] });
  const [text] = (await once(parent.stdout!, "data")) as [Buffer];
  const [obedient = 0, stubborn = 0] = text.toString().split(" ").map(Number);
  started.push(parent.pid!, obedient, stubborn);
  return { parent, obedient, stubborn };
}

describe("a child of the bench", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("ends with its parent on %s, and is killed when it won't", async (signal, code) => {
    const { parent, obedient, stubborn } = await family();
    parent.kill(signal);
    expect(await once(parent, "exit")).toEqual([code, null]);
    expect([await hasEnded(obedient), await hasEnded(stubborn)]).toEqual([true, true]);
  });

  test("ends when its parent was killed", async () => {
    const { parent, obedient } = await family();
    parent.kill("SIGKILL");
    expect(await hasEnded(obedient)).toBe(true);
  });
});
