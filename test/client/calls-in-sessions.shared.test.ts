import { describe, expect, it } from "vitest";
import { oneway } from "../../src/client/oneway.js";
import { assign } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { RemoteError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { valueType } from "../../src/serializers/value-type.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

class StockError extends Error {
  readonly item: string;
  constructor(item: string) {
    super(`no ${item}`);
    this.name = "StockError";
    this.item = item;
  }
}
const types = [
  valueType({
    tag: "StockError",
    Class: StockError,
    encode: ({ item }) => item,
    decode: (item: string) => new StockError(item),
  }),
];

const FALSY: readonly (readonly [string, unknown])[] = [
  ["undefined", undefined],
  ["null", null],
  ["0", 0],
  ["the empty text", ""],
  ["false", false],
  ["NaN", NaN],
];

class Line {
  readonly log: string[] = [];
  #a = 0;
  signals: AbortSignal[] = [];
  get a(): number {
    return this.#a;
  }
  set a(value: number) {
    this.log.push(`a ${value}`);
    if (value < 0) throw new RangeError("a is too low");
    this.#a = value;
  }
  get b(): number {
    return 0;
  }
  set b(value: number) {
    this.log.push(`b ${value}`);
  }
  get c(): number {
    return 0;
  }
  set c(value: number) {
    this.log.push(`c ${value}`);
  }
  hint(text: string): void {
    this.log.push(`hint ${text}`);
    if (text === "bad") throw new RangeError("bad hint");
  }
  async slow(text: string): Promise<void> {
    this.log.push(`slow ${text}`);
    await Promise.resolve();
  }
  throwIt(index: number): never {
    throw FALSY[index]![1];
  }
  async *throwInStream(index: number): AsyncGenerator<number, void, void> {
    yield 1;
    throw FALSY[index]![1];
  }
  async callThrower(thrower: Remote<() => void>): Promise<readonly [string, unknown]> {
    try {
      await thrower();
    } catch (error) {
      return ["threw", error];
    }
    return ["returned", 0];
  }
  async readThrower(items: AsyncIterable<number>): Promise<readonly [string, unknown]> {
    try {
      for await (const _item of items);
    } catch (error) {
      return ["threw", error];
    }
    return ["returned", 0];
  }
  keep(signal: AbortSignal): boolean {
    this.signals.push(signal);
    return signal.aborted;
  }
  any(): Promise<never> {
    return Promise.any([Promise.reject(new RangeError("one")), Promise.reject(new TypeError("two"))]);
  }
  chain(depth: number): never {
    let error = new Error("level 0");
    for (let level = 1; level <= depth; level++) error = new Error(`level ${level}`, { cause: error });
    throw error;
  }
  outOfStock(): never {
    throw new StockError("candle");
  }
  wrapped(): never {
    throw new Error("outer", { cause: new StockError("candle") });
  }
  returned(): Error {
    return new StockError("candle");
  }
  socket(): never {
    throw Object.assign(new Error("the socket broke"), { socket: new Map([[Symbol("no"), 1]]), retryable: true });
  }
  symbol(): unknown {
    return { deep: [Symbol("no")] };
  }
}
expose(Line, {
  only: [
    "a",
    "b",
    "c",
    "hint",
    "slow",
    "throwIt",
    "throwInStream",
    "callThrower",
    "readThrower",
    "keep",
    "any",
    "chain",
    "outOfStock",
    "wrapped",
    "returned",
    "socket",
    "symbol",
  ],
  members: { a: { writable: true }, b: { writable: true }, c: { writable: true }, hint: { oneway: true } },
});

async function world(options: { isRegistered?: boolean; exposeStacks?: boolean } = {}) {
  const clock = fakeClock();
  const served = new Line();
  const registered = superjsonSerializer({ types });
  const peers = await linkedPeers(
    { line: served },
    {
      clock,
      daemon: { serializers: [registered], exposeStacks: options.exposeStacks ?? false },
      client: { serializers: [options.isRegistered === false ? superjsonSerializer() : registered] },
    },
  );
  return {
    clock,
    served,
    peers,
    line: peers.object("line"),
    [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
  };
}

const rejection = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => "resolved",
    (error: unknown) => error,
  );

describe("assign", () => {
  it("writes in order and stops at the first failure, as Object.assign does", async () => {
    await using there = await world();
    expect(await rejection(assign(there.line, { b: 1, a: -1, c: 3 }))).toMatchObject({
      name: "RangeError",
      object: "line",
      member: "a",
    });
    await assign(there.line, { c: 1, b: 2, a: 3 });
    expect(there.served.log).toEqual(["b 1", "a -1", "c 1", "b 2", "a 3"]);
    expect(await there.line.a).toBe(3);
  });

  it("writes nothing after a value that can't be sent", async () => {
    await using there = await world();
    expect(await rejection(assign(there.line, { b: Symbol("no") as never, c: 3 }))).toMatchObject({
      code: "HW_CANNOT_SEND",
      member: "b",
    });
    expect(there.served.log).toEqual([]);
  });
});

describe("one-way calls", () => {
  it("start with other calls on their target in the order made", async () => {
    await using there = await world();
    const { line } = there;
    oneway(line).hint("1");
    const slow = line.slow("2");
    oneway(line).hint("3");
    void line.hint("4");
    await Promise.all([slow, line.slow("5")]);
    expect(there.served.log).toEqual(["hint 1", "slow 2", "hint 3", "hint 4", "slow 5"]);
  });

  it("report what they throw on the serving side, and answer nobody", async () => {
    await using there = await world();
    const reports: unknown[] = [];
    there.peers.daemon.on("unobserved", (error, call) => void reports.push([error.message, call]));
    const local: unknown[] = [];
    there.peers.connection.on("unobserved", (error) => void local.push(error));
    expect(oneway(there.line).hint("bad")).toBeUndefined();
    expect(await there.line.hint("bad")).toBeUndefined();
    await there.line.slow("afterwards");
    const call = { object: "line", member: "hint" };
    expect(reports).toMatchObject([
      ["bad hint", call],
      ["bad hint", call],
    ]);
    expect(local).toEqual([]);
  });
});

describe("an AbortSignal among the arguments", () => {
  it("is aborted there by the frame behind the call's when it was before", async () => {
    await using there = await world();
    await there.line.keep(AbortSignal.abort("before"));
    await there.clock.advance(1);
    expect(there.served.signals[0]?.aborted).toBe(true);
    expect(there.served.signals[0]?.reason).toBe("before");
  });

  it("is aborted there when it is here, during the call and after it", async () => {
    await using there = await world();
    const abort = new AbortController();
    expect(await there.line.keep(abort.signal)).toBe(false);
    abort.abort(new RangeError("enough"));
    await there.clock.advance(1);
    expect(there.served.signals[0]).toMatchObject({ aborted: true, reason: { name: "RangeError", message: "enough" } });
  });

  it("stays quiet there when it does here, until the session ends", async () => {
    await using there = await world();
    await there.line.keep(new AbortController().signal);
    await there.clock.advance(60_000);
    expect(there.served.signals[0]?.aborted).toBe(false);
    await there.peers.connection.close();
    await there.clock.advance(1);
    expect(there.served.signals[0]?.aborted).toBe(true);
  });

  it("goes from the daemon to a callback too", async () => {
    const clock = fakeClock();
    const controllers = [new AbortController(), new AbortController()];
    controllers[0]!.abort("before");
    const tools = {
      give: async (take: Remote<(index: number, signal: AbortSignal) => void>): Promise<void> => {
        await take(0, controllers[0]!.signal);
        await take(1, controllers[1]!.signal);
      },
    };
    await using peers = await linkedPeers({ tools }, { clock });
    const got: AbortSignal[] = [];
    await peers.object("tools").give((index, signal) => void (got[index] = signal));
    await clock.advance(1);
    expect(got.map(({ aborted }) => aborted)).toEqual([true, false]);
    controllers[1]!.abort("after");
    await clock.advance(1);
    expect(got.map(({ reason }) => reason as unknown)).toEqual(["before", "after"]);
  });
});

describe("a thrown value that is false", () => {
  it.each(FALSY.map(([name], index) => [name, index] as const))("stays a throw: %s", async (_name, index) => {
    await using there = await world();
    const value = FALSY[index]![1];
    let caught: readonly unknown[] = [];
    try {
      await there.line.throwIt(index);
    } catch (error) {
      caught = [error];
    }
    expect(caught).toEqual([value]);
    const outcome = await there.line.callThrower(() => {
      throw value;
    });
    expect(outcome).toEqual(["threw", value]);
  });

  it.each(FALSY.map(([name], index) => [name, index] as const))("ends a stream: %s", async (_name, index) => {
    await using there = await world();
    const value = FALSY[index]![1];
    const items: unknown[] = [];
    let caught: readonly unknown[] = [];
    try {
      for await (const item of there.line.throwInStream(index)) items.push(item);
    } catch (error) {
      caught = [error];
    }
    expect([items, caught]).toEqual([[1], [value]]);
    const outcome = await there.line.readThrower(
      (async function* () {
        yield 1;
        throw value;
      })(),
    );
    expect(outcome).toEqual(["threw", value]);
  });
});

describe("an error that crosses a session", () => {
  it("has the errors of an AggregateError, as Promise.any makes", async () => {
    await using there = await world();
    expect(await rejection(there.line.any())).toMatchObject({
      constructor: RemoteError,
      name: "AggregateError",
      errors: [
        { name: "RangeError", message: "one" },
        { name: "TypeError", message: "two" },
      ],
    });
  });

  it("has its causes, eight deep", async () => {
    await using there = await world();
    const levels: string[] = [];
    let error: unknown = await rejection(there.line.chain(12));
    for (; error !== undefined; error = (error as Error).cause) levels.push((error as Error).message);
    expect(levels).toEqual(Array.from({ length: 9 }, (_, level) => `level ${12 - level}`));
  });

  it("is an instance of its registered class, also as a cause and as a value", async () => {
    await using there = await world();
    const stock = { constructor: StockError, item: "candle", message: "no candle" };
    expect(await rejection(there.line.outOfStock())).toMatchObject(stock);
    expect(await rejection(there.line.wrapped())).toMatchObject({ constructor: RemoteError, cause: stock });
    expect(await there.line.returned()).toMatchObject(stock);
    const thrown = await there.line.callThrower(() => {
      throw new StockError("candle");
    });
    expect(thrown).toMatchObject(["threw", stock]);
  });

  it("is a RemoteError where that class is not registered", async () => {
    await using there = await world({ isRegistered: false });
    const remote = { constructor: RemoteError, name: "StockError", message: "no candle" };
    expect(await rejection(there.line.outOfStock())).toMatchObject({ ...remote, object: "line", member: "outOfStock" });
    expect(await rejection(there.line.wrapped())).toMatchObject({ cause: remote });
    expect(await there.line.returned()).toMatchObject(remote);
  });

  it("shows where the program waits when it is of a registered class, too", async () => {
    await using there = await world();
    async function placeOfOrder(): Promise<void> {
      await there.line.outOfStock();
    }
    expect(((await rejection(placeOfOrder())) as Error).stack).toContain("placeOfOrder");
  });

  it("keeps its message when its fields can't be sent, and says so of a result", async () => {
    await using there = await world();
    expect(await rejection(there.line.socket())).toMatchObject({
      name: "Error",
      message: "the socket broke",
      details: { retryable: true },
    });
    expect(await rejection(there.line.symbol())).toMatchObject({
      code: "HW_CANNOT_SEND",
      path: "result.deep[0]",
      message: "result.deep[0]: a symbol can't be sent",
      delivery: "ran",
    });
  });

  it("shows its stack there only when the daemon exposes stacks", async () => {
    await using hidden = await world();
    expect(await rejection(hidden.line.chain(0))).not.toHaveProperty("remoteStack");
    await using shown = await world({ exposeStacks: true });
    const error = (await rejection(shown.line.chain(0))) as RemoteError;
    expect(error.remoteStack).toContain("chain");
    expect(error.stack).not.toBe(error.remoteStack);
  });
});
