/** What two classes of measurements say about each other. */
export interface Comparison {
  /** Welch's t of all samples. */
  readonly t: number;
  /** Welch's t of those below the 90th percentile of both together: without what the machine was busy with besides. */
  readonly croppedT: number;
  readonly count: number;
  /** Median of the first and of the second class, in the unit of the samples. */
  readonly medians: readonly [number, number];
}

/** From here on a difference is taken to be seen; dudect (Reparaz, Balasch, Verbauwhede 2017) and noble-curves use the same. */
export const MAX_ABSOLUTE_T = 4.5;

const CROP_PERCENTILE = 0.9;

/**
 * Welch's t statistic: the difference of two means in units of its standard error, for classes of unequal variance.
 * 0 when neither class varies and the means are equal.
 */
export function welchT(a: readonly number[], b: readonly number[]): number {
  const [first, second] = [momentsOf(a), momentsOf(b)];
  const error = Math.sqrt(first.variance / a.length + second.variance / b.length);
  const difference = first.mean - second.mean;
  return difference === 0 ? 0 : difference / error;
}

/** Compares two classes that were measured in turns. @throws RangeError below two samples a class */
export function compare(a: readonly number[], b: readonly number[]): Comparison {
  if (a.length < 2 || b.length < 2)
    throw new RangeError(`two samples a class are needed, got ${a.length}, ${b.length}`);
  const limit = percentile([...a, ...b], CROP_PERCENTILE);
  const cropped = [a, b].map((samples) => samples.filter((sample) => sample <= limit)) as [number[], number[]];
  return {
    t: welchT(a, b),
    croppedT: welchT(...cropped),
    count: Math.min(a.length, b.length),
    medians: [percentile(a, 0.5), percentile(b, 0.5)],
  };
}

/**
 * A fair order of `perClass` samples of each of two classes: each pair in random order, so that neither drift nor what
 * one leaves behind for the next favours a class.
 */
export function* interleaved(perClass: number, random: () => number = Math.random): Generator<0 | 1> {
  for (let pair = 0; pair < perClass; pair++) {
    const first = random() < 0.5 ? 0 : 1;
    yield first;
    yield first === 0 ? 1 : 0;
  }
}

function momentsOf(samples: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = samples.reduce((sum, sample) => sum + sample, 0) / samples.length;
  const squares = samples.reduce((sum, sample) => sum + (sample - mean) ** 2, 0);
  return { mean, variance: squares / (samples.length - 1) };
}

function percentile(samples: readonly number[], share: number): number {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))]!;
}
