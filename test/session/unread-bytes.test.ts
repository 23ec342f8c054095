import { describe, expect, test } from "vitest";
import { collectGarbageUntil } from "./support/collect-garbage.js";
import { alone, rejectionOf, type Side } from "./support/linked-conversations.js";
import { UnreadBytes, UnreadItems } from "../../src/session/unread-bytes.js";

const KIB = 1024;
const LIMIT = 4 * 1024 * KIB;

type Stream = AsyncIterator<unknown>;

/** The streams 1 to `count` of a peer that is written by hand, none of them read. */
async function unread(count: number): Promise<{ side: Side; streams: readonly Stream[]; settle: () => Promise<void> }> {
  const { side, settle } = alone({ limits: { maxUnreadBytes: LIMIT } });
  const calls = Array.from({ length: count }, () => side.ask("source", "open"));
  for (let id = 1; id <= count; id++) {
    side.take([["ok", id, { json: [id, "iterable"], meta: { values: [["custom", "stream"]], v: 1 } }]]);
  }
  return { side, settle, streams: (await Promise.all(calls.map(({ result }) => result))) as readonly Stream[] };
}

function send(side: Side, stream: number, { times = 1, kib }: { times?: number; kib: number }): void {
  for (let time = 0; time < times; time++) side.take([["item", stream, { json: "x".repeat(kib * KIB) }]]);
}

describe("items that nobody reads", () => {
  // A producer that keeps to no limit but its credit held 16 frames a stream, and 1024 once the reader had been fast.
  test("fail their stream when the session holds too much, after what came before", async () => {
    const { side, streams, settle } = await unread(1);
    send(side, 1, { times: 8, kib: 1024 });
    await settle();
    expect(side.saidOf("stop")).toEqual([["stop", 1]]);
    const [stream] = streams as [Stream];
    for (let read = 0; read < 4; read++) await expect(stream.next()).resolves.toMatchObject({ done: false });
    expect(await rejectionOf(stream.next())).toMatchObject({ limit: "maxUnreadBytes", delivery: "ran" });
    expect(side.broken).toBeUndefined();
  });

  test("fail no stream of which little waits, and none of which one item does", async () => {
    const { side, settle } = await unread(4);
    send(side, 1, { times: 4, kib: 1024 });
    send(side, 2, { times: 1, kib: 2048 });
    send(side, 3, { times: 8, kib: 64 });
    send(side, 4, { times: 1, kib: 2048 });
    await settle();
    expect(side.saidOf("stop")).toEqual([]);
    send(side, 4, { times: 2, kib: 1 });
    await settle();
    expect(side.saidOf("stop")).toEqual([["stop", 4]]);
  });

  test("count no more once they are read, or their stream is stopped", async () => {
    const { side, streams, settle } = await unread(2);
    const [first, second] = streams as [Stream, Stream];
    for (let round = 0; round < 4; round++) {
      send(side, 1, { times: 3, kib: 1024 });
      for (let read = 0; read < 3; read++) await first.next();
    }
    send(side, 1, { times: 3, kib: 1024 });
    await first.return?.();
    send(side, 2, { times: 3, kib: 1024 });
    await settle();
    expect(side.saidOf("stop")).toEqual([["stop", 1]]);
    await expect(second.next()).resolves.toMatchObject({ done: false });
  });

  test("count the whole body once, however many streams have items in it", async () => {
    const { side, settle } = await unread(8);
    for (let time = 0; time < 3; time++) {
      const small = Array.from({ length: 7 }, (_, index) => ["item", index + 2, { json: time }]);
      side.take([["item", 1, { json: "x".repeat(1024 * KIB) }], ...small]);
    }
    await settle();
    expect(side.saidOf("stop")).toEqual([]);
  });

  test("of a stream that has ended count for as long as it can be read", async () => {
    const { side, streams, settle } = await unread(2);
    const held = streams.slice();
    send(side, 1, { times: 4, kib: 1024 });
    side.take([["end", 1]]);
    send(side, 2, { times: 4, kib: 1024 });
    await settle();
    expect(side.saidOf("stop")).toEqual([["stop", 2]]);
    await expect(held[0]?.next()).resolves.toMatchObject({ done: false });
  });

  test("of an ended stream that nobody holds count no more", async () => {
    const bytes = new UnreadBytes();
    (() => {
      const items = new UnreadItems(bytes);
      items.push({ byteLength: 10, unreadItems: 0 });
      bytes.countWhileHeld({}, items);
    })();
    expect(bytes.total).toBe(10);
    await collectGarbageUntil(() => bytes.total === 0);
    expect(bytes.total).toBe(0);
  });
});
