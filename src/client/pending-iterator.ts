import { asyncDisposeSymbol } from "../session/dispose-symbols.js";
import type { PendingCall } from "./pending-call.js";

/**
 * An iterator over a stream that is still to come: each step waits for it first, so that leaving early stops it too.
 * Async functions all the way, so that an error's stack leads through them to the loop.
 */
export class PendingIterator implements AsyncIterableIterator<unknown, unknown, void> {
  readonly #call: PendingCall;
  #stream: Promise<AsyncIterator<unknown>> | undefined;

  constructor(call: PendingCall) {
    this.#call = call;
    // A step that is never taken shall not become an unhandled rejection; each one that is taken rejects.
    call.observe();
  }

  async next(): Promise<IteratorResult<unknown, unknown>> {
    const stream = await this.#opened();
    return await stream.next();
  }

  async return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    const stream = await this.#opened();
    return (await stream.return?.(value)) ?? { done: true, value };
  }

  async throw(reason?: unknown): Promise<IteratorResult<unknown, unknown>> {
    const stream = await this.#opened();
    if (stream.throw !== undefined) return stream.throw(reason);
    await stream.return?.();
    throw reason;
  }

  /** The stream, asked for by the first step; later ones get the same. */
  #opened(): Promise<AsyncIterator<unknown>> {
    return (this.#stream ??= this.#open());
  }

  async #open(): Promise<AsyncIterator<unknown>> {
    return iteratorOf(await this.#call.promise());
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [asyncDisposeSymbol](): Promise<void> {
    await this.return();
  }
}

function iteratorOf(result: unknown): AsyncIterator<unknown> {
  if (typeof result === "object" && result !== null) {
    const iterate = (result as Partial<AsyncIterable<unknown>>)[Symbol.asyncIterator];
    if (typeof iterate === "function") return iterate.call(result as AsyncIterable<unknown>);
    if (typeof ReadableStream === "function" && result instanceof ReadableStream)
      return iterateReader(result.getReader());
  }
  throw new TypeError("the result is no stream and can't be iterated with for await: await it instead");
}

/** Some browsers can't iterate a ReadableStream yet. */
async function* iterateReader(reader: ReadableStreamDefaultReader<unknown>): AsyncGenerator<unknown, void, void> {
  try {
    for (let step = await reader.read(); !step.done; step = await reader.read()) yield step.value;
  } finally {
    await reader.cancel();
  }
}
