import { describe, expect, test, vi } from "vitest";
import { ConnectionError, LimitError } from "../../src/errors/hearthwire-error.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import type { InboundCall } from "../../src/session/call-handler.js";
import { alone, deferred, link, rejectionOf, type Side } from "./support/linked-conversations.js";

const NO_ARGS = { json: [] };
const streamLeaf = (id: number, kind = "iterable"): object => ({
  json: [id, kind],
  meta: { values: [["custom", "stream"]], v: 1 },
});

interface Stream extends AsyncGenerator<unknown, unknown, void> {}

async function readAll(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

function numbers(upTo = Infinity, ended?: () => void): Generator<number, string> {
  return (function* () {
    try {
      for (let number = 0; number < upTo; number++) yield number;
      return "that's all";
    } finally {
      ended?.();
    }
  })();
}

async function* later(upTo = Infinity, ended?: () => void): AsyncGenerator<number, string> {
  try {
    for (let number = 0; number < upTo; number++) yield number;
    return "that's all";
  } finally {
    ended?.();
  }
}

/** A stream that the server opened. */
async function opened(source: unknown, ends = link()): Promise<{ ends: typeof ends; stream: Stream }> {
  ends.server.handler.objects["source"] = { open: () => source };
  const stream = (await ends.client.ask("source", "open").result) as Stream;
  return { ends, stream };
}

function nothingIsLeft(...sides: readonly Side[]): void {
  for (const side of sides) {
    expect(side.conversation.statistics).toEqual({ callsRunning: 0, callsPending: 0, streams: 0, references: 0 });
    expect(side.broken).toBeUndefined();
  }
}

describe("a stream of the peer", () => {
  test.each([
    ["a generator", () => numbers(1000)],
    ["an async generator", () => later(1000)],
    [
      "an AsyncIterable",
      () => ({
        [Symbol.asyncIterator]: () => later(1000),
      }),
    ],
  ])("brings every item of %s in order, and leaves nothing behind", async (_, source) => {
    const { ends, stream } = await opened(source());
    await expect(readAll(stream)).resolves.toEqual(Array.from({ length: 1000 }, (__, at) => at));
    await ends.settle();
    nothingIsLeft(ends.client, ends.server);
  });

  test("works in the other direction, as an argument", async () => {
    const { client, server, settle } = link();
    server.handler.objects["sink"] = { sum: async (items: AsyncIterable<number>) => (await readAll(items)).length };
    await expect(client.ask("sink", "sum", [later(100)]).result).resolves.toBe(100);
    await settle();
    nothingIsLeft(client, server);
  });

  test("gives the generator's return value as the final one, once", async () => {
    const { stream } = await opened(numbers(1));
    await expect(stream.next()).resolves.toEqual({ done: false, value: 0 });
    await expect(stream.next()).resolves.toEqual({ done: true, value: "that's all" });
    await expect(stream.next()).resolves.toEqual({ done: true, value: undefined });
  });

  test("throws what the producer threw, once what came before is read", async () => {
    const { stream } = await opened(
      (function* () {
        yield 1;
        throw new RangeError("broken");
      })(),
    );
    await expect(stream.next()).resolves.toEqual({ done: false, value: 1 });
    expect(await rejectionOf(stream.next())).toMatchObject({ name: "RangeError", message: "broken" });
    await expect(stream.next()).resolves.toEqual({ done: true, value: undefined });
  });

  test("serves reads in the order that they were asked for", async () => {
    const gate = deferred();
    const { stream } = await opened(
      (async function* () {
        await gate.promise;
        yield* [1, 2];
      })(),
    );
    const reads = [stream.next(), stream.next(), stream.next()];
    gate.resolve();
    await expect(Promise.all(reads)).resolves.toEqual([
      { done: false, value: 1 },
      { done: false, value: 2 },
      { done: true, value: undefined },
    ]);
  });

  test("ends its producer when the loop is left, and the last word is still said", async () => {
    const ended = deferred();
    const { ends, stream } = await opened(later(Infinity, ended.resolve));
    for await (const item of stream) if (item === 3) break;
    await ended.promise;
    await ends.settle();
    expect(ends.client.saidOf("stop")).toEqual([["stop", 1]]);
    expect(ends.server.saidOf("end")).toEqual([["end", 1]]);
    nothingIsLeft(ends.client, ends.server);
  });

  test("tells its producer the reason of throw(), and rejects with it", async () => {
    let reason: unknown;
    const source = { next: () => new Promise(() => undefined), return: () => Promise.resolve({ done: true }) };
    const ends = link();
    ends.server.handler.objects["source"] = {
      open(this: InboundCall) {
        this.signal.addEventListener("abort", () => (reason = this.signal.reason));
        return { [Symbol.asyncIterator]: () => source };
      },
    };
    const stream = (await ends.client.ask("source", "open").result) as Stream;
    await expect(rejectionOf(stream.throw(new RangeError("enough")))).resolves.toMatchObject({ message: "enough" });
    await ends.settle();
    expect(reason).toMatchObject({ name: "RangeError", message: "enough" });
    nothingIsLeft(ends.client, ends.server);
  });

  test("is ended by await using", async () => {
    const ended = deferred();
    const { ends, stream } = await opened(later(Infinity, ended.resolve));
    await stream[Symbol.asyncDispose]();
    await ended.promise;
    await ends.settle();
    expect(ends.client.saidOf("stop")).toHaveLength(1);
    nothingIsLeft(ends.client, ends.server);
  });

  test("does not wait for its producer to end", async () => {
    const { stream } = await opened({
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: () => new Promise(() => undefined),
      }),
    });
    const pending = stream.next();
    await expect(stream.return("mine")).resolves.toEqual({ done: true, value: "mine" });
    await expect(pending).resolves.toEqual({ done: true, value: undefined });
  });

  test("fails when an item does not pass the gate, and is stopped", async () => {
    const { side, settle } = alone();
    const call = side.ask("source", "open");
    side.take([
      ["ok", 1, streamLeaf(1)],
      ["item", 1, { json: 1 }],
      ["item", 1, { json: 1, meta: { v: 2 } }],
      ["item", 1, { json: 3 }],
    ]);
    const stream = (await call.result) as Stream;
    await expect(stream.next()).resolves.toEqual({ done: false, value: 1 });
    expect(await rejectionOf(stream.next())).toMatchObject({ code: "HW_BAD_PAYLOAD" });
    await settle();
    expect(side.saidOf("stop")).toEqual([["stop", 1]]);
    expect(side.conversation.statistics.streams).toBe(1);
    side.take([["end", 1]]);
    expect(side.conversation.statistics.streams).toBe(0);
  });

  test("fails when its final value does not pass the gate", async () => {
    const { side } = alone();
    const call = side.ask("source", "open");
    side.take([
      ["ok", 1, streamLeaf(1)],
      ["end", 1, { json: 1, meta: { v: 2 } }],
    ]);
    const stream = (await call.result) as Stream;
    expect(await rejectionOf(stream.next())).toMatchObject({ code: "HW_BAD_PAYLOAD" });
    expect(side.conversation.statistics.streams).toBe(0);
  });

  test("releases the references of items that come after stop", async () => {
    const { ends, stream } = await opened(
      (function* () {
        for (;;) yield () => 1;
      })(),
    );
    await stream.next();
    await stream.return(undefined);
    await ends.settle();
    expect(ends.server.conversation.statistics).toMatchObject({ streams: 0, references: 1 });
    expect(ends.client.conversation.statistics).toMatchObject({ streams: 0, references: 1 });
  });

  test("that nobody knows is stopped once, and the rest of it dropped", async () => {
    const { side, settle } = alone();
    side.take([
      ["item", 9, { json: 1 }],
      ["item", 9, { json: 2 }],
      ["item", 9, { json: 3 }],
      ["end", 9],
      ["fail", 8, { name: "Error", message: "" }],
    ]);
    await settle();
    expect(side.said).toEqual([["stop", 9]]);
    expect(side.broken).toBeUndefined();
  });

  test.each([
    ["credit", ["credit", 9, 1]],
    ["stop", ["stop", 9]],
  ])("ignores %s for a dead one", (_, message) => {
    const { side } = alone();
    side.take([message]);
    expect(side.broken).toBeUndefined();
  });

  test("may not be introduced under an id that is open", async () => {
    const { side } = alone();
    const calls = [side.ask("source", "open"), side.ask("source", "open")] as const;
    side.take([
      ["ok", 1, streamLeaf(1)],
      ["ok", 2, streamLeaf(1)],
    ]);
    await calls[0].result;
    expect(await rejectionOf(calls[1].result)).toMatchObject({ code: "HW_BAD_PAYLOAD" });
  });

  test.each([[[0, "iterable"]], [[1, "pipe"]], [[1]], [[1, "iterable", 2]], ["x"]])(
    "is refused when its leaf is %j",
    async (leaf) => {
      const { side } = alone();
      const call = side.ask("source", "open");
      side.take([["ok", 1, { json: leaf, meta: { values: [["custom", "stream"]], v: 1 } }]]);
      expect(await rejectionOf(call.result)).toMatchObject({ code: "HW_BAD_PAYLOAD" });
    },
  );
});

