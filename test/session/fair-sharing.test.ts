import { describe, expect, test } from "vitest";
import { decodeBody } from "../../src/wire/body.js";
import { bodyOf } from "../../src/wire/frame.js";
import { call, linkedSessions } from "./support/linked-sessions.js";

const MEBIBYTE = 1024 * 1024;
const CHUNK_BYTES = 32 * 1024;

/** What a frame carries: the names of its messages. */
function namesIn(frame: Uint8Array): string[] {
  return decodeBody(bodyOf(frame)).messages.map(([name]) => name);
}

/** The bytes of the frames that came before the first with a message of this name. */
function bytesBefore(frames: readonly Uint8Array[], name: string): number {
  const until = frames.findIndex((frame) => namesIn(frame).includes(name));
  expect(until).toBeGreaterThanOrEqual(0);
  return frames.slice(0, until).reduce((bytes, frame) => bytes + frame.length, 0);
}

async function* chunks(count: number, id = 0): AsyncGenerator<Uint8Array> {
  for (let index = 0; index < count; index++) yield new Uint8Array(CHUNK_BYTES).fill(id);
}

describe("while much is sent", () => {
  test("an answer waits behind at most 64 KiB of a body in pieces", async () => {
    const { client, frames } = linkedSessions({
      maxFrameBytes: 256 * 1024,
      members: { get: (bytes: number) => new Uint8Array(bytes), add: (a: number, b: number) => a + b },
    });
    await client.ready;
    const got = call(client, "get", 10 * MEBIBYTE);
    while (!frames.down.some((frame) => namesIn(frame).includes("piece"))) await Promise.resolve();
    const before = frames.down.length;
    expect(await call(client, "add", 1, 2)).toBe(3);
    expect(bytesBefore(frames.down.slice(before), "ok")).toBeLessThanOrEqual(64 * 1024);
    expect(((await got) as Uint8Array).length).toBe(10 * MEBIBYTE);
  });

  test("a body in pieces and a stream go on in turns", async () => {
    const { client, frames } = linkedSessions({
      maxFrameBytes: 256 * 1024,
      members: { get: (bytes: number) => new Uint8Array(bytes), download: () => chunks(256) },
    });
    const stream = (await call(client, "download")) as AsyncIterable<Uint8Array>;
    const read = (async () => {
      for await (const chunk of stream) if (chunk.length !== CHUNK_BYTES) throw new Error("a part of a chunk");
    })();
    await Promise.all([call(client, "get", 8 * MEBIBYTE), read]);
    const kinds = frames.down
      .map(namesIn)
      .flatMap((names) => names.filter((name) => name === "piece" || name === "item"));
    const first = kinds.indexOf("piece");
    const meanwhile = kinds.slice(first, kinds.lastIndexOf("piece"));
    const items = meanwhile.filter((name) => name === "item").length;
    expect(items).toBeGreaterThan(32);
    expect(meanwhile.length - items).toBeGreaterThan(100);
  });

  test("an answer waits behind at most 160 KiB of four streams", async () => {
    const { client, frames } = linkedSessions({
      members: { download: () => chunks(64), add: (a: number, b: number) => a + b },
    });
    let bytes = 0;
    const read = async (): Promise<void> => {
      const stream = (await call(client, "download")) as AsyncIterable<Uint8Array>;
      for await (const chunk of stream) bytes += chunk.length;
    };
    const reads = [read(), read(), read(), read()];
    while (bytes < 8 * CHUNK_BYTES) await Promise.resolve();
    const before = frames.down.length;
    expect(await call(client, "add", 1, 2)).toBe(3);
    expect(bytesBefore(frames.down.slice(before), "ok")).toBeLessThanOrEqual(160 * 1024);
    await Promise.all(reads);
    expect(bytes).toBe(4 * 64 * CHUNK_BYTES);
  });

  test("streams that never end do not keep a body in pieces back", async () => {
    const { client, frames } = linkedSessions({
      maxFrameBytes: 256 * 1024,
      members: { get: (bytes: number) => new Uint8Array(bytes), download: () => chunks(Infinity) },
    });
    let isDone = false;
    const read = async (): Promise<void> => {
      const stream = (await call(client, "download")) as AsyncIterable<Uint8Array>;
      for await (const _ of stream) if (isDone || frames.down.length > 4_000) return;
    };
    const reads = [read(), read(), read(), read()];
    await call(client, "get", 4 * MEBIBYTE);
    expect(frames.down.length).toBeLessThan(2_000);
    isDone = true;
    await Promise.all(reads);
  });

  test("streams of one session go on in turns", async () => {
    const { client, frames } = linkedSessions({ members: { download: (id: number) => chunks(64, id) } });
    const order: number[] = [];
    const read = async (id: number): Promise<void> => {
      const stream = (await call(client, "download", id)) as AsyncIterable<Uint8Array>;
      for await (const chunk of stream) order.push(chunk[0]!);
    };
    await Promise.all([1, 2, 3].map(read));
    expect(frames.down.length).toBeGreaterThan(64);
    // Halfway through, nobody is far ahead.
    const half = order.slice(0, order.length / 2);
    for (const id of [1, 2, 3]) {
      const share = half.filter((one) => one === id).length;
      expect(share).toBeGreaterThan(20);
      expect(share).toBeLessThan(44);
    }
  });
});
