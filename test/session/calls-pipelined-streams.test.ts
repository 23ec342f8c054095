import { describe, expect, test } from "vitest";
import { alone, Exposed, link, rejectionOf, TestCall } from "./support/linked-conversations.js";

const NO_ARGS = { json: [] };
const resultOf = (id: number): object => ({ json: [[2, id]], meta: { values: { "0": [["custom", "ref"]] }, v: 1 } });

describe("a result in the arguments of a later call", () => {
  // Once, the callee and the caller read the same generator, and each got some of its items.
  describe.each([
    ["in the same body", false],
    ["held back", true],
  ])("that is a stream, %s", (_, isFlushed) => {
    async function* numbers(): AsyncGenerator<number> {
      yield* [0, 1, 2, 3, 4];
    }
    function* generated(): Generator<number> {
      yield* [0, 1, 2, 3, 4];
    }
    const literal = (): object => ({ [Symbol.asyncIterator]: numbers });
    const readable = (): ReadableStream<number> => {
      let next = 0;
      return new ReadableStream({ pull: (sink) => (next < 5 ? sink.enqueue(next++) : sink.close()) });
    };

    test.each([
      ["a generator", generated],
      ["an async generator", numbers],
      ["a literal with an asyncIterator", literal],
      ["a ReadableStream", readable],
    ])("is refused, and reaches its caller whole: %s", async (_kind, open) => {
      const { client, server } = link();
      server.handler.objects["api"] = { count: open, collect: () => "ran" };
      const count = client.ask("api", "count");
      if (isFlushed) client.sink.flush();
      const collect = client.ask("api", "collect", [count]);
      expect(await rejectionOf(collect.result)).toMatchObject({
        code: "HW_NOT_REMOTE",
        delivery: "not-sent",
        message: 'the result of "count" is a stream, which its caller reads; await it first, then pass it on',
      });
      const items: unknown[] = [];
      for await (const item of (await count.result) as AsyncIterable<unknown>) items.push(item);
      expect(items).toEqual([0, 1, 2, 3, 4]);
      expect(server.handler.started.map(({ member }) => member)).toEqual(["count"]);
    });

    test("is refused as an accessor's value and inside of plain data", async () => {
      const { client, server } = link();
      server.handler.objects["api"] = {
        get items() {
          return numbers();
        },
        box: () => ({ of: [new Map([["a", numbers()]])] }),
        take: () => "ran",
      };
      const items = client.make(new TestCall("get", "api", "items"));
      const box = client.ask("api", "box");
      if (isFlushed) client.sink.flush();
      const [taken, boxTaken] = [client.ask("api", "take", [items]), client.ask("api", "take", [{ box }])];
      expect(await rejectionOf(taken.result)).toMatchObject({
        message: expect.stringContaining('of "items" is a stream'),
      });
      expect(await rejectionOf(boxTaken.result)).toMatchObject({
        message: expect.stringContaining('of "box" holds a stream'),
      });
    });

    test("gives back the other arguments of the call that is refused", async () => {
      const { client, server, settle } = link();
      server.handler.objects["api"] = { count: numbers, take: () => "ran" };
      const count = client.ask("api", "count");
      if (isFlushed) client.sink.flush();
      let hasEnded = false;
      const given = (async function* () {
        try {
          for (;;) yield 1;
        } finally {
          hasEnded = true;
        }
      })();
      await given.next();
      const take = client.ask("api", "take", [count, () => 1, given]);
      expect(await rejectionOf(take.result)).toMatchObject({ code: "HW_NOT_REMOTE" });
      for await (const _item of (await count.result) as AsyncIterable<unknown>);
      await settle();
      if (!isFlushed) expect(hasEnded).toBe(true);
      expect(client.conversation.statistics).toMatchObject({ references: 0, streams: 0 });
      expect(server.conversation.statistics).toMatchObject({ references: 0, streams: 0 });
    });

    test("is taken once it was awaited", async () => {
      const { client, server } = link();
      server.handler.objects["api"] = {
        count: numbers,
        collect: async (stream: AsyncIterable<number>) => {
          const items: number[] = [];
          for await (const item of stream) items.push(item);
          return items;
        },
      };
      const stream = await client.ask("api", "count").result;
      expect(await client.ask("api", "collect", [stream]).result).toEqual([0, 1, 2, 3, 4]);
    });
  });

  test("is the object itself when its class is exposed, though it can be iterated", async () => {
    const { side, settle } = alone();
    class Feed extends Exposed {
      async *[Symbol.asyncIterator](): AsyncGenerator<number> {
        yield 1;
      }
    }
    const feed = new Feed();
    side.handler.objects["shop"] = { feed: () => feed, same: (value: unknown) => value === feed };
    side.take([
      ["call", 1, "shop", "feed", NO_ARGS],
      ["call", 2, "shop", "same", resultOf(1)],
    ]);
    await settle();
    expect(side.said[1]).toEqual(["ok", 2, { json: true }]);
  });

  test.each([
    ["a function", () => () => "called", (value: () => unknown) => value()],
    ["a WritableStream", () => new WritableStream(), (value: WritableStream) => value.locked],
    ["an AbortSignal", () => AbortSignal.abort(), (value: AbortSignal) => value.aborted],
  ])("is the thing itself when it is %s", async (_, make, take) => {
    const { client, server } = link();
    const thing = make();
    server.handler.objects["api"] = { make: () => thing, take: (value: never) => [value === thing, take(value)] };
    const made = client.ask("api", "make");
    const [isSame] = (await client.ask("api", "take", [made]).result) as [boolean];
    expect(isSame).toBe(true);
    await made.result;
  });
});