describe("a stream of this side", () => {
  test("is read one step ahead of the message that introduces it, and no further", async () => {
    const { side } = alone();
    let reads = 0;
    side.handler.objects["source"] = {
      open: () => ({
        [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: false, value: reads++ }) }),
      }),
    };
    side.sink.isHeld = true;
    side.take([["call", 1, "source", "open", NO_ARGS]]);
    await Promise.resolve();
    expect(reads).toBe(1);
    side.sink.isHeld = false;
    side.sink.flush();
    expect(reads).toBe(1);
  });

  test("fails when an item can't be sent: its source ends and this side is told", async () => {
    let hasEnded = false;
    const { ends, stream } = await opened(
      (function* () {
        try {
          yield 1;
          yield new (class Socket {})();
        } finally {
          hasEnded = true;
        }
      })(),
    );
    await stream.next();
    expect(await rejectionOf(stream.next())).toMatchObject({ code: "HW_CANNOT_SEND", path: "item" });
    expect(hasEnded).toBe(true);
    expect(ends.server.unobserved).toMatchObject([{ error: { code: "HW_CANNOT_SEND" } }]);
    nothingIsLeft(ends.client, ends.server);
  });

  test("fails when an item is too large for the wire", async () => {
    const ends = link();
    ends.server.sink.refusal = ({ isItem }) =>
      isItem === true ? new LimitError("too large", { limit: "messageBytes", allowed: 1 }) : undefined;
    const { stream } = await opened(later(5), ends);
    expect(await rejectionOf(stream.next())).toMatchObject({ code: "HW_LIMIT" });
    await ends.settle();
    nothingIsLeft(ends.client, ends.server);
  });

  test("fails when its final value can't be sent", async () => {
    const { stream } = await opened(
      (function* () {
        yield 1;
        return new (class Socket {})();
      })(),
    );
    await stream.next();
    expect(await rejectionOf(stream.next())).toMatchObject({ code: "HW_CANNOT_SEND" });
  });

  test("says fail when its ending throws after stop", async () => {
    const { ends, stream } = await opened(
      (function* () {
        try {
          for (;;) yield 1;
        } finally {
          // oxlint-disable-next-line no-unsafe-finally -- what a careless generator does
          throw new Error("cleanup failed");
        }
      })(),
    );
    await stream.next();
    await stream.return(undefined);
    await ends.settle();
    expect(ends.server.saidOf("fail")).toMatchObject([["fail", 1, { message: "cleanup failed" }]]);
    nothingIsLeft(ends.client, ends.server);
  });

  test("aborts the signal of the call that returned it when it is stopped, so a waiting generator can end", async () => {
    const ends = link();
    let hasEnded = false;
    ends.server.handler.objects["source"] = {
      open(this: InboundCall) {
        const { signal } = this;
        return (async function* () {
          yield 1;
          try {
            await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
          } finally {
            hasEnded = true;
          }
        })();
      },
    };
    const stream = (await ends.client.ask("source", "open").result) as Stream;
    await stream.next();
    const pending = stream.next();
    await stream.return(undefined);
    await expect(pending).resolves.toEqual({ done: true, value: undefined });
    await ends.settle();
    expect(hasEnded).toBe(true);
    nothingIsLeft(ends.client, ends.server);
  });

  test("waits while the line is congested", async () => {
    const { ends, stream } = await opened(later(100));
    await stream.next();
    ends.server.sink.isCongested = true;
    await ends.settle();
    const sent = ends.server.saidOf("item").length;
    for (let read = 1; read < sent; read++) await stream.next();
    await ends.settle();
    expect(ends.server.saidOf("item")).toHaveLength(sent);
    ends.server.sink.isCongested = false;
    ends.server.conversation.relieved();
    await expect(readAll(stream)).resolves.toHaveLength(100 - sent);
  });

  test("is refused as a result beyond the limit", async () => {
    const ends = link({ server: { limits: { maxStreams: 1 } } });
    const { stream } = await opened(later(), ends);
    const second = ends.client.ask("source", "open");
    expect(await rejectionOf(second.result)).toMatchObject({ code: "HW_LIMIT", limit: "maxStreams", allowed: 1 });
    await stream.return(undefined);
    await ends.settle();
    ends.server.handler.objects["source"] = { open: () => later(1) };
    await expect(ends.client.ask("source", "open").result).resolves.toBeDefined();
  });

  test("waits for room as an argument, with what is made later on the same target", async () => {
    const ends = link({ client: { limits: { ownStreams: 1 } } });
    const gate = deferred();
    const started: unknown[] = [];
    ends.server.handler.objects["sink"] = {
      take: async (name: string, items: AsyncIterable<unknown>) => {
        started.push(name);
        await gate.promise;
        return readAll(items);
      },
      note: (name: string) => void started.push(name),
    };
    ends.server.handler.objects["other"] = { note: (name: string) => void started.push(name) };
    const first = ends.client.ask("sink", "take", ["first", later(20)]);
    const second = ends.client.ask("sink", "take", ["second", later(20)]);
    const third = ends.client.ask("sink", "note", ["third"]);
    ends.client.ask("other", "note", ["elsewhere"]);
    await ends.settle();
    expect(started).toEqual(["first", "elsewhere"]);
    gate.resolve();
    await Promise.all([first.result, second.result, third.result]);
    expect(started).toEqual(["first", "elsewhere", "second", "third"]);
  });

  test("can't be one of more than there will ever be room for", () => {
    const { side } = alone({ limits: { ownStreams: 1 } });
    expect(() => side.ask("sink", "take", [later(), later()])).toThrow(/"ownStreams" allows the session 1/);
  });

  test("of the peer beyond this side's limit refuses the call with HW_LIMIT", async () => {
    const { side, settle } = alone({ limits: { maxStreams: 1 } });
    side.handler.objects["sink"] = { take: () => new Promise(() => undefined) };
    const payload = (id: number): object => ({
      json: [[id, "iterable"]],
      meta: { values: { "0": [["custom", "stream"]] }, v: 1 },
    });
    side.take([
      ["call", 1, "sink", "take", payload(1)],
      ["call", 2, "sink", "take", payload(2)],
    ]);
    await settle();
    expect(side.said).toMatchObject([["err", 2, { code: "HW_LIMIT", wire: 1 }]]);
    expect(side.conversation.statistics.streams).toBe(1);
  });
});

