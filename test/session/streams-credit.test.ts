import { describe, expect, test } from "vitest";
import { CREDIT_BYTES } from "../../src/wire/constants.js";
import { collectGarbageUntil } from "./support/collect-garbage.js";
import { alone, link, type Side } from "./support/linked-conversations.js";

const NO_ARGS = { json: [] };

function* numbers(): Generator<number> {
  for (let number = 0; ; number++) yield number;
}

/** A producer that has sent its first items to a peer that is written by hand. */
async function producing(source: unknown): Promise<{ side: Side; items: () => number; settle: () => Promise<void> }> {
  const { side, settle } = alone();
  side.handler.objects["source"] = { open: () => source };
  side.take([["call", 1, "source", "open", NO_ARGS]]);
  await settle();
  return { side, settle, items: () => side.saidOf("item").length };
}

/** A consumer of stream 1 of a peer that is written by hand. */
async function consuming(): Promise<{ side: Side; stream: AsyncIterator<unknown>; settle: () => Promise<void> }> {
  const { side, settle } = alone();
  const call = side.ask("source", "open");
  side.take([["ok", 1, { json: [1, "iterable"], meta: { values: [["custom", "stream"]], v: 1 } }]]);
  return { side, settle, stream: (await call.result) as AsyncIterator<unknown> };
}

const items = (count: number, value: unknown = 0): readonly unknown[] =>
  Array.from({ length: count }, () => ["item", 1, { json: value }]);

describe("a producer", () => {
  test("sends 16 items unasked, and as many more as it is granted", async () => {
    const { side, items: sent, settle } = await producing(numbers());
    expect(sent()).toBe(16);
    side.take([["credit", 1, 3]]);
    await settle();
    expect(sent()).toBe(19);
  });

  test("does not read its source ahead of its credit", async () => {
    let reads = 0;
    const source = {
      [Symbol.asyncIterator]() {
        return this;
      },
      next: () => Promise.resolve({ done: false, value: reads++ }),
    };
    await producing(source);
    expect(reads).toBe(16);
  });

  test("may be granted 1024 items ahead, and no more", async () => {
    const { side } = await producing(numbers());
    side.sink.isCongested = true;
    side.take([["credit", 1, 1024]]);
    expect(side.broken).toBeUndefined();
    side.take([["credit", 1, 1]]);
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL", message: expect.stringContaining("1024") });
  });

  test("stops at 256 KiB that no credit has replaced, yet lets one item go always", async () => {
    const large = "x".repeat(CREDIT_BYTES / 2);
    const {
      side,
      items: sent,
      settle,
    } = await producing(
      (function* () {
        for (;;) yield large;
      })(),
    );
    expect(sent()).toBe(2);
    side.take([["credit", 1, 1]]);
    await settle();
    expect(sent()).toBe(3);
    side.take([["credit", 1, 2]]);
    await settle();
    expect(sent()).toBe(5);
  });

  test("lets an item go that is above 256 KiB by itself", async () => {
    const huge = "x".repeat(CREDIT_BYTES * 2);
    const { items: sent } = await producing(
      (function* () {
        for (;;) yield huge;
      })(),
    );
    expect(sent()).toBe(1);
  });

  test("counts bytes of segments, too", async () => {
    const bytes = new Uint8Array(CREDIT_BYTES / 2);
    const { items: sent } = await producing(
      (function* () {
        for (;;) yield bytes;
      })(),
    );
    expect(sent()).toBe(2);
  });

  test("sends what is ready in one turn", async () => {
    const { side } = await producing(numbers());
    expect(side.bodies).toBe(2);
  });
});

describe("a consumer", () => {
  test("takes 16 items unread, and ends the session at the 17th", async () => {
    const { side } = await consuming();
    side.take(items(16));
    expect(side.broken).toBeUndefined();
    side.take(items(1));
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL", message: expect.stringContaining("granted") });
  });

  test("counts items against the credit after stop, too", async () => {
    const { side, stream } = await consuming();
    await stream.return?.();
    side.take(items(16));
    expect(side.broken).toBeUndefined();
    side.take(items(1));
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL" });
  });

  test("returns credit once half of its window is used, and doubles the window", async () => {
    const { side, stream, settle } = await consuming();
    side.take(items(16));
    for (let read = 0; read < 7; read++) await stream.next();
    await settle();
    expect(side.saidOf("credit")).toEqual([]);
    await stream.next();
    await settle();
    expect(side.saidOf("credit")).toEqual([["credit", 1, 8 + 16]]);
    for (let read = 0; read < 8; read++) await stream.next();
    side.take(items(24));
    expect(side.broken).toBeUndefined();
    await settle();
    expect(side.saidOf("credit")).toHaveLength(1);
    for (let read = 0; read < 8; read++) await stream.next();
    await settle();
    expect(side.saidOf("credit")[1]).toEqual(["credit", 1, 16 + 32]);
  });

  test("grows its window to 1024 and not beyond", async () => {
    const { side, stream, settle } = await consuming();
    const ahead: number[] = [];
    let sent = 0;
    for (let round = 0; round < 12; round++) {
      const granted = side.saidOf("credit").reduce((sum, [, , credit]) => sum + credit, 16);
      ahead.push(granted - sent);
      side.take(items(granted - sent));
      for (; sent < granted; sent++) await stream.next();
      await settle();
    }
    expect(side.broken).toBeUndefined();
    expect(Math.max(...ahead)).toBe(1024);
    expect(ahead.slice(-3)).toEqual([1024, 1024, 1024]);
  });

  test("does not double while more than 256 KiB wait unread", async () => {
    const { side, stream, settle } = await consuming();
    side.take(items(8));
    for (let sent = 0; sent < 8; sent++) side.take(items(1, "x".repeat(CREDIT_BYTES / 7)));
    for (let read = 0; read < 8; read++) await stream.next();
    await settle();
    expect(side.saidOf("credit")).toEqual([["credit", 1, 8]]);
  });

  test("returns credit for large items before half of its window is used", async () => {
    const { client, server, settle } = link();
    const large = "x".repeat(CREDIT_BYTES / 3);
    server.handler.objects["source"] = {
      *open() {
        for (let sent = 0; sent < 20; sent++) yield large;
      },
    };
    const stream = (await client.ask("source", "open").result) as AsyncIterable<string>;
    let read = 0;
    for await (const item of stream) if (item === large) read++;
    expect(read).toBe(20);
    await settle();
  });

  test("returns no credit for items that nobody reads", async () => {
    const { side, settle } = await consuming();
    side.take(items(16));
    await settle();
    expect(side.saidOf("credit")).toEqual([]);
  });
});

test("a stream keeps nothing of what was read", async () => {
  // Regression (tRPC #6156): every large value that a stream had yielded stayed in memory until the stream ended.
  const { client, server, settle } = link();
  const read: WeakRef<object>[] = [];
  server.handler.objects["source"] = {
    *open() {
      for (let sent = 0; ; sent++) yield { sent };
    },
  };
  const stream = (await client.ask("source", "open").result) as AsyncIterator<object>;
  for (let at = 0; at < 200; at++) read.push(new WeakRef((await stream.next()).value as object));
  await settle();
  const isCollected = (): boolean => read.every((item) => item.deref() === undefined);
  await collectGarbageUntil(isCollected);
  expect(isCollected()).toBe(true);
  expect(client.conversation.statistics.streams).toBe(1);
});
