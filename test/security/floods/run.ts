// npm run floods [-- SECONDS]: a daemon under all floods of the list at once, and a canary session that measures it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { AttackedDaemon, MAX_GROWTH_BYTES } from "../support/attacked-daemon.js";
import type { Victim } from "./attack.js";
import { describe, measure, percentile } from "./canary.js";
import { FLOOD_GROUPS, type FloodGroup, FLOODS } from "./floods.js";

const MAX_P99_MS = 100;
const QUIET_SECONDS = 5;
/** Half-open lines are found out after 50 s. */
const RECOVERY_MS = 90_000;
const MIB = 1024 * 1024;

const seconds = Number(process.argv[2] ?? 20);
const root = fileURLToPath(new URL("../../../", import.meta.url));
const say = (text: string): void => void process.stdout.write(`${text}\n`);
const mib = (bytes: number): string => `${(bytes / MIB).toFixed(1)} MiB`;

function startAttacker(group: FloodGroup): ChildProcess {
  const program = fileURLToPath(new URL("./attacker.ts", import.meta.url));
  const tsx = pathToFileURL(`${root}node_modules/tsx/dist/loader.mjs`).href;
  return spawn(process.execPath, ["--import", tsx, program, group], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
}

/** Bytes of memory that a process has, and had at most; where the system says so. */
function residentBytes(pid: number | undefined): { readonly now: number; readonly peak: number } | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) * 1024;
    return { now: field("VmRSS"), peak: field("VmHWM") };
  } catch {
    return undefined;
  }
}

interface Report {
  readonly floods: readonly {
    readonly index: number;
    readonly rounds: number;
    readonly connections: number;
    readonly bytes: number;
  }[];
  readonly failures: number;
}

async function reportOf(attacker: ChildProcess): Promise<Report> {
  attacker.send("report");
  const [report] = (await once(attacker, "message")) as [Report];
  return report;
}

say(
  `node ${process.version}, ${availableParallelism()} cores, load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(" ")}`,
);
say(
  `${FLOOD_GROUPS.length} attacking processes at the lowest priority (nice 19): they get what the daemon and the canary leave.`,
);
await using attacked = await AttackedDaemon.start();
const attackers = FLOOD_GROUPS.map(startAttacker);
await Promise.all(attackers.map((attacker) => once(attacker, "message")));

await measure(attacked, pause(1_000));
const before = await attacked.facts();
say(`\ncanary without floods: ${describe(await measure(attacked, pause(QUIET_SECONDS * 1_000)))}`);

const victim: Victim = { url: attacked.url, keyBytes: attacked.keys.eve.export() };
for (const attacker of attackers) attacker.send(victim);
// Each kind has begun, and code that runs for the first time is compiled.
await pause(2_000);
const atStart = await attacked.facts();
const latencies = await measure(attacked, pause(seconds * 1_000));
say(`canary under floods:    ${describe(latencies)}`);
const duringFacts = await attacked.facts();
const workedMs = duringFacts.processorMs - atStart.processorMs;
say(
  `                        the daemon worked ${(workedMs / 1000).toFixed(1)} s in ${seconds} s; ` +
    "a machine that is busy otherwise shows here and in the time without floods",
);
const reports = await Promise.all(attackers.map(reportOf));
for (const attacker of attackers) attacker.kill("SIGKILL");

say(`\nwhat was done in ${seconds + 2} s:`);
for (const { index, rounds, connections, bytes } of reports
  .flatMap(({ floods }) => floods)
  .sort((a, b) => a.index - b.index)) {
  const { row, what } = FLOODS[index]!;
  say(
    `  row ${row}  ${String(rounds).padStart(7)} times, ${String(connections).padStart(6)} connections${bytes === 0 ? "" : `, ${mib(bytes)}`}: ${what}`,
  );
}

const untilMs = performance.now() + RECOVERY_MS;
let after = await attacked.facts();
while (after.sessions > 1 && performance.now() < untilMs) {
  await pause(500);
  after = await attacked.facts();
}
await attacked.isUnharmed();
after = await attacked.facts();
const grownBytes = after.memoryBytes - before.memoryBytes;
const resident = residentBytes(attacked.pid);
say(
  `\nlive memory of the daemon: ${mib(before.memoryBytes)} before, ${mib(duringFacts.memoryBytes)} in the middle of it, ${mib(after.memoryBytes)} after (${grownBytes < 0 ? "" : "+"}${mib(grownBytes)})`,
);
say(
  `resident memory: ${mib(before.residentBytes)} before, ${resident === undefined ? "unknown" : mib(resident.peak)} at most, ${mib(after.residentBytes)} after; an allocator keeps what it once had`,
);
say(
  `load average at the end: ${loadavg()
    .map((load) => load.toFixed(1))
    .join(" ")}`,
);

const p99 = percentile(latencies, 0.99);
const isFast = p99 <= MAX_P99_MS;
const isFlat = grownBytes <= MAX_GROWTH_BYTES;
say(`\n${isFast ? "kept" : "MISSED"}: the canary's 99th percentile within ${MAX_P99_MS} ms`);
say(`${isFlat ? "kept" : "MISSED"}: memory back within ${mib(MAX_GROWTH_BYTES)}`);
if (!isFast || !isFlat) process.exitCode = 1;
