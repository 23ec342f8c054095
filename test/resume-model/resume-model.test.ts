import { expect, test } from "vitest";
import { Coverage } from "./coverage.js";
import { MOVES } from "./moves.js";
import { runResumeModel } from "./run.js";

const PARTS = 4;
const RUNS = 70;

/** What must have happened at least once, beside every move. */
const STATES = [
  "CONFIRM overtaken by a newer one",
  "attack: HELLO replayed",
  "attack: daemon impersonated",
  "attack: frame reflected",
  "attack: frame replayed",
  "attack: whole line replayed",
  "callbacks",
  "client: fetched the end",
  "client: lease over",
  "client: session ended",
  "client: unopened session lost",
  "closed by the client: 4400",
  "closed by the client: 4408",
  "closed by the server: 4400",
  "closed by the server: 4401",
  "closed by the server: 4408",
  "closed by the server: 4409",
  "congested",
  "cut after CONFIRM",
  "cut after HELLO",
  "cut after WELCOME",
  "cut before HELLO",
  "cut: one side alone sees it",
  "cut: tail to the client lost",
  "cut: tail to the server lost",
  "failed: not-sent",
  "failed: unknown",
  "items",
  "key rotated",
  "pending handshake replaced",
  "renewal failed",
  "renewed",
  "resumed after a loss",
  "resumed while attached",
  "sent again by the client",
  "sent again by the server",
  "server detached: HW_CREDENTIALS_EXPIRED",
  "server ends a detached session",
  "server: lease over",
  "two handshakes of one session",
];

const coverage = new Coverage([...STATES, ...Object.keys(MOVES).map((name) => `move: ${name}`)]);

test.each(Array.from({ length: PARTS }, (_, part) => part))(
  "sessions outlive their sockets: each message once and in order, whatever the lines do (part %d)",
  { timeout: 60_000 },
  async (part) => {
    for (let seed = part * RUNS; seed < (part + 1) * RUNS; seed++)
      await expect(runResumeModel({ seed, coverage })).resolves.toBeUndefined();
  },
);

test("the runs have seen all moves and all states that matter", () => {
  expect(coverage.missing).toEqual([]);
});

test("a seed is the same run each time", async () => {
  const counts = async (): Promise<unknown> => {
    const own = new Coverage();
    await runResumeModel({ seed: 4, coverage: own });
    return own.counts;
  };
  expect(await counts()).toEqual(await counts());
});
