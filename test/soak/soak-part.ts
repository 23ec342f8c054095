/** What is asked of a part of the soak. */
export interface SoakRun {
  /** All that is random follows from it. */
  readonly seed: number;
  /** Seconds instead of minutes, for `npm test`. */
  readonly isShort: boolean;
  /** How long parts take that go by time. @default the part's own */
  readonly minutes?: number | undefined;
  /** Share of the counts of parts that go by counts. @default 1 */
  readonly scale?: number | undefined;
  /** Prints a line of progress. */
  readonly say: (line: string) => void;
}

export interface SoakFigure {
  readonly name: string;
  readonly value: string;
  /** What the figure had to be. */
  readonly limit?: string | undefined;
  readonly isWithin: boolean;
}

/** What a part has found. */
export interface SoakReport {
  readonly figures: readonly SoakFigure[];
  /** What else was wrong, in sentences. */
  readonly faults: readonly string[];
}

/** Puts a report together. */
export class SoakFindings {
  readonly #figures: SoakFigure[] = [];
  readonly #faults: string[] = [];

  /** A figure that has no limit. */
  note(name: string, value: string | number): void {
    this.#figures.push({ name, value: shown(value), isWithin: true });
  }

  atMost(name: string, value: number, limit: number): void {
    this.#figures.push({ name, value: shown(value), limit: `<= ${shown(limit)}`, isWithin: value <= limit });
  }

  atLeast(name: string, value: number, limit: number): void {
    this.#figures.push({ name, value: shown(value), limit: `>= ${shown(limit)}`, isWithin: value >= limit });
  }

  is(name: string, value: number, wanted: number): void {
    this.#figures.push({ name, value: shown(value), limit: shown(wanted), isWithin: value === wanted });
  }

  fault(sentence: string): void {
    this.#faults.push(sentence);
  }

  get report(): SoakReport {
    return { figures: [...this.#figures], faults: [...this.#faults] };
  }
}

/** Whether all figures are within their limits and nothing else was wrong. */
export function isSound({ figures, faults }: SoakReport): boolean {
  return faults.length === 0 && figures.every(({ isWithin }) => isWithin);
}

/** Thousands apart, and no more digits than say something. */
export function shown(value: string | number): string {
  if (typeof value === "string") return value;
  const rounded = Number.isInteger(value) ? String(value) : value.toFixed(Math.abs(value) < 10 ? 2 : 1);
  return rounded.replace(/\B(?=(?:\d{3})+(?!\d))(?<!\.\d*)/g, " ");
}
