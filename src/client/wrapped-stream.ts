import { asyncDisposeSymbol } from "../session/dispose-symbols.js";
import { discardStream } from "../session/stream-source.js";

/**
 * A generator that an interceptor put around the peer's stream. One that is left before its first item has not begun,
 * so its own code could not end what it reads: that is done here.
 */
export class WrappedStream implements AsyncIterableIterator<unknown, unknown, unknown> {
  readonly #generator: AsyncGenerator<unknown, unknown, unknown>;
  #sources: readonly object[] | undefined;

  /** @param sources what the peer gave */
  constructor(generator: AsyncGenerator<unknown, unknown, unknown>, sources: readonly object[]) {
    this.#generator = generator;
    this.#sources = sources;
  }

  next(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#sources = undefined;
    return this.#generator.next(value);
  }

  return(value?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#leave();
    return this.#generator.return(value);
  }

  throw(reason?: unknown): Promise<IteratorResult<unknown, unknown>> {
    this.#leave();
    return this.#generator.throw(reason);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [asyncDisposeSymbol](): Promise<void> {
    await this.return(undefined);
  }

  #leave(): void {
    this.#sources?.forEach(discardStream);
    this.#sources = undefined;
  }
}

/** Whether a value is the generator of an `async function*`. */
export function isAsyncGenerator(value: unknown): value is AsyncGenerator<unknown, unknown, unknown> {
  return Object.prototype.toString.call(value) === "[object AsyncGenerator]";
}
