/** What a stream of this side is read from. */
export interface StreamSource {
  /** The next step, or a promise of it. */
  next(): IteratorResult<unknown, unknown> | PromiseLike<IteratorResult<unknown, unknown>>;
  /** Ends it early: a generator's `finally` runs. */
  stop(reason: unknown): unknown;
}

/** Whether a value is read as a stream of items: a generator, an AsyncIterable, a ReadableStream. */
export function isStreamable(value: object): boolean {
  return Symbol.asyncIterator in value || isReadable(value) || isGenerator(value);
}

export function isReadable(value: object): value is ReadableStream {
  return typeof ReadableStream === "function" && value instanceof ReadableStream;
}

/** Only generators: other sync iterables, such as arrays, Maps and their iterators, are values. */
function isGenerator(value: object): value is Generator {
  return Object.prototype.toString.call(value) === "[object Generator]";
}

/** Opens a value for which `isStreamable` is true. */
export function streamSource(value: object): StreamSource {
  // Not every browser iterates a ReadableStream.
  if (isReadable(value)) {
    const reader = value.getReader();
    return {
      next: () => reader.read() as Promise<IteratorResult<unknown, unknown>>,
      stop: (reason) => reader.cancel(reason),
    };
  }
  const iterator = isGenerator(value)
    ? value
    : (value as AsyncIterable<unknown, unknown, void>)[Symbol.asyncIterator]();
  return { next: () => iterator.next(), stop: () => iterator.return?.(undefined) };
}

/** Ends a stream that nobody will read. */
export function discardStream(value: object): void {
  try {
    Promise.resolve(isReadable(value) ? value.cancel() : streamSource(value).stop(undefined)).catch(() => undefined);
  } catch {
    // Whatever its own ending throws, nobody is left to be told.
  }
}
