import { expect, test, vi } from "vitest";
import { streamSource } from "../../src/session/stream-source.js";

const MIB = 1024 * 1024;

async function chunksOf(stream: ReadableStream<unknown>): Promise<unknown[]> {
  const source = streamSource(stream);
  const chunks: unknown[] = [];
  for (let step = await source.next(); step.done !== true; step = await source.next()) chunks.push(step.value);
  return chunks;
}

// Node gives all of a Blob in memory as one chunk; above 16 MiB that is too large for a message.
test("gives a large chunk of bytes in parts that a message holds", async () => {
  const bytes = new Uint8Array(9 * MIB);
  bytes.set([1, 2], 4 * MIB - 1);
  bytes[9 * MIB - 1] = 3;
  const chunks = (await chunksOf(new Blob([bytes, bytes]).stream())) as Uint8Array[];
  expect(Math.max(...chunks.map(({ length }) => length))).toBeLessThanOrEqual(4 * MIB);
  const whole = Buffer.concat(chunks);
  expect([whole.length, whole[4 * MIB - 1], whole[4 * MIB], whole.at(-1)]).toEqual([18 * MIB, 1, 2, 3]);
});

test("leaves other chunks as they are", async () => {
  const chunks = [new Uint8Array(4 * MIB), "x".repeat(5 * MIB), new Uint16Array(3 * MIB), { bytes: 1 }];
  const stream = new ReadableStream<unknown>({
    start(feed) {
      for (const chunk of chunks) feed.enqueue(chunk);
      feed.close();
    },
  });
  const given = await chunksOf(stream);
  expect(given.every((chunk, index) => chunk === chunks[index])).toBe(true);
});

test("cancels its stream when it is stopped in the middle of a chunk, and gives no more of that", async () => {
  const cancel = vi.fn<(reason: unknown) => void>();
  const stream = new ReadableStream({ start: (feed) => feed.enqueue(new Uint8Array(9 * MIB)), cancel });
  const source = streamSource(stream);
  await source.next();
  await source.stop("enough");
  expect(cancel).toHaveBeenCalledExactlyOnceWith("enough");
  expect(await source.next()).toMatchObject({ done: true });
});
