import { expect, test } from "vitest";
import { runPart, SOAK_PARTS, type SoakPartName, tableOf } from "./run-part.js";
import { isSound } from "./soak-part.js";

/** The same every time, so that a failure is one of this program. `npm run soak` takes others. */
const SEED = 1;

/** Without `page`, whose short form is test/browser/situations.test.ts. */
const names = Object.keys(SOAK_PARTS).filter((name) => name !== "page") as Exclude<SoakPartName, "page">[];

const promises: Readonly<Record<(typeof names)[number], string>> = {
  "exactly-once": "loses, doubles and reorders nothing in a session that is cut again and again",
  killed: "rejects what was pending when the daemon was killed, says whether it may have run, and works with the next",
  idle: "keeps idle sessions, and nothing of those that have gone",
  mixed: "settles all promises under chaos, and fails by typed errors alone",
  model: "converges in each run of the model of resuming",
};

test.each(names)("%s, in short", { timeout: 90_000 }, async (name) => {
  const report = await runPart(name, { seed: SEED, isShort: true, say: () => {} });
  const verdict = isSound(report) ? "sound" : `not so: ${promises[name]}\n${tableOf(name, report)}`;
  expect(verdict).toBe("sound");
});
