import { RunningChromium } from "../browser/support/running-chromium.js";
import { liveThrough, type Seen, situations } from "../browser/support/situations.js";
import { SoakFindings, type SoakReport, type SoakRun } from "./soak-part.js";

/** Within the 120 s that daemons wait by default, from when they have found a line lost. */
const AWAY_MS = 100_000;
const STALL_MS = 120_000;
const AWAY_SHORT_MS = 3_500;
const SESSIONS_SHORT = { windowMs: 60_000, heartbeatMs: 1_000 };
/** A machine that was asleep is noticed by its clock, looked at every 10 s. */
const MAX_BACK_AFTER_MS = 12_000;

/** Pages in Chromium that are without their line for two minutes: nothing is missing, and nothing comes twice. */
export async function page({ isShort, say }: SoakRun): Promise<SoakReport> {
  const findings = new SoakFindings();
  await using chromium = await RunningChromium.start();
  for (const situation of situations) {
    say(`a page lives through this: ${situation.name}`);
    const sessions = isShort ? SESSIONS_SHORT : undefined;
    const awayMs = isShort ? AWAY_SHORT_MS : situation.isStall ? STALL_MS : AWAY_MS;
    const seen = await liveThrough(chromium, { situation, sessions, awayMs });
    report(findings, situation.name, seen);
  }
  return findings.report;
}

function report(findings: SoakFindings, name: string, seen: Seen): void {
  const { points, heard, answers, feeds, failures, states, backAfterMs } = seen;
  findings.note(`${name}: points, callbacks, answers`, [points, heard, [answers]].map(sizeOf).join(", "));
  const runs = [...points, ...heard, ...feeds.flatMap(({ heardBack, questions }) => [heardBack, questions])];
  findings.is(
    "  out of their order, missing or twice",
    runs.reduce((sum, run) => sum + run.toSorted(byNumber).filter((number, at) => number !== at + 1).length, 0) +
      [...points, ...heard].reduce((sum, run) => sum + run.filter((number, at) => number !== at + 1).length, 0),
    0,
  );
  findings.is("  answers that came twice", answers.length - new Set(answers).size, 0);
  findings.is("  that failed", failures.length, 0);
  findings.is("  sessions", feeds.length, 1);
  findings.is("  lines lost and found", states.filter((state) => state === "connected again").length, 1);
  findings.atMost("  ms until the next point", backAfterMs, MAX_BACK_AFTER_MS);
}

const byNumber = (a: number, b: number): number => a - b;

function sizeOf(runs: readonly (readonly number[])[]): number {
  return runs.reduce((sum, run) => sum + run.length, 0);
}
