import { exactlyOnce } from "./exactly-once.js";
import { idle } from "./idle.js";
import { killed } from "./killed.js";
import { mixed } from "./mixed.js";
import { model } from "./model.js";
import { page } from "./page.js";
import { isSound, type SoakReport, type SoakRun } from "./soak-part.js";

export const SOAK_PARTS = { "exactly-once": exactlyOnce, killed, idle, mixed, model, page } as const;

export type SoakPartName = keyof typeof SOAK_PARTS;

/** The figures of a part as lines of text, and what was wrong in sentences. */
export function tableOf(name: string, report: SoakReport): string {
  const rows = report.figures.map(({ name: figure, value, limit = "", isWithin }) => [
    isWithin ? " " : "✘",
    figure,
    value,
    limit,
  ]);
  const widths = [0, 1, 3].map((column) => Math.max(0, ...rows.map((row) => row[column]!.length)));
  const lines = rows.map(([mark, figure, value, limit]) =>
    `  ${mark} ${figure!.padEnd(widths[1]!)}  ${limit!.padEnd(widths[2]!)}  ${value}`.trimEnd(),
  );
  const verdict = isSound(report) ? "sound" : "FAILED";
  return [`${name}: ${verdict}`, ...lines, ...report.faults.map((fault) => `  ✘ ${fault}`)].join("\n");
}

/** Runs a part by its name. */
export function runPart(name: SoakPartName, run: SoakRun): Promise<SoakReport> {
  return SOAK_PARTS[name](run);
}
