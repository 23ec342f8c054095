// npm run soak -- [exactly-once] [killed] [idle] [mixed] [model] [page] [--seed 1] [--minutes 30] [--scale 0.1] [--short]
//
// What sessions promise, for as long and as often as it takes to believe it. Without names all parts run, one after the
// other. `--minutes` is for idle and mixed, `--scale` a share of the counts of the others. Ctrl-C ends everything.
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { runPart, SOAK_PARTS, type SoakPartName, tableOf } from "./run-part.js";
import { isSound } from "./soak-part.js";

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string" },
    minutes: { type: "string" },
    scale: { type: "string" },
    short: { type: "boolean", default: false },
  },
});

function number(name: "seed" | "minutes" | "scale", isRight: (value: number) => boolean): number | undefined {
  const text = options[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!isRight(value)) throw new Error(`"--${name}" can't be ${text}`);
  return value;
}

const print = (line: string): void => void process.stdout.write(`${line}\n`);

const all = Object.keys(SOAK_PARTS) as SoakPartName[];
const unknown = positionals.filter((name) => !all.includes(name as SoakPartName));
if (unknown.length > 0) throw new Error(`there are ${all.join(", ")}, and no ${unknown.join(", ")}`);
const names = positionals.length === 0 ? all : (positionals as SoakPartName[]);
const seed = number("seed", Number.isSafeInteger) ?? Date.now() % 2 ** 31;
const isPositive = (value: number): boolean => value > 0 && value < Infinity;
const run = {
  seed,
  isShort: options.short,
  minutes: number("minutes", isPositive),
  scale: number("scale", isPositive),
};

// Children end with this process: each hears that its parent is gone.
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));

print(`node ${process.version}, ${availableParallelism()} cores, seed ${seed}`);
const tables: string[] = [];
for (const name of names) {
  print(`\n${name} ...`);
  try {
    const report = await runPart(name, { ...run, say: (line) => print(`  ${name}: ${line}`) });
    tables.push(tableOf(name, report));
    if (!isSound(report)) process.exitCode = 1;
  } catch (error) {
    tables.push(`${name}: FAILED\n  ✘ ${error instanceof Error ? error.stack : String(error)}`);
    process.exitCode = 1;
  }
  print(`\n${tables.at(-1)}`);
}
if (names.length > 1) print(`\nseed ${seed}\n${tables.join("\n\n")}`);
