import { createConnection } from "node:net";
import { describe, expect, test } from "vitest";
import { connect, serve } from "../../src/node.js";
import type { RunningProgram } from "../support/running-program.js";
import { programKey } from "./support/signalled-program.js";
import { startSignalledProgram as start } from "./support/start-signalled-program.js";

interface Work {
  take(ms: number): number;
  pid(): number;
}

/** A call that the program runs, and the URL of its daemon. */
async function busy(program: RunningProgram, ms: number) {
  const [, url] = await program.line(/^ready (ws:.*)$/);
  const work = await connect<Work>(`${url}${url!.endsWith("/") ? "" : "/"}work`, { key: programKey });
  const taken = Promise.resolve(work.take(ms));
  taken.catch(() => undefined);
  await program.line(/^taking$/);
  return { taken, url };
}

function isListening(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = createConnection(Number(port), hostname);
    socket.on("connect", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}

describe("a program that serves", () => {
  test("lets running calls finish on SIGTERM, and is then ended by it", async () => {
    await using program = start();
    const { taken } = await busy(program, 300);
    program.signal("SIGTERM");
    expect(await taken).toEqual(expect.any(Number));
    expect(await program.status()).toBe("SIGTERM");
    expect(program.printed.at(-1)).toBe("closed");
  });

  test("is ended by SIGTERM though it has a server of its own besides", async () => {
    await using program = start({ attaches: true });
    const { taken } = await busy(program, 300);
    program.signal("SIGTERM");
    expect(await taken).toEqual(expect.any(Number));
    expect(await program.status()).toBe("SIGTERM");
  });

  test("is ended by SIGTERM with the grace, whatever still runs", async () => {
    await using program = start({ closeOnSignal: { graceMs: 200 } });
    const { taken } = await busy(program, 60_000);
    program.signal("SIGTERM");
    await expect(taken).rejects.toMatchObject({ delivery: "unknown" });
    expect(await program.status()).toBe("SIGTERM");
    expect(program.printed.at(-1)).toBe("closed");
  });

  test("is ended by the second SIGTERM at once", async () => {
    await using program = start({ closeOnSignal: { graceMs: 60_000 } });
    const { url } = await busy(program, 60_000);
    program.signal("SIGTERM");
    // The first one has been taken: nobody listens there any more.
    await expect.poll(() => isListening(url!)).toBe(false);
    program.signal("SIGTERM");
    expect(await program.status()).toBe("SIGTERM");
    expect(program.printed).not.toContain("closed");
  });

  test("is ended when the last of its daemons has closed", async () => {
    await using program = start({ second: { closeOnSignal: { graceMs: 10_000 } } });
    const { taken } = await busy(program, 300);
    program.signal("SIGTERM");
    expect(await taken).toEqual(expect.any(Number));
    expect(await program.status()).toBe("SIGTERM");
  });

  test.each([
    ["SIGTERM", false],
    ["SIGINT", {}],
    ["SIGTERM", { signals: ["SIGINT"] }],
  ] as const)("is ended by %s at once when its option is %j", async (signal, closeOnSignal) => {
    await using program = start({ closeOnSignal });
    await busy(program, 60_000);
    program.signal(signal);
    expect(await program.status()).toBe(signal);
    expect(program.printed).not.toContain("closed");
  });

  test("lets running calls finish on SIGINT when it is told so", async () => {
    await using program = start({ closeOnSignal: { signals: ["SIGINT", "SIGTERM"] } });
    const { taken } = await busy(program, 300);
    program.signal("SIGINT");
    expect(await taken).toEqual(expect.any(Number));
    expect(await program.status()).toBe("SIGINT");
  });

  test.each(["on", "on-before"] as const)("keeps control when it listens itself (%s)", async (listens) => {
    await using program = start({ listens });
    const { taken } = await busy(program, 500);
    expect(program.printed).toContain("listeners 1 1");
    program.signal("SIGTERM");
    await program.line(/^own listener$/);
    expect(await taken).toEqual(expect.any(Number));
    expect(program.printed).not.toContain("closed");
    program.signal("SIGKILL");
    expect(await program.status()).toBe("SIGKILL");
  });

  test("keeps control of the first signal when it listens once, and of no other", async () => {
    await using program = start({ listens: "once" });
    const { taken } = await busy(program, 1_000);
    program.signal("SIGTERM");
    await program.line(/^own listener$/);
    expect(program.printed).not.toContain("closed");
    program.signal("SIGTERM");
    expect(await taken).toEqual(expect.any(Number));
    expect(await program.status()).toBe("SIGTERM");
    expect(program.printed.at(-1)).toBe("closed");
  });

  test("is looked after again when it has ended listening", async () => {
    await using program = start({ listens: "and-leaves" });
    const { taken } = await busy(program, 300);
    program.signal("SIGTERM");
    expect(await taken).toEqual(expect.any(Number));
    expect(await program.status()).toBe("SIGTERM");
    expect(program.printed.at(-1)).toBe("closed");
  });

  test("has no listener left once its daemon is closed", async () => {
    await using program = start({ closes: true });
    await program.line(/^ready$/);
    expect(program.printed).toContain("listeners 0 0");
    program.signal("SIGTERM");
    expect(await program.status()).toBe("SIGTERM");
  });
});

describe("the option closeOnSignal", () => {
  test.each([
    [true, '"closeOnSignal" must be false, or an object of the signals and the grace, got true'],
    [{ signals: ["SIGTERM", "SIGKILL"] }, '"closeOnSignal.signals[1]" must be "SIGTERM" or "SIGINT", got "SIGKILL"'],
    [{ signals: ["the secret"] }, '"closeOnSignal.signals[0]" must be "SIGTERM" or "SIGINT", got a string'],
    [
      { signals: "SIGTERM" },
      '"closeOnSignal.signals" must be an array of "SIGTERM" and "SIGINT", got a text of 7 characters',
    ],
    [{ graceMs: -1 }, '"closeOnSignal.graceMs" must be an integer 0..2147483647 (ms), got -1'],
    [{ gracems: 1 }, '"closeOnSignal.gracems" is no option here; there are signals, graceMs'],
  ])("refuses %j", async (closeOnSignal, message) => {
    await expect(serve({}, { keys: programKey, closeOnSignal: closeOnSignal as never })).rejects.toThrow(message);
  });
});