describe("a stream among the arguments of a call", () => {
  test("is stopped with the reason when the call is cancelled, and its reader gets that", async () => {
    const { client, server, settle } = link();
    const ended = vi.fn<() => void>();
    let read: Promise<unknown> | undefined;
    server.handler.objects["sink"] = { take: (stream: Stream) => (read = readAll(stream)) };
    const abort = new AbortController();
    const waiting = (async function* () {
      try {
        yield 1;
        await new Promise((resolve) => void abort.signal.addEventListener("abort", resolve));
        yield 2;
      } finally {
        ended();
      }
    })();
    const call = client.ask("sink", "take", [waiting], { signal: abort.signal });
    await settle();
    abort.abort();
    await rejectionOf(call.result);
    await settle();
    expect(await rejectionOf(read!)).toMatchObject({ code: "HW_CANCELLED" });
    expect(ended).toHaveBeenCalledOnce();
    nothingIsLeft(client, server);
  });

  test("is stopped when the called code fails without reading it", async () => {
    const { client, server, settle } = link();
    const ended = vi.fn<() => void>();
    server.handler.objects["sink"] = { take: () => Promise.reject(new RangeError("no")) };
    await rejectionOf(client.ask("sink", "take", [later(Infinity, ended)]).result);
    await settle();
    expect(ended).toHaveBeenCalledOnce();
    nothingIsLeft(client, server);
  });

  test("is read on after the call has succeeded", async () => {
    const { client, server, settle } = link();
    let kept: Stream | undefined;
    server.handler.objects["sink"] = { take: (stream: Stream) => void (kept = stream) };
    await client.ask("sink", "take", [later(40)]).result;
    await settle();
    expect(await readAll(kept!)).toHaveLength(40);
    nothingIsLeft(client, server);
  });
});

