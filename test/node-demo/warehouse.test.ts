import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Person } from "../../node-demo/warehouse/person.js";
import { Warehouse } from "../../node-demo/warehouse/warehouse.js";
import type { RunningProgram } from "../support/running-program.js";
import { runDemo } from "./support/run-demo.js";

/** Up to four Node processes compile the sources one after the other. */
const LIMIT_MS = 90_000;

const holds = (items: string): string => `The warehouse holds: ${items}`;
const STORE = "Type a thing you want to store (or nothing): ";
const TAKE = "Type a thing you want to take (or nothing): ";

/** What Janet answers, then Henry. */
const input = "lamp\nbike\n\npiano\n";
const visitors = [
  "This is Janet.",
  holds("chair, bike, flashlight, laptop, couch"),
  STORE,
  holds("chair, bike, flashlight, laptop, couch, lamp"),
  TAKE,
  "Thank you, come again!",
  "This is Henry.",
  holds("chair, flashlight, laptop, couch, lamp"),
  STORE,
  holds("chair, flashlight, laptop, couch, lamp"),
  TAKE,
  "It can't be had: there is no piano here",
  "Thank you, come again!",
];
const keeper = ["Janet stored the lamp.", "Janet took the bike."];

describe("a visit", () => {
  const printed: string[] = [];
  beforeEach(() => {
    printed.length = 0;
    vi.spyOn(console, "log").mockImplementation((line: string) => void printed.push(line));
  });
  afterEach(() => void vi.restoreAllMocks());

  test("brings what is named and takes what is there", async () => {
    const warehouse = new Warehouse();
    const answers = ["lamp", "couch"];
    await new Person("Janet", async () => answers.shift()!).visit(warehouse);
    expect(warehouse.list()).toEqual(["chair", "bike", "flashlight", "laptop", "lamp"]);
    expect(printed).toContain("Janet took the couch.");
  });

  test("does nothing where nothing is answered", async () => {
    const warehouse = new Warehouse();
    await new Person("Henry", async () => "").visit(warehouse);
    expect(warehouse.list()).toEqual(new Warehouse().list());
    expect(printed).toEqual([
      "This is Henry.",
      ...Array<string>(2).fill(holds(new Warehouse().list().join(", "))),
      "Thank you, come again!",
    ]);
  });
});

describe("the programs", () => {
  let home: string;
  beforeEach(() => void (home = mkdtempSync(join(tmpdir(), "warehouse-"))));
  afterEach(() => rmSync(home, { recursive: true, force: true }));

  const isOfKeeper = (line: string): boolean => keeper.includes(line);
  const printedBy = async (demo: RunningProgram): Promise<readonly string[]> => {
    expect([await demo.exitCode(), demo.output]).toEqual([0, expect.any(String)]);
    return demo.printed;
  };

  test(
    "step 1: one program",
    async () => {
      await using demo = runDemo("warehouse/1-one-program/visit.ts", { home, input });
      const printed = await printedBy(demo);
      expect(printed.filter((line) => !isOfKeeper(line))).toEqual(visitors);
      expect(printed.filter(isOfKeeper)).toEqual(keeper);
    },
    LIMIT_MS,
  );

  test.each([
    ["2-two-programs", ["warehouse"]],
    ["3-by-name", ["names", "warehouse"]],
  ])(
    "step %s: the same words from processes of their own",
    async (folder, served) => {
      await using demo = runDemo(`warehouse/${folder}/main.ts`, { home, input });
      const printed = await printedBy(demo);
      const rest = printed.filter((line) => !line.startsWith("Serving "));
      const serving = printed.map((line) => /^Serving ws:\/\/127\.0\.0\.1:\d+\/(\w+)$/.exec(line)?.[1]);
      expect(serving.filter((id) => id !== undefined)).toEqual(served);
      expect(rest.filter((line) => !isOfKeeper(line))).toEqual(visitors);
      expect(rest.filter(isOfKeeper)).toEqual(keeper);
    },
    LIMIT_MS,
  );
});
