import { standInOf } from "../client/stand-in.js";
import { exposureOf } from "../objects/exposure.js";
import { asyncDisposeSymbol } from "../session/dispose-symbols.js";
import { isReadable, isStreamable } from "../session/stream-source.js";

/** Whoever wants to know when a stream is over. */
export interface StreamObserver {
  /** Runs each step of the producer, and returns what it gives. */
  readonly run: <T>(step: () => T) => T;
  /** Told at the end, and possibly more than once. @param failure what the stream failed with, boxed */
  readonly ended: (failure?: readonly [unknown]) => void;
}

/** The same stream to whoever reads it; undefined when the value is no stream. */
export function observedStream(value: unknown, observer: StreamObserver): object | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (standInOf(value) !== undefined || exposureOf(value) !== undefined || !isStreamable(value)) return undefined;
  return isReadable(value) ? observedReadable(value, observer) : new ObservedStream(value, observer);
}

function observedReadable(source: ReadableStream<unknown>, observer: StreamObserver): ReadableStream<unknown> {
  const reader = source.getReader();
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        try {
          const step = await observer.run(() => reader.read());
          if (!step.done) return controller.enqueue(step.value);
          observer.ended();
          controller.close();
        } catch (error) {
          observer.ended([error]);
          throw error;
        }
      },
      async cancel(reason) {
        observer.ended();
        await reader.cancel(reason);
      },
    },
    // Nothing is read before it is asked for.
    { highWaterMark: 0 },
  );
}

/** Streams that nobody reads to their end, and nobody can any more. */
let uncollected: FinalizationRegistry<StreamObserver> | undefined;

type Steps = AsyncIterator<unknown, unknown, unknown> | Iterator<unknown, unknown, unknown>;

class ObservedStream implements AsyncIterableIterator<unknown, unknown, unknown>, AsyncDisposable {
  readonly #steps: Steps;
  readonly #observer: StreamObserver;

  constructor(source: object, observer: StreamObserver) {
    this.#steps =
      Symbol.asyncIterator in source
        ? (source as AsyncIterable<unknown, unknown, unknown>)[Symbol.asyncIterator]()
        : (source as Generator<unknown, unknown, unknown>);
    this.#observer = observer;
    uncollected ??= new FinalizationRegistry(({ ended }) => ended());
    uncollected.register(this, observer, this);
  }

  async next(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    try {
      const step = await this.#observer.run(() => this.#steps.next(value));
      if (step.done === true) this.#end();
      return step;
    } catch (error) {
      this.#end([error]);
      throw error;
    }
  }

  async return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    // Not later: a producer that waits for something else answers when that has come.
    this.#end();
    return (await this.#observer.run(() => this.#steps.return?.(value))) ?? { done: true, value };
  }

  async throw(reason?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#end([reason]);
    const { throw: passOn } = this.#steps;
    if (passOn !== undefined) return await this.#observer.run(() => this.#steps.throw!(reason));
    await this.#observer.run(() => this.#steps.return?.());
    throw reason;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [asyncDisposeSymbol](): Promise<void> {
    await this.return();
  }

  #end(failure?: readonly [unknown]): void {
    uncollected?.unregister(this);
    this.#observer.ended(failure);
  }
}