describe("a ReadableStream", () => {
  test("arrives as a real ReadableStream, asked for as it is read", async () => {
    let pulled = 0;
    const source = new ReadableStream(
      {
        pull(controller) {
          if (pulled < 40) controller.enqueue(pulled++);
          else controller.close();
        },
      },
      { highWaterMark: 0 },
    );
    const { ends, stream } = await opened(source);
    expect(stream).toBeInstanceOf(ReadableStream);
    await ends.settle();
    expect(pulled).toBe(16);
    await expect(readAll(stream)).resolves.toHaveLength(40);
    await ends.settle();
    nothingIsLeft(ends.client, ends.server);
  });

  test("is cancelled at its source with the reason", async () => {
    const reason = deferred<unknown>();
    const source = new ReadableStream({ cancel: reason.resolve });
    const { ends, stream } = await opened(source);
    await (stream as unknown as ReadableStream).cancel(new RangeError("enough"));
    await expect(reason.promise).resolves.toMatchObject({ name: "RangeError", message: "enough" });
    await ends.settle();
    nothingIsLeft(ends.client, ends.server);
  });

  test("errors as its source does", async () => {
    const source = new ReadableStream({ start: (controller) => controller.error(new RangeError("broken")) });
    const { stream } = await opened(source);
    expect(await rejectionOf(readAll(stream))).toMatchObject({ name: "RangeError" });
  });

  test("that has a reader is refused", async () => {
    const source = new ReadableStream();
    source.getReader();
    const ends = link();
    ends.server.handler.objects["source"] = { open: () => source };
    expect(await rejectionOf(ends.client.ask("source", "open").result)).toMatchObject({
      code: "HW_CANNOT_SEND",
      message: expect.stringContaining("has a reader"),
    });
  });
});

