import { setTimeout as pause } from "node:timers/promises";
import { type HeapSample, heapTrend } from "./support/heap-trend.js";
import { SoakSite } from "./support/soak-site.js";
import { SoakFindings, type SoakReport, type SoakRun } from "./soak-part.js";

const MINUTES = 30;
const SECONDS_SHORT = 3;
const WARM_MINUTES = 5;
const SAMPLE_MS = 10_000;
/** How often the network is away for longer than sessions wait, in ms. */
const OUTAGE_EVERY_MS = 60_000;
const OUTAGE_EVERY_SHORT_MS = 1_000;
const WINDOW_MS = 3_000;
const WINDOW_SHORT_MS = 500;
const HEARTBEAT_MS = 1_000;
const CLIENT_PROCESSES = 2;
const CONNECTIONS = 3;
/** By then all that was asked for has settled once the line is calm. */
const CALM_LIMIT_MS = 30_000;
const FAULTS = { reset: 0.1, end: 0.08, desert: 0.05, halfClose: 0.03, corrupt: 0.04, stall: 0.1, split: 0.1 };
const MIB = 1024 * 1024;

/** All that programs do, under chaos, with outages that sessions don't outlive: the heap is flat, and errors are typed. */
export async function mixed({ seed, isShort, minutes = MINUTES, say }: SoakRun): Promise<SoakReport> {
  const seconds = isShort ? SECONDS_SHORT : minutes * 60;
  const warmMs = Math.min(WARM_MINUTES * 60, seconds / 3) * 1000;
  await using site = await SoakSite.start({
    chaos: { seed, perSecond: FAULTS, stallMs: 1_000, sparedBytes: 2_000 },
    sessions: { windowMs: isShort ? WINDOW_SHORT_MS : WINDOW_MS, heartbeatMs: HEARTBEAT_MS },
  });
  // A client whose first connection fails gives up.
  site.proxy.isCalm = true;
  const clients = Array.from({ length: CLIENT_PROCESSES }, () => site.startClients());
  for (const client of clients) {
    await client.ask("connect", { url: site.url, key: site.key, count: CONNECTIONS });
  }
  site.proxy.isCalm = false;
  for (const [index, client] of clients.entries()) {
    await client.ask("beginMixed", { name: `client ${index}-`, seed: seed + index });
  }
  const samples: Readonly<Record<"daemon" | "client", HeapSample[]>> = { daemon: [], client: [] };
  const startMs = performance.now();
  let outageAtMs = startMs + (isShort ? OUTAGE_EVERY_SHORT_MS : OUTAGE_EVERY_MS);
  for (let nowMs = startMs; nowMs - startMs < seconds * 1000; nowMs = performance.now()) {
    await pause(isShort ? 200 : SAMPLE_MS);
    const [daemon, client] = await Promise.all([
      site.daemon.ask("facts", undefined),
      clients[0]!.ask("facts", undefined),
    ]);
    const atMs = performance.now() - startMs;
    samples.daemon.push({ atMs, bytes: daemon.liveBytes });
    samples.client.push({ atMs, bytes: client.liveBytes });
    if (!isShort) {
      const loads = (await Promise.all(clients.map((one) => one.ask("mixed", undefined)))).flat();
      const rounds = loads.reduce((sum, load) => sum + load.rounds, 0);
      say(
        `${Math.round(atMs / 1000)} of ${seconds} s: ${rounds} rounds, daemon ${(daemon.liveBytes / MIB).toFixed(1)} MiB, ` +
          `client ${(client.liveBytes / MIB).toFixed(1)} MiB, ${daemon.sessions} sessions`,
      );
    }
    if (performance.now() > outageAtMs) {
      site.proxy.unplug();
      await pause(isShort ? 2 * WINDOW_SHORT_MS : WINDOW_MS + 3 * HEARTBEAT_MS);
      site.proxy.restore();
      outageAtMs = performance.now() + (isShort ? Infinity : OUTAGE_EVERY_MS);
    }
  }
  site.proxy.isCalm = true;
  site.proxy.restore();
  for (const client of clients) await client.ask("stopMixed", undefined);
  const progress = async () => (await Promise.all(clients.map((client) => client.ask("mixed", undefined)))).flat();
  let loads = await progress();
  for (const untilMs = performance.now() + CALM_LIMIT_MS; performance.now() < untilMs; loads = await progress()) {
    if (loads.every(({ isDone }) => isDone)) break;
    await pause(50);
  }
  const stories = (await Promise.all(clients.map((client) => client.ask("stories", undefined)))).flat();
  const facts = await site.daemon.ask("facts", undefined);

  const findings = new SoakFindings();
  const sum = (value: (load: (typeof loads)[number]) => number): number =>
    loads.reduce((all, load) => all + value(load), 0);
  findings.note("seconds", seconds);
  findings.note(
    "promises",
    sum(({ promises }) => promises.made),
  );
  findings.is(
    "promises unsettled",
    sum(({ promises }) => promises.made - promises.settled),
    0,
  );
  findings.note(
    "fulfilled",
    sum(({ ok }) => ok),
  );
  findings.is("loads that did not come to an end", loads.filter(({ isDone }) => !isDone).length, 0);
  findings.is(
    "lost, doubled or reordered",
    sum(({ wrong }) => wrong.length),
    0,
  );
  findings.is(
    "errors without a type",
    sum(({ untyped }) => untyped.length),
    0,
  );
  findings.is("rounds that the daemon still holds", facts.openRounds, 0);
  findings.atLeast(
    "times that a socket was lost",
    stories.reduce((all, { losses }) => all + losses, 0),
    1,
  );
  findings.atLeast(
    "sessions",
    stories.reduce((all, { sessions }) => all + sessions, 0),
    CLIENT_PROCESSES * CONNECTIONS + 1,
  );
  findings.is("connections that are closed", stories.filter(({ status }) => status === "closed").length, 0);
  for (const [whose, all] of Object.entries(samples)) {
    const trend = heapTrend(all.filter(({ atMs }) => atMs >= warmMs));
    findings.note(
      `MiB of the ${whose}, median after the first ${(warmMs / 60_000).toFixed(1)} min`,
      trend.medianBytes / MIB,
    );
    findings.note(
      `MiB that its trend gains, peak above the median`,
      `${(trend.growthBytes / MIB).toFixed(2)}, ${(trend.peakBytes / MIB).toFixed(2)}`,
    );
    // Seconds say nothing of a trend.
    if (!isShort) findings.is(`heaps of the ${whose} that are not flat`, trend.isFlat ? 0 : 1, 0);
  }
  const kinds = new Map<string, number>();
  for (const load of loads) for (const [kind, count] of load.kinds) kinds.set(kind, (kinds.get(kind) ?? 0) + count);
  findings.note("errors", [...kinds].map(([kind, count]) => `${kind} ${count}`).join(", "));
  for (const load of loads) for (const text of [...load.wrong, ...load.untyped]) findings.fault(text);
  for (const { status, reason } of stories)
    if (status === "closed") findings.fault(`a connection was closed: ${reason}`);
  return findings.report;
}
