import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";

const KINDS: readonly string[] = ["internal", "server", "client"];

/** The real SDK, with what it would export in memory. */
export class RecordedSpans {
  readonly #exporter = new InMemorySpanExporter();
  readonly tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(this.#exporter)] });

  /** Those that have ended, in the order in which they began. */
  get spans(): readonly ReadableSpan[] {
    return this.#exporter.getFinishedSpans().toSorted(({ startTime: [a, x] }, { startTime: [b, y] }) => a - b || x - y);
  }

  /** The last one that has ended of a kind. */
  last(kind: "client" | "server"): ReadableSpan {
    const span = this.#exporter.getFinishedSpans().findLast((one) => KINDS[one.kind] === kind);
    if (span === undefined) throw new Error(`no span of kind ${kind} has ended`);
    return span;
  }

  forget(): void {
    this.#exporter.reset();
  }
}

/** Spans of several recorders as a tree: `kind name`, indented below its parent. */
export function treeOf(...recorders: readonly RecordedSpans[]): readonly string[] {
  const all = recorders
    .flatMap(({ spans }) => spans)
    .toSorted(({ startTime: [a, x] }, { startTime: [b, y] }) => a - b || x - y);
  const lines: string[] = [];
  const visit = (parentId: string | undefined, depth: number): void => {
    for (const span of all) {
      const parent = span.parentSpanContext?.spanId;
      const isChild =
        parentId === undefined ? !all.some((one) => one.spanContext().spanId === parent) : parent === parentId;
      if (!isChild) continue;
      lines.push(`${"  ".repeat(depth)}${KINDS[span.kind] ?? "other"} ${span.name}`);
      visit(span.spanContext().spanId, depth + 1);
    }
  };
  visit(undefined, 0);
  return lines;
}

/** One series of a histogram. */
export interface RecordedDuration {
  readonly name: string;
  readonly count: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** The real SDK of metrics, with what it would export in memory. */
export class RecordedMetrics {
  readonly #exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly #reader = new PeriodicExportingMetricReader({ exporter: this.#exporter, exportIntervalMillis: 2 ** 30 });
  readonly meterProvider = new MeterProvider({ readers: [this.#reader] });

  async durations(): Promise<readonly RecordedDuration[]> {
    const { resourceMetrics } = await this.#reader.collect();
    return resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => ({
          name: `${descriptor.name} ${descriptor.unit}`,
          count: (value as { readonly count: number }).count,
          attributes,
        })),
      ),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.meterProvider.shutdown();
  }
}