describe("the end of the session", () => {
  const error = new ConnectionError("HW_SESSION_LOST", "the peer is gone");

  test("gives readers the error once they have read what came", async () => {
    const { ends, stream } = await opened(numbers());
    await ends.settle();
    ends.client.conversation.end({ error, takenSeq: Infinity });
    for (let read = 0; read < 16; read++) await expect(stream.next()).resolves.toMatchObject({ value: read });
    await expect(rejectionOf(stream.next())).resolves.toMatchObject({ message: error.message, delivery: "ran" });
    await expect(stream.next()).resolves.toMatchObject({ done: true });
  });

  test("ends sources, and says nothing more", async () => {
    let hasEnded = false;
    const { ends } = await opened(numbers(Infinity, () => (hasEnded = true)));
    await ends.settle();
    const said = ends.server.said.length;
    ends.server.conversation.end({ error, takenSeq: Infinity });
    await ends.settle();
    expect(hasEnded).toBe(true);
    expect(ends.server.said).toHaveLength(said);
    expect(ends.server.conversation.statistics.streams).toBe(0);
  });
});

describe("the error of a stream that nobody knows", () => {
  test.each(["stop", "fail"])("is not revived: %s", (name) => {
    const serializer = superjsonSerializer();
    const revived = vi.spyOn(serializer, "decodeError");
    const { side } = alone({ terms: { serializer } });
    side.take([[name, 9, { name: "Error", message: "", cause: { name: "Error", message: "", data: { json: {} } } }]]);
    expect(side.broken).toBeUndefined();
    expect(revived).not.toHaveBeenCalled();
  });

  test.each(["stop", "fail"])("still tells the shapes in its data, and gives back what it brings: %s", async (name) => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = { take: () => undefined };
    const data = {
      json: { of: [0, 1, "object", [1, [["go", "method"]]]] },
      meta: { values: { of: [["custom", "ref"]] }, v: 1 },
    };
    side.take([[name, 9, { name: "Error", message: "", cause: { name: "Error", message: "", data } }]]);
    const again = { json: [[0, 2, "object", [1]]], meta: { values: { "0": [["custom", "ref"]] }, v: 1 } };
    side.take([["call", 1, "shop", "take", again]]);
    await settle();
    expect(side.said).toEqual([
      ["release", 1, 1],
      ["ok", 1],
    ]);
  });
});
