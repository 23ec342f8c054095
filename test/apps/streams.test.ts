import { type CallOptions, expose, type Remote, toReadableStream, withOptions } from "hearthwire";
import { linkedPeers } from "hearthwire/testing";
import { describe, expect, test, vi } from "vitest";
import { expectNoUnhandledRejection } from "../client/unhandled.js";
import { NOTHING_HELD, observeSessions } from "../support/observed-sessions.js";

expectNoUnhandledRejection();

/** Granted unasked (protocol.md section 5.3). */
const FIRST_CREDIT = 16;

class Token {
  readonly number: number;
  constructor(number: number) {
    this.number = number;
  }
  value(): number {
    return this.number;
  }
}
expose(Token, ["value"]);

/** Counts as far as it is read, and says when it was ended. */
class Counter {
  produced = 0;
  readonly ended = vi.fn<() => void>();

  async *count(upTo = Infinity): AsyncGenerator<number, string, void> {
    try {
      while (this.produced < upTo) yield ++this.produced;
      return "that's all";
    } finally {
      this.ended();
    }
  }

  /** Lets timers and sockets have their turn, which microtasks between linked peers never would. */
  async *countByTurns(): AsyncGenerator<number, void, void> {
    try {
      for (;;) yield await new Promise<number>((resolve) => void setImmediate(() => resolve(++this.produced)));
    } finally {
      this.ended();
    }
  }

  *countAtOnce(upTo = Infinity): Generator<number, string, void> {
    try {
      while (this.produced < upTo) yield ++this.produced;
      return "that's all";
    } finally {
      this.ended();
    }
  }

  readable(upTo = Infinity): ReadableStream<number> {
    return new ReadableStream<number>(
      {
        pull: (controller) => (this.produced < upTo ? controller.enqueue(++this.produced) : controller.close()),
        cancel: () => this.ended(),
      },
      { highWaterMark: 0 },
    );
  }
}

type Items = AsyncIterable<unknown> | Iterable<unknown> | ReadableStream<unknown>;

/** Gives and takes streams of whatever kind. */
class Desk {
  source: Items = [];
  readonly taken: AsyncGenerator<unknown, unknown, void>[] = [];

  open(): Items {
    return this.source;
  }

  take(stream: AsyncGenerator<unknown, unknown, void>): void {
    this.taken.push(stream);
  }

  /** Does not return before the stream is over. */
  async drain(stream: AsyncIterable<unknown>): Promise<number> {
    let items = 0;
    for await (const _ of stream) items++;
    return items;
  }

  refuse(_stream: AsyncIterable<unknown>): never {
    throw new RangeError("no streams today");
  }

  async *doubled(numbers: AsyncIterable<number>): AsyncGenerator<number, void, void> {
    for await (const number of numbers) yield 2 * number;
  }

  ping(): string {
    return "pong";
  }
}
expose(Desk, ["open", "take", "drain", "refuse", "doubled", "ping"]);

async function setUp() {
  const observed = observeSessions();
  const desk = new Desk();
  const peers = await linkedPeers({ desk });
  return {
    desk,
    remote: peers.object("desk"),
    connection: peers.connection,
    nothingIsLeft: () => expect.poll(() => observed.held).toEqual([NOTHING_HELD, NOTHING_HELD]),
    async [Symbol.asyncDispose]() {
      await peers[Symbol.asyncDispose]();
      observed[Symbol.dispose]();
    },
  };
}

type Setting = Awaited<ReturnType<typeof setUp>>;
type Stream = AsyncGenerator<unknown, unknown, void>;

/** How a stream gets from its producer to its consumer: as a result, or as an argument. */
const WAYS: readonly (readonly [way: string, send: (setting: Setting, source: Items) => Promise<Stream>])[] = [
  [
    "to the client",
    async ({ desk, remote }, source) => {
      desk.source = source;
      return (await remote.open()) as unknown as Stream;
    },
  ],
  [
    "to the daemon",
    async ({ desk, remote }, source) => {
      await remote.take(source as never);
      return desk.taken.at(-1)!;
    },
  ],
];

const KINDS: readonly (readonly [kind: string, make: (counter: Counter, upTo?: number) => Items])[] = [
  ["a generator", (counter, upTo) => counter.count(upTo)],
  ["a sync generator", (counter, upTo) => counter.countAtOnce(upTo)],
  ["a ReadableStream", (counter, upTo) => counter.readable(upTo)],
];

