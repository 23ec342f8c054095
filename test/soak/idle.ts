import { setTimeout as pause } from "node:timers/promises";
import type { DaemonFacts } from "./support/daemon-orders.js";
import { SoakSite } from "./support/soak-site.js";
import { SoakFindings, type SoakReport, type SoakRun } from "./soak-part.js";

const SESSIONS = 2_000;
const SESSIONS_SHORT = 50;
const MINUTES = 10;
const SECONDS_SHORT = 1;
const CYCLES = 100_000;
const CYCLES_SHORT = 100;
/** By then code is compiled and tables have grown to what they need. */
const WARM_CYCLES = 2_000;
const WARM_CYCLES_SHORT = 50;
const MAX_KIB = 14;
/** Of few sessions what grows in steps is too much of the sum. */
const MAX_KIB_SHORT = 60;
const MAX_CPU_PERCENT = 2;
const MAX_CPU_PERCENT_SHORT = 100;
/** What code that is compiled later and the like may take, however many cycles there were. */
const MAX_GROWTH_KIB = 1_024;
const SETTLE_MS = 2_000;
const KIB = 1024;

/** Sessions that do nothing: what they cost, and whether they stay; and sessions that come and go: what they leave. */
export async function idle({ isShort, minutes = MINUTES, scale = 1, say }: SoakRun): Promise<SoakReport> {
  const findings = new SoakFindings();
  const sessions = isShort ? SESSIONS_SHORT : Math.ceil(SESSIONS * scale);
  const seconds = isShort ? SECONDS_SHORT : minutes * 60;
  const cycles = isShort ? CYCLES_SHORT : Math.ceil(CYCLES * scale);
  await using site = await SoakSite.start({ limits: { maxSessions: sessions + 100 } });
  // The daemon's own socket: a proxy would take more of the processor than the daemon.
  const url = `ws://127.0.0.1:${site.proxy.target}/`;
  const passing = site.startClients();
  const settled = async (): Promise<DaemonFacts> => {
    await pause(isShort ? 100 : SETTLE_MS);
    return site.daemon.ask("facts", undefined);
  };

  await passing.ask("cycle", { url, key: site.key, count: isShort ? WARM_CYCLES_SHORT : WARM_CYCLES });
  const empty = await settled();
  say(`${sessions} sessions connect`);
  const staying = site.startClients();
  await staying.ask("connect", { url, key: site.key, count: sessions });
  const full = await settled();
  const perSession = (bytes: number): number => bytes / sessions / KIB;
  findings.is("idle sessions", full.sessions, sessions);
  findings.atMost(
    "KiB each of live memory",
    perSession(full.liveBytes - empty.liveBytes),
    isShort ? MAX_KIB_SHORT : MAX_KIB,
  );
  findings.note("KiB each of resident memory", perSession(full.residentBytes - empty.residentBytes));

  const startMs = performance.now();
  for (let passed = 0; passed < seconds; passed = (performance.now() - startMs) / 1000) {
    await pause(Math.min(30, seconds - passed) * 1000);
    say(`${Math.round((performance.now() - startMs) / 1000)} of ${seconds} s idle`);
  }
  const after = await site.daemon.ask("facts", undefined);
  const stories = await staying.ask("stories", undefined);
  const cpuPercent = (100 * (after.processorMs - full.processorMs)) / (performance.now() - startMs);
  findings.note("seconds", seconds);
  findings.is("sessions at the end", after.sessions, sessions);
  findings.is(
    "sessions lost or resumed",
    stories.filter(({ status, losses }) => status !== "connected" || losses > 0).length,
    0,
  );
  findings.atMost("CPU of the daemon, % of a core", cpuPercent, isShort ? MAX_CPU_PERCENT_SHORT : MAX_CPU_PERCENT);
  await staying.ask("close", undefined);

  const before = await settled();
  findings.is("sessions after they left", before.sessions, 0);
  for (let done = 0; done < cycles;) {
    const count = Math.min(5_000, cycles - done);
    await passing.ask("cycle", { url, key: site.key, count });
    done += count;
    const { liveBytes } = await site.daemon.ask("facts", undefined);
    say(`${done} of ${cycles} connected and closed, ${(liveBytes / KIB / KIB).toFixed(1)} MiB`);
  }
  const end = await settled();
  findings.note("connected and closed", cycles);
  findings.is("sessions that are left", end.sessions, 0);
  findings.atMost("KiB that the heap has grown since", (end.liveBytes - before.liveBytes) / KIB, MAX_GROWTH_KIB);
  findings.atMost("KiB that it has grown since the start", (end.liveBytes - empty.liveBytes) / KIB, MAX_GROWTH_KIB);
  return findings.report;
}
