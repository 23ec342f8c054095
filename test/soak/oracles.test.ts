import { describe, expect, test } from "vitest";
import { CallError, ConnectionError, RemoteError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { isSound, shown, SoakFindings } from "./soak-part.js";
import { tableOf } from "./run-part.js";
import { ErrorTally } from "./support/error-tally.js";
import { ExactlyOnceLoad, type ExactlyOnceTotals } from "./support/exactly-once-load.js";
import { heapTrend } from "./support/heap-trend.js";
import { Ledger, NOTHING_WRONG, together } from "./support/ledger.js";
import { MixedLoad } from "./support/mixed-load.js";
import { Works } from "./support/works.js";

const taken = (...numbers: readonly number[]): Ledger => {
  const ledger = new Ledger();
  for (const number of numbers) ledger.take(number);
  return ledger;
};

describe("Ledger", () => {
  test.each([
    ["nothing", [0, 1, 2, 3], NOTHING_WRONG],
    ["the last", [0, 1, 2], { lost: 1, doubled: 0, reordered: 0 }],
    ["one in the middle", [0, 1, 3], { lost: 1, doubled: 0, reordered: 1 }],
    ["the first", [1, 2, 3], { lost: 1, doubled: 0, reordered: 3 }],
    ["one twice, at once", [0, 1, 1, 2, 3], { lost: 0, doubled: 1, reordered: 0 }],
    ["one twice, later", [0, 1, 2, 3, 0], { lost: 0, doubled: 1, reordered: 0 }],
    ["two in the wrong order", [0, 2, 1, 3], { lost: 0, doubled: 0, reordered: 1 }],
    ["an early one twice", [0, 2, 2, 1, 3], { lost: 0, doubled: 1, reordered: 1 }],
    ["one that nobody made", [0, 1, 2, 3, 4], { lost: 0, doubled: 1, reordered: 0 }],
    ["everything", [], { lost: 4, doubled: 0, reordered: 0 }],
  ])("notices %s", (_what, numbers, report) => {
    expect(taken(...numbers).report(4)).toEqual(report);
  });

  test("adds reports up", () => {
    expect(together([taken(0, 0).report(2), taken(1).report(2)])).toEqual({ lost: 2, doubled: 1, reordered: 1 });
  });
});

const TOTALS: ExactlyOnceTotals = {
  calls: 20,
  notes: 20,
  itemsUp: 20,
  itemsDown: 20,
  callbacks: 20,
  bodies: 1,
  references: 1,
};

async function loaded(works: Works) {
  await using peers = await linkedPeers({ works });
  const load = new ExactlyOnceLoad(peers.object("works"), TOTALS);
  void load.run();
  // One that hangs is not waited for.
  for (let looks = 0; looks < 2_000 && !load.progress.isDone; looks++) await new Promise((done) => setImmediate(done));
  return { ...load.progress, faults: works.faults(TOTALS) };
}

describe("the oracle of exactly once", () => {
  test("finds nothing wrong with what is right", async () => {
    expect(await loaded(new Works())).toMatchObject({
      settled: TOTALS,
      itemsDown: NOTHING_WRONG,
      callbacks: NOTHING_WRONG,
      wrong: 0,
      failures: 0,
      isDone: true,
      faults: { calls: NOTHING_WRONG, notes: NOTHING_WRONG, itemsUp: NOTHING_WRONG, wrongAnswers: 0 },
    });
  });

  test("notices a call that runs twice", async () => {
    class Twice extends Works {
      override step(number: number): number {
        if (number === 7) super.step(number);
        return super.step(number);
      }
    }
    expect((await loaded(new Twice())).faults.calls).toEqual({ lost: 0, doubled: 1, reordered: 0 });
  });

  test("notices a call that is answered and never ran, and one whose answer is another's", async () => {
    class Never extends Works {
      override step(number: number): number {
        return number === 7 ? 8 : super.step(number);
      }
    }
    const { faults, wrong } = await loaded(new Never());
    expect(faults.calls).toMatchObject({ lost: 1, doubled: 0 });
    expect(wrong).toBe(1);
  });

  test("notices calls that start in another order", async () => {
    class Swapped extends Works {
      override step(number: number): number {
        const swapped = number === 7 ? 8 : number === 8 ? 7 : number;
        super.step(swapped);
        return number * 2 + 1;
      }
    }
    expect((await loaded(new Swapped())).faults.calls).toEqual({ lost: 0, doubled: 0, reordered: 1 });
  });

  test("notices a call that is never answered", async () => {
    class Mute extends Works {
      override step(number: number): number {
        return number === 7 ? (new Promise<never>(() => {}) as unknown as number) : super.step(number);
      }
    }
    expose(Mute, ["step"]);
    const { promises, settled, isDone } = await loaded(new Mute());
    expect(promises.made - promises.settled).toBe(1);
    expect([settled.calls, isDone]).toEqual([19, false]);
  });

  test("notices a call that fails", async () => {
    class Failing extends Works {
      override step(number: number): number {
        if (number === 7) throw new Error("not this one");
        return super.step(number);
      }
    }
    const { failures, firstFailures } = await loaded(new Failing());
    expect(failures).toBe(1);
    expect(firstFailures[0]).toContain("not this one");
  });

  test("notices a note that is lost", async () => {
    class Deaf extends Works {
      override note(number: number): void {
        if (number !== 3) super.note(number);
      }
    }
    expect((await loaded(new Deaf())).faults.notes).toMatchObject({ lost: 1, doubled: 0 });
  });

  test.each([
    ["lost", [0, 1, 3], { lost: 17, doubled: 0, reordered: 1 }],
    ["doubled", [0, 1, 1], { lost: 18, doubled: 1, reordered: 0 }],
    ["reordered", [1, 0, 2], { lost: 17, doubled: 0, reordered: 1 }],
  ])("notices an item of the daemon's that is %s", async (_fate, items, report) => {
    class Crooked extends Works {
      override async *down(): AsyncGenerator<number, void, void> {
        yield* items;
      }
    }
    expect((await loaded(new Crooked())).itemsDown).toEqual(report);
  });

  test("notices an item of the client's that is doubled", async () => {
    class Stammering extends Works {
      override up(items: AsyncIterable<number>, count: number): Promise<number> {
        const stammered = async function* () {
          for await (const item of items) {
            yield item;
            if (item === 5) yield item;
          }
        };
        return super.up(stammered(), count);
      }
    }
    expect((await loaded(new Stammering())).faults.itemsUp).toEqual({ lost: 0, doubled: 1, reordered: 0 });
  });

  test.each([
    ["doubled", [0, 0, 1], { lost: 18, doubled: 1, reordered: 0 }],
    ["lost", [0, 2], { lost: 18, doubled: 0, reordered: 1 }],
  ])("notices a callback that is %s", async (_fate, numbers, report) => {
    class Insistent extends Works {
      override async callBack(
        listener: Parameters<Works["callBack"]>[0],
        range: Parameters<Works["callBack"]>[1],
      ): Promise<number> {
        for (const number of numbers) await listener(number);
        return range.count;
      }
    }
    expect((await loaded(new Insistent())).callbacks).toEqual(report);
  });
});

describe("the oracle of mixed load", () => {
  async function mixed(works: Works) {
    await using peers = await linkedPeers({ works });
    const load = new MixedLoad(peers.object("works"), { name: "a", seed: 1 });
    const run = load.run();
    for (let looks = 0; looks < 10_000 && load.progress.rounds < 2; looks++) {
      await new Promise((done) => setImmediate(done));
    }
    load.stop();
    await run;
    return load.progress;
  }

  test("finds nothing wrong with what is right", async () => {
    const works = new Works();
    const { wrong, untyped, promises, isDone } = await mixed(works);
    expect([wrong, untyped, isDone, works.openRounds]).toEqual([[], [], true, 0]);
    expect(promises.made).toBe(promises.settled);
  });

  test("notices a call that runs twice", async () => {
    class Twice extends Works {
      override run(round: string, number: number): number {
        super.run(round, number);
        return super.run(round, number);
      }
    }
    expect((await mixed(new Twice())).wrong[0]).toMatch(/call 0 of a\/0 ran 2 times/);
  });

  test("notices a call that is answered and never ran", async () => {
    class Never extends Works {
      override run(_round: string, number: number): number {
        return number;
      }
    }
    expect((await mixed(new Never())).wrong[0]).toMatch(/was answered and did not run/);
  });
});

describe("ErrorTally", () => {
  test.each([
    ["one of ours", new ConnectionError("HW_SESSION_LOST", "lost", { delivery: "unknown" }), true],
    ["what the program threw", new RemoteError("no", { name: "RangeError", code: "E_SOAK" }), true],
    ["one of ours with a code that is not ours", new CallError("E_OTHER" as never, "no"), false],
    ["any other error", new TypeError("undefined is not a function"), false],
    ["no error at all", "sorry", false],
  ])("knows %s", (_what, error, isTyped) => {
    const tally = new ErrorTally();
    expect(tally.note(error)).toBe(isTyped);
    expect(tally.untyped.length).toBe(isTyped ? 0 : 1);
    expect([...tally.kinds.values()]).toEqual([1]);
  });
});

describe("heapTrend", () => {
  const MIB = 1024 * 1024;
  const samples = (mib: (index: number) => number) =>
    Array.from({ length: 150 }, (_, index) => ({ atMs: index * 10_000, bytes: mib(index) * MIB }));

  test.each([
    ["that stays", () => 20, true],
    ["that goes up and down", (index: number) => 20 + (index % 7), true],
    ["that shrinks", (index: number) => 40 - index / 10, true],
    ["that grows by a tenth", (index: number) => 40 + (4 * index) / 150, false],
    ["that grows slowly and goes up and down", (index: number) => 20 + (index % 5) + index / 60, false],
    ["that is twice as large once", (index: number) => (index === 70 ? 45 : 20), false],
  ])("of a heap %s", (_how, mib, isFlat) => {
    expect(heapTrend(samples(mib)).isFlat).toBe(isFlat);
  });

  test("says how much was gained, over the whole time", () => {
    expect(heapTrend(samples((index) => 20 + (3 * index) / 149)).growthBytes).toBeCloseTo(3 * MIB, -3);
    expect(heapTrend([]).isFlat).toBe(true);
  });
});

describe("a report", () => {
  test("is sound when every figure is within its limit and nothing else was wrong", () => {
    const findings = new SoakFindings();
    findings.is("lost", 0, 0);
    findings.atMost("KiB each", 14, 14);
    findings.atLeast("cuts", 300, 300);
    findings.note("seconds", 12.345);
    expect(isSound(findings.report)).toBe(true);
    expect(tableOf("exactly-once", findings.report)).toMatch(/^exactly-once: sound\n {4}lost +0 +0\n/);
  });

  test.each([
    ["another number", (findings: SoakFindings) => findings.is("lost", 1, 0)],
    ["too much", (findings: SoakFindings) => findings.atMost("KiB each", 14.1, 14)],
    ["too little", (findings: SoakFindings) => findings.atLeast("cuts", 299, 300)],
    ["no number", (findings: SoakFindings) => findings.atMost("KiB each", Number.NaN, 14)],
    ["a fault", (findings: SoakFindings) => findings.fault("the connection was closed")],
  ])("is not sound with %s", (_what, find) => {
    const findings = new SoakFindings();
    find(findings);
    expect(isSound(findings.report)).toBe(false);
    expect(tableOf("idle", findings.report)).toMatch(/^idle: FAILED\n {2}✘ /);
  });

  test("shows numbers so that they can be read", () => {
    expect([1_000_000, 999, 12.345, 3.14159, -1_234].map(shown)).toEqual([
      "1 000 000",
      "999",
      "12.3",
      "3.14",
      "-1 234",
    ]);
  });
});
