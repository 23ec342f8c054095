import { expect, test, vi } from "vitest";
import { toReadableStream } from "../../src/client/to-readable-stream.js";

test("reads an async iterable as it is read itself, and closes with it", async () => {
  let produced = 0;
  const reader = toReadableStream(
    (async function* () {
      while (produced < 3) yield ++produced;
    })(),
  ).getReader();
  expect([(await reader.read()).value, (await reader.read()).value, (await reader.read()).value]).toEqual([1, 2, 3]);
  expect(await reader.read()).toEqual({ done: true, value: undefined });
});

test("ends its source when it is cancelled", async () => {
  const ended = vi.fn<() => void>();
  const stream = toReadableStream(
    (async function* () {
      try {
        for (;;) yield 1;
      } finally {
        ended();
      }
    })(),
  );
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  expect(ended).toHaveBeenCalledOnce();
});

test("leaves a ReadableStream as it is", () => {
  const stream = new ReadableStream();
  expect(toReadableStream(stream)).toBe(stream);
});
