import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { ChildProgram } from "../support/child-program.js";
import type { ClientOrders } from "./support/client-orders.js";
import { SoakSite } from "./support/soak-site.js";
import { SoakFindings, type SoakReport, type SoakRun } from "./soak-part.js";

/** Calls that one session has unanswered at most; further ones wait in the client. */
const MAX_UNANSWERED = 256;
const CLIENTS = 4;
/** Some wait, in each client, and have not been sent. */
const CALLS = 300;
const HEARTBEAT_MS = 1_000;
const WINDOW_MS = 3_000;
/** Half-open lines are found after 2.5 heartbeats, and clients wait 2 longer than the window. */
const AWAY_LIMIT_MS = WINDOW_MS + 4.5 * HEARTBEAT_MS;
/** Backoff until the new daemon is tried, and a machine that is busy. */
const SLACK_MS = 2_000;
const GREETING_MS = 30_000;

/**
 * A daemon killed with calls pending: each rejects in time and says rightly whether it may have run, whether another daemon
 * comes at once or later; the same connections work there.
 */
export async function killed({ isShort, say }: SoakRun): Promise<SoakReport> {
  const findings = new SoakFindings();
  for (const isReplacedAtOnce of isShort ? [true] : [true, false]) {
    const when = isReplacedAtOnce ? "replaced at once" : "replaced after the lease";
    say(`SIGKILL with ${CLIENTS * CALLS} calls pending, ${when}`);
    await oneDeath(findings, { isReplacedAtOnce, when });
  }
  return findings.report;
}

async function oneDeath(
  findings: SoakFindings,
  { isReplacedAtOnce, when }: { readonly isReplacedAtOnce: boolean; readonly when: string },
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "hearthwire-soak-"));
  const startedFile = join(folder, "started");
  writeFileSync(startedFile, "");
  try {
    await using site = await SoakSite.start({
      startedFile,
      sessions: { windowMs: WINDOW_MS, heartbeatMs: HEARTBEAT_MS },
    });
    const clients = site.startClients();
    await clients.ask("connect", { url: site.url, key: site.key, count: CLIENTS });
    await clients.ask("beginHanging", { count: CALLS });
    const started = (): readonly string[] => readFileSync(startedFile, "utf8").split("\n").filter(Boolean);
    await waitUntil(() => started().length === CLIENTS * MAX_UNANSWERED, 10_000);
    // So that the daemon's acks are on their way too.
    await pause(600);

    const killedAtMs = Date.now();
    await site.daemon.kill();
    const startedCalls = new Set(started());
    if (isReplacedAtOnce) await site.startDaemon();
    const replacedAtMs = Date.now();
    await waitUntil(async () => (await pending(clients)) === 0, AWAY_LIMIT_MS + GREETING_MS);
    if (!isReplacedAtOnce) await site.startDaemon();

    const loads = await clients.ask("hanging", undefined);
    const outcomes = loads.flatMap((load, client) => load.outcomes.map((outcome) => ({ ...outcome, client })));
    const isStarted = ({ client, number }: (typeof outcomes)[number]): boolean =>
      startedCalls.has(`${client} ${number}`);
    const lastMs = Math.max(...outcomes.map(({ atMs }) => atMs)) - (isReplacedAtOnce ? replacedAtMs : killedAtMs);
    findings.is(`calls rejected, ${when}`, outcomes.length, CLIENTS * CALLS);
    findings.is("calls pending", await pending(clients), 0);
    findings.is("calls that had started", outcomes.filter(isStarted).length, CLIENTS * MAX_UNANSWERED);
    findings.is(
      'of these not "unknown"',
      outcomes.filter((outcome) => isStarted(outcome) && outcome.delivery !== "unknown").length,
      0,
    );
    findings.is(
      'never sent, and not "not-sent"',
      outcomes.filter((outcome) => !isStarted(outcome) && outcome.delivery !== "not-sent").length,
      0,
    );
    findings.is("errors without a type", loads.flatMap(({ untyped }) => untyped).length, 0);
    findings.atMost(`ms until the last was rejected, ${when}`, lastMs, AWAY_LIMIT_MS + SLACK_MS);
    for (const text of loads.flatMap(({ untyped }) => untyped)) findings.fault(text);
    const kinds = new Set(loads.flatMap((load) => [...load.kinds.keys()]));
    findings.note("errors", [...kinds].join(", "));
    const beforeMs = Date.now();
    await clients.ask("greet", { timeoutMs: GREETING_MS });
    findings.note("ms until the same connections worked again", Date.now() - beforeMs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function pending(clients: ChildProgram<ClientOrders>): Promise<number> {
  const loads = await clients.ask("hanging", undefined);
  return loads.reduce((sum, load) => sum + load.pending, 0);
}

/** Looks until it is so, or the time is over. */
async function waitUntil(isSo: () => boolean | Promise<boolean>, limitMs: number): Promise<void> {
  const untilMs = performance.now() + limitMs;
  while (!(await isSo()) && performance.now() < untilMs) await pause(20);
}
