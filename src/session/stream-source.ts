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
  if (isReadable(value)) return new ReadableSource(value);
  const iterator = isGenerator(value)
    ? value
    : (value as AsyncIterable<unknown, unknown, void>)[Symbol.asyncIterator]();
  return { next: () => iterator.next(), stop: () => iterator.return?.(undefined) };
}

/** A chunk of more bytes goes in parts: hosts give all of a Blob as one, and it would be too large for a message. */
const MAX_CHUNK_BYTES = 4 * 1024 * 1024;

/** Reads a ReadableStream by its reader, since not every browser iterates one. */
class ReadableSource implements StreamSource {
  readonly #reader: ReadableStreamDefaultReader<unknown>;
  /** Of a large chunk, what has not been given yet. */
  #rest: Uint8Array | undefined;

  constructor(stream: ReadableStream<unknown>) {
    this.#reader = stream.getReader();
  }

  next(): IteratorResult<unknown, unknown> | Promise<IteratorResult<unknown, unknown>> {
    return this.#rest === undefined ? this.#read() : this.#part(this.#rest);
  }

  stop(reason: unknown): unknown {
    this.#rest = undefined;
    return this.#reader.cancel(reason);
  }

  async #read(): Promise<IteratorResult<unknown, unknown>> {
    const step = await this.#reader.read();
    const chunk: unknown = step.value;
    return chunk instanceof Uint8Array && chunk.length > MAX_CHUNK_BYTES ? this.#part(chunk) : step;
  }

  #part(bytes: Uint8Array): IteratorResult<unknown, unknown> {
    this.#rest = bytes.length > MAX_CHUNK_BYTES ? bytes.subarray(MAX_CHUNK_BYTES) : undefined;
    return { done: false, value: bytes.subarray(0, MAX_CHUNK_BYTES) };
  }
}

/** Ends a stream that nobody will read. */
export function discardStream(value: object): void {
  try {
    Promise.resolve(isReadable(value) ? value.cancel() : streamSource(value).stop(undefined)).catch(() => undefined);
  } catch {
    // Whatever its own ending throws, nobody is left to be told.
  }
}
