import { asyncDisposeSymbol } from "../session/dispose-symbols.js";
import type { PendingCall } from "./pending-call.js";

/**
 * An iterator over a stream that is still to come: each step waits for it first, so that leaving early stops it too.
 * Async functions all the way, so that an error's stack leads through them to the loop.
 */
export class PendingIterator implements AsyncIterableIterator<unknown, unknown, void> {
  readonly #call: PendingCall;
  #stream: Promise<AsyncIterator<unknown>> | undefined;
  /** Steps that wait for it. */
  #waiting = 0;
  /** The stream, while no step waits for it: later ones can't overtake then, and cost nothing beside its own. */
  #ready: AsyncIterator<unknown> | undefined;

  constructor(call: PendingCall) {
    this.#call = call;
    // A step that is never taken shall not become an unhandled rejection; each one that is taken rejects.
    call.observe();
  }

  next(): Promise<IteratorResult<unknown, unknown>> {
    return this.#ready === undefined ? this.#step((stream) => stream.next()) : this.#ready.next();
  }

  async return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return (await this.#step((stream) => stream.return?.(value))) ?? { done: true, value };
  }

  async throw(reason?: unknown): Promise<IteratorResult<unknown, unknown>> {
    return await this.#step(async (stream) => {
      if (stream.throw !== undefined) return await stream.throw(reason);
      await stream.return?.();
      throw reason;
    });
  }

  /** Takes a step when the stream is there, asked for by the first one. */
  async #step<T>(take: (stream: AsyncIterator<unknown>) => T): Promise<Awaited<T>> {
    this.#ready = undefined;
    this.#waiting++;
    const stream = await (this.#stream ??= this.#open());
    const taken = take(stream);
    if (--this.#waiting === 0) this.#ready = stream;
    return await taken;
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