const ALL = WAYS.flatMap(([way, send]) => KINDS.map(([kind, make]) => [kind, way, make, send] as const));

async function readAll(stream: AsyncIterable<unknown>): Promise<unknown[]> {
  const items: unknown[] = [];
  for await (const item of stream) items.push(item);
  return items;
}

describe.each(ALL)("%s, %s", (_kind, _way, make, send) => {
  test("arrives whole", async () => {
    await using setting = await setUp();
    const stream = await send(setting, make(new Counter(), 100));
    expect(await readAll(stream)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    await setting.nothingIsLeft();
  });

  test("waits for its reader, and runs on as it is read", async () => {
    await using setting = await setUp();
    const counter = new Counter();
    const stream = await send(setting, make(counter));
    await setting.remote.ping();
    expect(counter.produced).toBeLessThanOrEqual(FIRST_CREDIT + 1);
    const steps = stream[Symbol.asyncIterator]();
    for (let read = 0; read < FIRST_CREDIT; read++) await steps.next();
    await setting.remote.ping();
    expect(counter.produced).toBeGreaterThan(FIRST_CREDIT + 1);
    expect(counter.produced).toBeLessThan(100);
  });

  test.each<[string, (stream: Stream) => Promise<unknown>]>([
    [
      "break",
      async (stream) => {
        for await (const item of stream) if (item === 3) break;
      },
    ],
    [
      "an error in the loop",
      async (stream) => {
        await expect(
          (async () => {
            for await (const _ of stream) throw new Error("enough");
          })(),
        ).rejects.toThrow("enough");
      },
    ],
    ["return()", (stream) => stream[Symbol.asyncIterator]().return(undefined)],
  ])("is ended by %s", async (_, leave) => {
    await using setting = await setUp();
    const counter = new Counter();
    await leave(await send(setting, make(counter)));
    await expect.poll(() => counter.ended).toHaveBeenCalledOnce();
    await setting.nothingIsLeft();
  });

  test("is ended by the end of the session, which its reader is told", async () => {
    await using setting = await setUp();
    const counter = new Counter();
    const stream = await send(setting, make(counter));
    const steps = stream[Symbol.asyncIterator]();
    expect(await steps.next()).toEqual({ done: false, value: 1 });
    await setting.connection.close();
    await expect.poll(() => counter.ended).toHaveBeenCalledOnce();
    await expect(readAll({ [Symbol.asyncIterator]: () => steps })).rejects.toMatchObject({
      code: "HW_CONNECTION_CLOSED",
    });
  });

  test("holds nothing up but itself when nobody reads it", async () => {
    await using setting = await setUp();
    const counter = new Counter();
    await send(setting, make(counter));
    const other = await send(setting, new Counter().count(500));
    expect(await readAll(other)).toHaveLength(500);
    expect(await setting.remote.ping()).toBe("pong");
    expect(counter.produced).toBeLessThanOrEqual(FIRST_CREDIT + 1);
  });
});

describe.each(ALL.filter(([kind]) => kind !== "a ReadableStream"))("%s, %s", (_kind, _way, make, send) => {
  test("gives its return value as the last step", async () => {
    await using setting = await setUp();
    const stream = await send(setting, make(new Counter(), 1));
    expect([await stream.next(), await stream.next(), await stream.next()]).toEqual([
      { done: false, value: 1 },
      { done: true, value: "that's all" },
      { done: true, value: undefined },
    ]);
  });
});

describe.each(WAYS)("what a stream carries %s", (_way, send) => {
  test("may be references, functions, bytes and further streams", async () => {
    await using setting = await setUp();
    const source = (async function* () {
      yield new Token(7);
      yield (word: string) => word.toUpperCase();
      yield new Uint8Array([1, 2, 3]);
      yield new Counter().count(3);
      yield { deep: [new Counter().readable(4)] };
    })();
    const steps = await send(setting, source);
    const next = async (): Promise<unknown> => (await steps.next()).value;
    using token = (await next()) as Remote<Token>;
    expect(await token.value()).toBe(7);
    using upper = (await next()) as Remote<(word: string) => string>;
    expect(await upper("abc")).toBe("ABC");
    expect(await next()).toEqual(new Uint8Array([1, 2, 3]));
    expect(await readAll((await next()) as Stream)).toEqual([1, 2, 3]);
    const { deep } = (await next()) as { deep: [ReadableStream] };
    expect(deep[0]).toBeInstanceOf(ReadableStream);
    expect(await readAll(deep[0])).toEqual([1, 2, 3, 4]);
    expect(await next()).toBeUndefined();
    token[Symbol.dispose]();
    upper[Symbol.dispose]();
    await setting.nothingIsLeft();
  });

  test("may be streams, each read on its own", async () => {
    await using setting = await setUp();
    const source = (async function* () {
      for (let index = 1; index <= 20; index++) yield new Counter().count(index);
    })();
    const lengths: number[] = [];
    for await (const inner of await send(setting, source)) lengths.push((await readAll(inner as Stream)).length);
    expect(lengths).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    await setting.nothingIsLeft();
  });

  test("fails as the producer does, after what came before", async () => {
    await using setting = await setUp();
    const source = (async function* () {
      yield 1;
      throw Object.assign(new RangeError("worn out"), { code: "E_WORN" });
    })();
    const stream = await send(setting, source);
    expect(await stream.next()).toEqual({ done: false, value: 1 });
    await expect(stream.next()).rejects.toMatchObject({ name: "RangeError", code: "E_WORN" });
    await setting.nothingIsLeft();
  });

  test("is converted into the other kind as one likes", async () => {
    await using setting = await setUp();
    const counter = new Counter();
    const reader = toReadableStream(await send(setting, counter.count())).getReader();
    expect((await reader.read()).value).toBe(1);
    await reader.cancel();
    await expect.poll(() => counter.ended).toHaveBeenCalledOnce();
    const readable = await send(setting, new Counter().readable(3));
    expect(readable).toBeInstanceOf(ReadableStream);
    expect(toReadableStream(readable)).toBe(readable);
    expect(await readAll(readable)).toEqual([1, 2, 3]);
    await setting.nothingIsLeft();
  });

  test("leaves nothing behind, a thousand times over", async () => {
    await using setting = await setUp();
    for (let index = 0; index < 1_000; index++) {
      expect(await readAll(await send(setting, new Counter().count(2)))).toEqual([1, 2]);
    }
    await setting.nothingIsLeft();
  });
});

describe("a call that is given up", () => {
  test("ends the stream that it returned, whose reader gets the reason", async () => {
    await using setting = await setUp();
    const counter = new Counter();
    setting.desk.source = counter.count();
    const patience = new AbortController();
    const stream = (await withOptions(setting.remote, { signal: patience.signal }).open()) as unknown as Stream;
    await stream.next();
    patience.abort(new Error("enough"));
    await expect(readAll(stream)).rejects.toThrow("enough");
    await expect.poll(() => counter.ended).toHaveBeenCalledOnce();
    await setting.nothingIsLeft();
  });

  test.each<[string, () => CallOptions]>([
    ["by its signal", () => ({ signal: AbortSignal.timeout(30) })],
    ["by its deadline", () => ({ timeoutMs: 30 })],
  ])("ends the streams among its arguments %s, at both ends", async (_, options) => {
    await using setting = await setUp();
    const counter = new Counter();
    const drained = vi.spyOn(setting.desk, "drain");
    await expect(withOptions(setting.remote, options()).drain(counter.countByTurns())).rejects.toBeInstanceOf(Error);
    await expect(drained.mock.results[0]?.value).rejects.toMatchObject({
      code: expect.stringMatching(/^HW_(CANCELLED|DEADLINE)$/) as string,
    });
    await expect.poll(() => counter.ended).toHaveBeenCalledOnce();
    await setting.nothingIsLeft();
  });

  test("ends what it reads when the stream that it returned is left", async () => {
    await using setting = await setUp();
    const counter = new Counter();
    for await (const number of setting.remote.doubled(counter.count())) if (number === 6) break;
    await expect.poll(() => counter.ended).toHaveBeenCalledOnce();
    await setting.nothingIsLeft();
  });
});

describe("a stream among the arguments of a call", () => {
  test("is ended when the call fails without having read it", async () => {
    await using setting = await setUp();
    const counter = new Counter();
    await expect(setting.remote.refuse(counter.count())).rejects.toThrow("no streams today");
    await expect.poll(() => counter.ended).toHaveBeenCalledOnce();
    await setting.nothingIsLeft();
  });

  test("lives on when the call has succeeded", async () => {
    await using setting = await setUp();
    await setting.remote.take(new Counter().count(100));
    await setting.remote.ping();
    expect(await readAll(setting.desk.taken[0]!)).toHaveLength(100);
    await setting.nothingIsLeft();
  });
});
