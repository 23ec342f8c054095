// npm run fuzz -- [--count 1000000] [--minutes 5] [--seed 1] [--target payload] [--case 17]
//
// Throws hostile frames and payloads at daemons, clients and serializers. Each case follows from seed, target and its
// number alone; what breaks a rule is printed with the least input that breaks it too.
import { parseArgs } from "node:util";
import { fuzz, type FuzzReport, MAX_BLOCK_MS } from "./run-fuzz.js";
import { targets } from "./targets.js";

const { values: options } = parseArgs({
  options: {
    count: { type: "string" },
    minutes: { type: "string" },
    seed: { type: "string" },
    target: { type: "string" },
    case: { type: "string" },
  },
});

function integer(name: "count" | "seed" | "case", otherwise: number): number {
  const text = options[name];
  const value = text === undefined ? otherwise : Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`"--${name}" must be an integer, got ${text}`);
  return value;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1).padStart(5)} %`;
}

function printReport(report: FuzzReport, seconds: number): void {
  const { target, cases, inputs, outcomes, slowestMs, heapGrowthMib, failure } = report;
  const pace = `${seconds.toFixed(0)} s, ${Math.round(inputs / seconds)}/s`;
  const cost = `longest ${slowestMs.toFixed(1)} ms, memory ${heapGrowthMib >= 0 ? "+" : ""}${heapGrowthMib.toFixed(1)} MiB`;
  print(`\n${target}: ${inputs} inputs in ${cases} cases, ${pace}, ${cost}`);
  for (const [outcome, count] of [...outcomes].toSorted(([, one], [, other]) => other - one)) {
    print(`  ${String(count).padStart(8)} ${percent(count, inputs)}  ${outcome}`);
  }
  if (failure === undefined) return;
  print(`FAILED at --target ${target} --seed ${seed} --case ${failure.caseIndex}`);
  print(failure.input.slice(0, 4000));
  console.error(failure.error);
}

const seed = integer("seed", Date.now() % 2 ** 32);
const chosen = targets.filter(({ name }) => options.target === undefined || options.target === name);
if (chosen.length === 0) throw new Error(`"--target" must be one of ${targets.map(({ name }) => name).join(", ")}`);
const minutes = options.minutes === undefined ? undefined : Number(options.minutes);
const total = integer("count", minutes === undefined ? 100_000 : Number.MAX_SAFE_INTEGER);
const firstCase = options.case === undefined ? undefined : integer("case", 0);

let inputsOfAll = 0;
print(`seed ${seed}; ${chosen.map(({ name }) => name).join(", ")}; an input may take ${MAX_BLOCK_MS} ms`);
for (const { target, share } of chosen) {
  const startedMs = performance.now();
  const shares = chosen.reduce((sum, one) => sum + one.share, 0);
  const report = await fuzz(target, {
    seed,
    count: firstCase === undefined ? Math.ceil((total * share) / shares) : 1,
    firstCase,
    untilMs: minutes === undefined ? undefined : startedMs + (minutes * 60_000 * share) / shares,
    progress: ({ inputs, outcomes }) =>
      print(
        `  ${target.name}: ${inputs} inputs, ${outcomes.size} outcomes, ${Math.round(process.memoryUsage().heapUsed / 2 ** 20)} MiB`,
      ),
  });
  inputsOfAll += report.inputs;
  printReport(report, (performance.now() - startedMs) / 1000);
  if (report.failure !== undefined) process.exitCode = 1;
}
print(`\n${inputsOfAll} inputs, ${process.exitCode === undefined ? "no rule broken" : "RULES BROKEN"}`);
