import { describe, expect, it } from "vitest";
import { fuzz, HONEST } from "./run-fuzz.js";
import { targets } from "./targets.js";

/** Of each target, some hundreds to thousands; `npm run fuzz` goes on for as long as asked. */
const INPUTS_PER_SHARE = 300;
const SEED = 20_260_101;

describe("fuzzing", () => {
  it.each(targets)("$name: hostile inputs break no rule", { timeout: 60_000 }, async ({ target, share }) => {
    const report = await fuzz(target, { seed: SEED, count: INPUTS_PER_SHARE * share });
    expect(report.failure).toBeUndefined();
    expect(report.inputs).toBeGreaterThanOrEqual(INPUTS_PER_SHARE * share);
  });

  it.each(targets)(
    "$name: most kinds of outcome are reached, so that it is known to go deep",
    { timeout: 60_000 },
    async ({ target, kinds }) => {
      const { outcomes } = await fuzz(target, { seed: SEED + 1, count: INPUTS_PER_SHARE });
      const reached = [...outcomes.keys()].filter((outcome) => !outcome.startsWith(HONEST));
      expect(reached.length).toBeGreaterThanOrEqual(kinds);
    },
  );

  it("makes the same case again from seed, target and number", async () => {
    const [{ target }] = targets as [(typeof targets)[0]];
    const run = async () => [...(await fuzz(target, { seed: 7, count: 20, firstCase: 40 })).outcomes];
    expect(await run()).toEqual(await run());
  });
});
