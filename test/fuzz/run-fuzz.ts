import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { BuiltIns } from "./built-ins.js";
import { type FuzzTarget, Stopwatch, turnOfTheLoop, Violation } from "./fuzz-target.js";
import { Random } from "./random.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** An input that takes longer blocks everybody else for as long. */
export const MAX_BLOCK_MS = 50;

/** How often an input that seemed slow is measured again, alone. */
const MEASUREMENTS = 10;
const MAX_SHRINKING_MS = 20_000;

export interface FuzzOptions {
  readonly seed: number;
  /** Ends after so many frames and payloads, or so long. */
  readonly count: number;
  readonly untilMs?: number | undefined;
  /** The first case; later ones follow. */
  readonly firstCase?: number | undefined;
  readonly progress?: ((report: FuzzReport) => void) | undefined;
}

export interface FuzzReport {
  readonly target: string;
  /** Runs, each of one or several frames or payloads. */
  cases: number;
  inputs: number;
  readonly outcomes: Map<string, number>;
  /** The longest block of the event loop by one input, measured again alone when it was above the limit. */
  slowestMs: number;
  /** How much more is in memory at the end than after the first cases, in MiB. */
  heapGrowthMib: number;
  failure: FuzzFailure | undefined;
}

export interface FuzzFailure {
  /** `--target`, `--seed` and `--case` make it again. */
  readonly caseIndex: number;
  readonly error: unknown;
  /** JSON of the least input found that breaks the same rule. */
  readonly input: string;
}

/** How many cases run between two renewals: tables that don't empty show, and so does memory. */
const CASES_PER_WORLD = 2000;
/** How outcomes of inputs begin that nobody has spoilt: they are shown, and not counted. */
export const HONEST = "honest: ";

const CASES_PER_THOROUGH_CHECK = 50;
/** From then on memory is watched: code is compiled, caches are full. */
const WARM_CASES = 1000;
const MAX_HEAP_GROWTH_MIB = 32;
const PROGRESS_MS = 10_000;

/** Throws inputs at one target until there were enough of them, or one broke a rule. */
export async function fuzz<Input>(target: FuzzTarget<Input>, options: FuzzOptions): Promise<FuzzReport> {
  const report = emptyReport(target.name);
  let heapMib = 0;
  const watch = new Watch();
  let reportedAtMs = performance.now();
  try {
    target.renew();
    for (let index = options.firstCase ?? 0; !isOver(report, options); index++) {
      if (report.cases % CASES_PER_WORLD === CASES_PER_WORLD - 1) target.renew();
      if (report.cases === WARM_CASES) heapMib = heapAfterCollection();
      const input = target.generate(new Random(options.seed, target.name, index));
      const failed = await runCase(target, { input, watch, report });
      if (failed !== undefined) {
        const smallest = await shrunk(target, { input, watch, error: failed });
        report.failure = { caseIndex: index, ...smallest };
        break;
      }
      if (performance.now() - reportedAtMs > PROGRESS_MS) {
        reportedAtMs = performance.now();
        options.progress?.(report);
      }
    }
  } finally {
    watch.stop();
  }
  if (report.cases > WARM_CASES) report.heapGrowthMib = heapAfterCollection() - heapMib;
  if (report.heapGrowthMib > MAX_HEAP_GROWTH_MIB && report.failure === undefined) {
    const error = new Violation(`memory has grown by ${report.heapGrowthMib.toFixed(0)} MiB`);
    report.failure = { caseIndex: 0, error, input: "all of them" };
  }
  return report;
}

function emptyReport(target: string): FuzzReport {
  return { target, cases: 0, inputs: 0, outcomes: new Map(), slowestMs: 0, heapGrowthMib: 0, failure: undefined };
}

function heapAfterCollection(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

function isOver({ inputs }: FuzzReport, { count, untilMs }: FuzzOptions): boolean {
  return inputs >= count || (untilMs !== undefined && performance.now() >= untilMs);
}

interface Case<Input> {
  readonly input: Input;
  readonly watch: Watch;
  readonly report: FuzzReport;
}

/** Runs one input; returns what it broke. */
async function runCase<Input>(target: FuzzTarget<Input>, { input, watch, report }: Case<Input>): Promise<unknown> {
  const stopwatch = new Stopwatch();
  let outcomes: readonly string[];
  try {
    outcomes = await target.run(input, stopwatch);
    await turnOfTheLoop();
    watch.check(report.cases % CASES_PER_THOROUGH_CHECK === 0);
  } catch (error) {
    return error;
  }
  const tookMs = stopwatch.longestMs > MAX_BLOCK_MS ? await leastMs(target, input) : stopwatch.longestMs;
  report.slowestMs = Math.max(report.slowestMs, tookMs);
  if (tookMs > MAX_BLOCK_MS) return new Violation(`it blocks for ${tookMs.toFixed(0)} ms, measured alone`);
  report.cases++;
  report.inputs += outcomes.filter((outcome) => !outcome.startsWith(HONEST)).length;
  for (const outcome of outcomes) report.outcomes.set(outcome, (report.outcomes.get(outcome) ?? 0) + 1);
  return undefined;
}

/** The least of several measurements: on a machine that has other work too, the others say how busy it was. */
async function leastMs<Input>(target: FuzzTarget<Input>, input: Input): Promise<number> {
  let least = Infinity;
  for (let round = 0; round < MEASUREMENTS && least > MAX_BLOCK_MS; round++) {
    const stopwatch = new Stopwatch();
    target.renew();
    await turnOfTheLoop();
    await target.run(input, stopwatch);
    least = Math.min(least, stopwatch.longestMs);
  }
  return least;
}

async function shrunk<Input>(
  target: FuzzTarget<Input>,
  { input, watch, error }: { readonly input: Input; readonly watch: Watch; readonly error: unknown },
): Promise<Pick<FuzzFailure, "error" | "input">> {
  const endsAtMs = performance.now() + MAX_SHRINKING_MS;
  const fails = async (candidate: Input): Promise<boolean> => {
    const report = emptyReport("");
    target.renew();
    const found = await runCase(target, { input: candidate, watch, report });
    return found !== undefined && sentenceOf(found) === sentenceOf(error);
  };
  let least = input;
  if (!(await fails(least))) return { error, input: `${JSON.stringify(least)} (only after the cases before it)` };
  search: while (performance.now() < endsAtMs) {
    for (const candidate of target.smaller(least)) {
      if (performance.now() > endsAtMs) break search;
      if (JSON.stringify(candidate) === JSON.stringify(least) || !(await fails(candidate))) continue;
      least = candidate;
      continue search;
    }
    break;
  }
  return { error, input: JSON.stringify(least) };
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message.replaceAll(/\d+/g, "N")}` : String(error);
}

/** What must not happen, whatever the input: rejections that nobody handles, changes of built-in objects. */
class Watch {
  readonly #builtIns = new BuiltIns();
  readonly #escaped: unknown[] = [];
  readonly #note = (error: unknown): void => void this.#escaped.push(error);

  constructor() {
    process.on("unhandledRejection", this.#note);
    process.on("uncaughtException", this.#note);
  }

  /** @throws Violation */
  check(isThorough: boolean): void {
    this.#builtIns.check(isThorough);
    const [escaped] = this.#escaped.splice(0);
    if (escaped !== undefined) throw new Violation("an error escaped", { cause: escaped });
  }

  stop(): void {
    process.off("unhandledRejection", this.#note);
    process.off("uncaughtException", this.#note);
  }
}
