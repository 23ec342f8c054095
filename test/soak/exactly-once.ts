import { setTimeout as pause } from "node:timers/promises";
import type { ExactlyOnceProgress, ExactlyOnceTotals, LoadKind } from "./support/exactly-once-load.js";
import { SoakSite } from "./support/soak-site.js";
import { SoakFindings, shown, type SoakReport, type SoakRun } from "./soak-part.js";

const TOTALS: ExactlyOnceTotals = {
  calls: 1_000_000,
  notes: 100_000,
  itemsUp: 200_000,
  itemsDown: 200_000,
  callbacks: 100_000,
  bodies: 60,
  references: 2_000,
};
const SHORT: ExactlyOnceTotals = {
  calls: 4_000,
  notes: 400,
  itemsUp: 1_000,
  itemsDown: 1_000,
  callbacks: 500,
  bodies: 2,
  references: 20,
};
const MIN_LOSSES = 300;
const MIN_LOSSES_SHORT = 3;
/** Random faults per MiB and direction: most of them lose the socket. */
const FAULTS = { reset: 0.9, end: 0.75, desert: 0.45, halfClose: 0.3, corrupt: 0.35, stall: 0.6, split: 0.4 };
/** Small, so that bodies go in pieces, and a frame comes through between two cuts. */
const MAX_FRAME_BYTES = 32 * 1024;
/** Flipped bits may leave a socket half open. */
const HEARTBEAT_MS = 1_000;
/** It is the cuts that are looked at here: on a fast machine a line lives a tenth of a second, after which pauses would grow. */
const RECONNECT = { minDelayMs: 20, maxDelayMs: 500 };
/** Nothing settles for so long: something hangs. */
const STUCK_MS = 90_000;

/** Everything at once over one session that is cut again and again: nothing is lost, doubled or reordered. */
export async function exactlyOnce({ seed, isShort, scale = 1, say }: SoakRun): Promise<SoakReport> {
  const totals = isShort ? SHORT : scaled(TOTALS, scale);
  const minLosses = isShort ? MIN_LOSSES_SHORT : Math.ceil(MIN_LOSSES * scale);
  await using site = await SoakSite.start({
    chaos: { seed, perMib: isShort ? times(FAULTS, SHORT_FACTOR) : FAULTS, sparedBytes: 2_000, stallMs: 300 },
    limits: { maxFrameBytes: MAX_FRAME_BYTES },
    sessions: { heartbeatMs: HEARTBEAT_MS },
  });
  const client = site.startClients();
  const settings = { maxFrameBytes: MAX_FRAME_BYTES, reconnect: RECONNECT };
  await client.ask("connect", { url: site.url, key: site.key, count: 1, ...settings });
  const startMs = performance.now();
  await client.ask("beginExactlyOnce", totals);

  let progress = await client.ask("exactlyOnce", undefined);
  for (let settledMs = performance.now(), said = startMs; !progress.isDone;) {
    await pause(isShort ? 50 : 500);
    const before = progress.promises.settled;
    progress = await client.ask("exactlyOnce", undefined);
    const nowMs = performance.now();
    const [story] = await client.ask("stories", undefined);
    if (progress.promises.settled > before) settledMs = nowMs;
    if (nowMs - said > 5_000) {
      said = nowMs;
      say(
        `${((nowMs - startMs) / 1000).toFixed(0)} s: ${story!.status}, ${story!.losses} losses, ${told(progress, totals)}`,
      );
    }
    if (nowMs - settledMs > STUCK_MS || story!.status === "closed") break;
  }
  const seconds = (performance.now() - startMs) / 1000;
  const [story] = await client.ask("stories", undefined);
  const faults = await site.daemon.ask("faults", totals);
  const { counts } = site.proxy;

  const findings = new SoakFindings();
  for (const kind of Object.keys(totals) as LoadKind[]) findings.is(kind, progress.settled[kind], totals[kind]);
  findings.atLeast("times that the socket was lost", story!.losses, minLosses);
  findings.is("sessions", story!.sessions, 1);
  const reports = {
    calls: faults.calls,
    notes: faults.notes,
    "items up": faults.itemsUp,
    "items down": progress.itemsDown,
    callbacks: progress.callbacks,
  };
  for (const fate of ["lost", "doubled", "reordered"] as const) {
    for (const [kind, report] of Object.entries(reports)) findings.is(`${kind} ${fate}`, report[fate], 0);
  }
  findings.is("wrong answers", progress.wrong + faults.wrongAnswers, 0);
  findings.is("promises unsettled", progress.promises.made - progress.promises.settled, 0);
  findings.is("calls failed", progress.failures, 0);
  findings.note(
    "faults of the proxy",
    Object.entries(counts.faults)
      .map(([name, count]) => `${name} ${count}`)
      .join(", "),
  );
  findings.note("MiB up, down", `${shown(counts.bytes.up / 2 ** 20)}, ${shown(counts.bytes.down / 2 ** 20)}`);
  findings.note("seconds", seconds);
  for (const failure of progress.firstFailures) findings.fault(failure);
  if (story!.reason !== undefined) findings.fault(`the connection is ${story!.status}: ${story!.reason}`);
  return findings.report;
}

/** Few bytes must do for some cuts. */
const SHORT_FACTOR = 2.3;

function scaled(totals: ExactlyOnceTotals, scale: number): ExactlyOnceTotals {
  return times(totals as unknown as Record<LoadKind, number>, scale, Math.ceil);
}

function times<K extends string>(
  numbers: Readonly<Record<K, number>>,
  factor: number,
  rounded: (value: number) => number = (value) => value,
): Record<K, number> {
  const entries = Object.entries(numbers) as [K, number][];
  return Object.fromEntries(entries.map(([name, value]) => [name, rounded(value * factor)])) as Record<K, number>;
}

function told({ settled, failures }: ExactlyOnceProgress, totals: ExactlyOnceTotals): string {
  const shares = (Object.keys(totals) as LoadKind[]).map(
    (kind) => `${kind} ${Math.floor((100 * settled[kind]) / Math.max(1, totals[kind]))} %`,
  );
  return `${shares.join(", ")}${failures === 0 ? "" : `, ${failures} FAILED`}`;
}
