/** A sample of what a process held, some time after the start. */
export interface HeapSample {
  readonly atMs: number;
  readonly bytes: number;
}

/** How a heap went. */
export interface HeapTrend {
  readonly samples: number;
  /** By the least squares of all samples: how much more the end had than the start. */
  readonly growthBytes: number;
  /** How much the largest sample was above the median. */
  readonly peakBytes: number;
  readonly medianBytes: number;
  readonly isFlat: boolean;
}

/** What a heap may gain in all, as a share of its median, and at least in bytes. */
export const MAX_GROWTH_SHARE = 0.05;
export const MIN_GROWTH_BYTES = 1024 * 1024;
/** How far above its median a heap may ever be: the load's own ups and downs. */
export const MAX_PEAK_SHARE = 0.5;
export const MIN_PEAK_BYTES = 8 * 1024 * 1024;

/**
 * Whether a heap stays as it is: its least-squares line over the whole time gains at most 5 % of the median (or 1 MiB), and
 * no sample is more than 50 % (or 8 MiB) above the median.
 */
export function heapTrend(samples: readonly HeapSample[]): HeapTrend {
  const meanMs = mean(samples.map(({ atMs }) => atMs));
  const meanBytes = mean(samples.map(({ bytes }) => bytes));
  const spread = mean(samples.map(({ atMs }) => (atMs - meanMs) ** 2));
  const together = mean(samples.map(({ atMs, bytes }) => (atMs - meanMs) * (bytes - meanBytes)));
  const durationMs = (samples.at(-1)?.atMs ?? 0) - (samples[0]?.atMs ?? 0);
  const growthBytes = spread === 0 ? 0 : (together / spread) * durationMs;
  const sorted = samples.map(({ bytes }) => bytes).toSorted((one, other) => one - other);
  const medianBytes = sorted[Math.floor(sorted.length / 2)] ?? 0;
  const peakBytes = (sorted.at(-1) ?? 0) - medianBytes;
  const isFlat =
    growthBytes <= Math.max(MAX_GROWTH_SHARE * medianBytes, MIN_GROWTH_BYTES) &&
    peakBytes <= Math.max(MAX_PEAK_SHARE * medianBytes, MIN_PEAK_BYTES);
  return { samples: samples.length, growthBytes, peakBytes, medianBytes, isFlat };
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
