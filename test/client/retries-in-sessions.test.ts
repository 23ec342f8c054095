import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { batch } from "../../src/client/batch.js";
import { withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { retries, type RetryOptions } from "../../src/client/retries.js";
import type { CoreOptions } from "../../src/daemon/options.js";
import { LimitError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import type { Interceptor } from "../../src/objects/interceptor.js";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers, type LinkedPeers } from "../../src/testing/linked-peers.js";
import { failureOf } from "./intercepted-home.js";

const PAUSE_MS = 100;

class Item {
  name(): string {
    return "item";
  }
}
class Shop {
  readonly log: string[] = [];
  order(what: unknown): string {
    this.log.push(`order ${String(what)}`);
    return `ordered ${String(what)}`;
  }
  item(): Item {
    this.log.push("item");
    return new Item();
  }
  async read(items: AsyncIterable<number>): Promise<number> {
    let sum = 0;
    for await (const item of items) sum += item;
    return sum;
  }
  call(listener: () => Promise<string>): Promise<string> {
    return listener();
  }
  fail(): never {
    this.log.push("fail");
    throw new RangeError("sold out");
  }
}
expose(Item, ["name"]);
expose(Shop, ["order", "item", "read", "call", "fail"]);

interface World extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly served: Shop;
  readonly peers: LinkedPeers<{ shop: Shop }>;
  readonly shop: Remote<Shop>;
}

/** A daemon that is too busy for the first calls of some members. */
async function busy(
  refused: Readonly<Record<string, number>>,
  { options, daemon }: { options?: RetryOptions; daemon?: Omit<CoreOptions, "keys" | "clock"> } = {},
): Promise<World> {
  const left = new Map(Object.entries(refused));
  const refusing: Interceptor = (call, next) => {
    const count = call.side === "server" ? (left.get(call.member) ?? 0) : 0;
    left.set(call.member, count - 1);
    if (count <= 0) return next(call);
    throw new LimitError("busy", { limit: "maxCallsPerPrincipal", allowed: 1, retryable: true });
  };
  const clock = fakeClock();
  const served = new Shop();
  const peers = await linkedPeers(
    { shop: served },
    { clock, daemon: { ...daemon, interceptors: [refusing] }, client: { interceptors: [retries(options)] } },
  );
  const disposed = () => peers[Symbol.asyncDispose]();
  return { clock, served, peers, shop: peers.object("shop"), [Symbol.asyncDispose]: disposed };
}

/** All pauses are as long as they may be. */
beforeEach(() => void vi.spyOn(Math, "random").mockReturnValue(1));
afterEach(() => vi.restoreAllMocks());

describe("a daemon's limit", () => {
  test("is waited for, and the call runs once", async () => {
    await using world = await busy({ order: 2 });
    const ordered = Promise.resolve(world.shop.order("bread"));
    await world.clock.advance(3 * PAUSE_MS);
    expect(await ordered).toBe("ordered bread");
    expect(world.served.log).toEqual(["order bread"]);
  });

  test("of calls a second lets all of them through in the end", async () => {
    const limits = { callsPerSecondPerPrincipal: 1, callBurstPerPrincipal: 1 };
    const options = { attempts: 10, minDelayMs: 1_000, maxDelayMs: 1_000, budget: { burst: 100 } };
    await using world = await busy({}, { options, daemon: { limits } });
    await world.clock.advance(1_000);
    const ordered = Promise.all([1, 2, 3].map((what) => world.shop.order(what)));
    await world.clock.advance(5_000);
    expect(await ordered).toEqual(["ordered 1", "ordered 2", "ordered 3"]);
    expect(world.served.log.toSorted()).toEqual(["order 1", "order 2", "order 3"]);
  });

  test("is not waited for past the deadline of the call, whose error is that of the limit", async () => {
    await using world = await busy({ order: 5 });
    const failure = failureOf(withOptions(world.shop, { timeoutMs: 250 }).order("bread"));
    await world.clock.advance(PAUSE_MS);
    expect(await failure).toMatchObject({ code: "HW_LIMIT", delivery: "not-sent", member: "order" });
    expect(world.served.log).toEqual([]);
  });

  test("is not waited for once the caller gives up, whose reason the call has", async () => {
    await using world = await busy({ order: 5 });
    const abort = new AbortController();
    const failure = failureOf(withOptions(world.shop, { signal: abort.signal }).order("bread"));
    await world.clock.advance(PAUSE_MS / 2);
    const before = world.clock.pendingTimers;
    abort.abort(new Error("enough"));
    expect(await failure).toMatchObject({ message: "enough" });
    await world.clock.advance(0);
    // That of its pause; the one of deadlines waits for the next.
    expect(world.clock.pendingTimers).toBe(before - 1);
  });

  test("is not waited for once the connection is closed", async () => {
    await using world = await busy({ order: 5 });
    const failure = failureOf(world.shop.order("bread"));
    await world.clock.advance(PAUSE_MS / 2);
    await world.peers.connection.close();
    expect(await failure).toMatchObject({ code: "HW_LIMIT" });
    await world.clock.advance(60_000);
    expect(world.served.log).toEqual([]);
  });

  test("is not waited for by a call that carries a stream, which is ended", async () => {
    await using world = await busy({ read: 1 });
    let hasEnded = false;
    async function* numbers() {
      try {
        yield 1;
      } finally {
        hasEnded = true;
      }
    }
    const failure = failureOf(world.shop.read(numbers()));
    await world.clock.advance(0);
    expect(await failure).toMatchObject({ code: "HW_LIMIT" });
    await world.clock.advance(0);
    expect([hasEnded, world.clock.pendingTimers > 0]).toEqual([true, true]);
  });

  test("is waited for by a call that carries a callback", async () => {
    await using world = await busy({ call: 1 });
    const called = Promise.resolve(world.shop.call(() => Promise.resolve("called")));
    await world.clock.advance(PAUSE_MS);
    expect(await called).toBe("called");
  });
});

describe("what the called code throws", () => {
  test("is not tried again", async () => {
    await using world = await busy({});
    expect(await failureOf(world.shop.fail())).toMatchObject({ name: "RangeError" });
    expect(world.served.log).toEqual(["fail"]);
  });
});

describe("calls on a result to come", () => {
  test("are made on what the next try gives", async () => {
    await using world = await busy({ item: 1 });
    const name = Promise.resolve(world.shop.item().name());
    await world.clock.advance(PAUSE_MS * 2);
    expect(await name).toBe("item");
    expect(world.served.log).toEqual(["item"]);
  });

  test("fail as it fails in the end, and are not tried for themselves", async () => {
    await using world = await busy({ item: 100 });
    const item = world.shop.item();
    const name = failureOf(item.name());
    await world.clock.advance(60_000);
    const failure = await failureOf(item);
    expect(failure).toMatchObject({ code: "HW_LIMIT", member: "item" });
    expect(await name).toBe(failure);
  });
});

describe("a batch", () => {
  test("keeps its order when its first call is tried again", async () => {
    await using world = await busy({ order: 1 });
    const ordered = batch(world.shop, (o) => [o.order(1), o.order(2), o.order(3)]);
    await world.clock.advance(10 * PAUSE_MS);
    expect(await ordered).toEqual(["ordered 1", "ordered 2", "ordered 3"]);
    expect(world.served.log).toEqual(["order 1", "order 2", "order 3"]);
  });
});
