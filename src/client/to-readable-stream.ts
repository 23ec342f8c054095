/**
 * A ReadableStream over a remote stream or any async iterable; cancelling it ends the source. What is one already stays
 * itself.
 */
export function toReadableStream<Y>(source: AsyncIterable<Y> | ReadableStream<Y>): ReadableStream<Y> {
  if (source instanceof ReadableStream) return source;
  const iterator = source[Symbol.asyncIterator]();
  return new ReadableStream<Y>({
    async pull(controller) {
      const step = await iterator.next();
      if (step.done === true) controller.close();
      else controller.enqueue(step.value);
    },
    async cancel() {
      await iterator.return?.();
    },
  });
}
