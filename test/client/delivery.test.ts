import { describe, expect, test } from "vitest";
import { batch } from "../../src/client/batch.js";
import { describe as describeObject } from "../../src/client/describe.js";
import { oneway } from "../../src/client/oneway.js";
import { assign, connectionOf, withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import type { Delivery } from "../../src/errors/error-code.js";
import type { HearthwireError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import type { Interceptor } from "../../src/objects/interceptor.js";
import type { FakeClock } from "../../src/testing/fake-clock.js";
import { transportPair } from "../../src/testing/transport-pair.js";
import { type Home, openHome, URL_OF_HOME } from "./home.js";
import { failureOf } from "./intercepted-home.js";

const LATENCY_MS = 10;
const never = new Promise<never>(() => undefined);

class Item {
  name(): string {
    return "item";
  }
}
class Shop {
  #listener: ((text: string) => Promise<unknown>) | undefined;
  heard: unknown;
  order(_count: number): number {
    return 1;
  }
  price(): number {
    return 1;
  }
  hint(): void {}
  item(): Item {
    return new Item();
  }
  async *watch(): AsyncGenerator<number> {
    yield 1;
    await never;
  }
  disk(): WritableStream {
    return new WritableStream({ write: () => never, close: () => never });
  }
  read(_items: AsyncIterable<number>): void {}
  join(listener: (text: string) => Promise<unknown>): void {
    this.#listener = listener;
  }
  publish(): void {
    this.#listener?.("news").then(undefined, (error: unknown) => (this.heard = error));
  }
  relay(call: () => Promise<unknown>): Promise<unknown> {
    return call();
  }
  get size(): number {
    return 1;
  }
  set size(_size: number) {}
}
expose(Item, ["name"]);
expose(Shop, {
  only: ["order", "price", "hint", "size", "item", "watch", "disk", "read", "join", "publish", "relay"],
  members: { price: { idempotent: true }, hint: { oneway: true }, size: { writable: true } },
});

/** A client at the end of a slow line, of a daemon that answers nothing from a moment on. */
class World implements AsyncDisposable {
  readonly home: Home;
  readonly clock: FakeClock;
  readonly served = new Shop();
  readonly unobserved: unknown[] = [];
  #isAnswering = true;
  #shop: Remote<Shop> | undefined;

  constructor() {
    const authorize = (): boolean | Promise<never> => this.#isAnswering || new Promise<never>(() => undefined);
    const dial = () => {
      const [near, far] = transportPair({ latencyMs: LATENCY_MS, clock: this.clock });
      this.home.daemon.accept(far);
      return near;
    };
    this.home = openHome({ daemon: { authorize }, environment: { dial } });
    this.clock = this.home.clock;
    this.home.daemon.register(this.served, { id: "shop" });
  }

  static async open(interceptors: readonly Interceptor[] = []): Promise<World> {
    const world = new World();
    world.#shop = await world.given(world.connect(interceptors));
    connectionOf(world.shop).on("unobserved", (error) => world.unobserved.push(error));
    return world;
  }

  connect(interceptors: readonly Interceptor[] = []): Promise<Remote<Shop>> {
    const options = { ...this.home.options, isolated: true, interceptors };
    return Promise.resolve(this.home.connect<Shop>(`${URL_OF_HOME}shop`, options));
  }

  /** Its members are known. */
  get shop(): Remote<Shop> {
    return this.#shop!;
  }

  stopAnswering(): void {
    this.#isAnswering = false;
  }

  /** What a call resolves with. */
  async given<T>(call: PromiseLike<T>): Promise<T> {
    const settled = Promise.resolve(call);
    await this.clock.advance(5 * LATENCY_MS);
    return settled;
  }

  /** The daemon ends the session; the client hears of it a moment later. */
  endSession(): void {
    for (const session of this.home.daemon.sessions.values()) void session.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = this.home.daemon.close({ graceMs: 0 });
    await this.clock.advance(1_000);
    await closed;
  }
}

/** How the call is made, whose daemon does not answer any more. */
type Makes = (world: World) => PromiseLike<unknown> | Promise<() => PromiseLike<unknown>>;
type Says = readonly [delivery: Delivery, retryable: boolean];

const through: Interceptor = (call, next) => next(call);

/** Calls that the daemon has taken when its session ends. */
const underWay: readonly (readonly [what: string, makes: Makes, says: Says])[] = [
  ["a method", ({ shop }) => shop.order(1), ["unknown", false]],
  ["an idempotent method", ({ shop }) => shop.price(), ["unknown", true]],
  [
    "an idempotent method of an object whose members are not known",
    ({ shop }) =>
      connectionOf(shop)
        .object<Shop>("shop" as never)
        .price(),
    ["unknown", false],
  ],
  ["an accessor that is read", ({ shop }) => shop.size, ["unknown", true]],
  ["an accessor that is written", ({ shop }) => assign(shop, { size: 2 }), ["unknown", false]],
  ["describe", ({ shop }) => describeObject(shop), ["unknown", true]],
  ["a method on a result to come", ({ shop }) => shop.item().name(), ["unknown", false]],
  [
    "a method on a reference",
    async (world) => {
      const item = await world.given(world.shop.item());
      return () => item.name();
    },
    ["unknown", false],
  ],
  ["the first call of a batch", ({ shop }) => batch(shop, (o) => [o.order(1), o.price()]), ["unknown", false]],
  [
    "a batch whose first call is idempotent",
    ({ shop }) => batch(shop, (o) => [o.price(), o.order(1)]),
    ["unknown", false],
  ],
  ["a batch of idempotent calls", ({ shop }) => batch(shop, (o) => [o.price(), o.price()]), ["unknown", true]],
  ["a call with a stream", ({ shop }) => shop.read((async function* () {})()), ["unknown", false]],
  [
    "the next item of a stream",
    async (world) => {
      const stream = await world.given(world.shop.watch());
      await stream.next();
      return () => stream.next();
    },
    ["ran", false],
  ],
  [
    "a chunk for a WritableStream",
    async (world) => {
      const writer = (await world.given(world.shop.disk())).getWriter();
      return () => writer.write(1);
    },
    ["unknown", false],
  ],
  [
    "the close of a WritableStream",
    async (world) => {
      const writer = (await world.given(world.shop.disk())).getWriter();
      return () => writer.close();
    },
    ["unknown", false],
  ],
];

async function made(world: World, makes: Makes): Promise<() => PromiseLike<unknown>> {
  // Not awaited as it is: a call would be waited for.
  const preparing = makes as (world: World) => Promise<() => PromiseLike<unknown>>;
  return makes.constructor.name === "AsyncFunction" ? preparing(world) : () => makes(world) as PromiseLike<unknown>;
}

async function failure(call: PromiseLike<unknown>): Promise<HearthwireError> {
  return (await failureOf(call)) as HearthwireError;
}

describe.each([
  ["", []],
  ["through an interceptor, ", [through]],
] as readonly (readonly [string, readonly Interceptor[]])[])("when the session ends, %s", (_through, interceptors) => {
  test.each(underWay)("%s that it took", async (_what, makes, [delivery, retryable]) => {
    await using world = await World.open(interceptors);
    const call = await made(world, makes);
    world.stopAnswering();
    const failed = failure(call());
    await world.clock.advance(LATENCY_MS);
    world.endSession();
    await world.clock.advance(LATENCY_MS);
    expect(await failed).toMatchObject({ delivery, retryable });
  });

  // Its last word says which frames it took. Of a stream the call has run, whatever became of its items.
  test.each(underWay)("%s that it never took", async (what, makes, [delivery]) => {
    await using world = await World.open(interceptors);
    const call = await made(world, makes);
    world.endSession();
    const failed = failure(call());
    await world.clock.advance(LATENCY_MS);
    // What it was made on is gone with the session.
    const isOfSession = /reference|WritableStream|result to come/.test(what);
    const unsent = { delivery: "not-sent", retryable: !isOfSession };
    expect(await failed).toMatchObject(delivery === "ran" ? { delivery, retryable: false } : unsent);
  });

  test("calls that wait for their turn have not been sent", async () => {
    await using world = await World.open(interceptors);
    world.stopAnswering();
    const calls = Array.from({ length: 258 }, () => failure(world.shop.order(1)));
    await world.clock.advance(LATENCY_MS);
    world.endSession();
    await world.clock.advance(LATENCY_MS);
    const failures = await Promise.all(calls);
    expect(failures.map(({ delivery }) => delivery).filter((delivery) => delivery === "unknown")).toHaveLength(256);
    expect(failures.slice(256)).toMatchObject(Array(2).fill({ delivery: "not-sent", retryable: true }));
  });

  test("a call that waits for the result of another has not been sent", async () => {
    await using world = await World.open(interceptors);
    world.stopAnswering();
    const item = world.shop.item();
    await world.clock.advance(LATENCY_MS);
    const named = failure(item.name());
    const passed = failure(world.shop.order(item as never));
    await world.clock.advance(LATENCY_MS);
    world.endSession();
    await world.clock.advance(LATENCY_MS);
    expect(await failure(item)).toMatchObject({ delivery: "unknown", member: "item" });
    const says = { delivery: "not-sent", retryable: false };
    expect([await named, await passed]).toMatchObject([
      { member: "name", ...says },
      { member: "order", ...says },
    ]);
  });

  test("a batch that ran in part says so, and gives what it has", async () => {
    await using world = await World.open(interceptors);
    let isFirst = true;
    const original = world.served.order.bind(world.served);
    world.served.order = (count) => (isFirst ? ((isFirst = false), original(count)) : (never as never));
    const failed = failure(batch(world.shop, (o) => [o.order(1), o.order(2)]));
    await world.clock.advance(2 * LATENCY_MS);
    world.endSession();
    await world.clock.advance(LATENCY_MS);
    expect(await failed).toMatchObject({
      delivery: "ran",
      retryable: false,
      index: 1,
      completed: [1],
      cause: { delivery: "unknown", retryable: false },
    });
  });
});

describe("one-way calls", () => {
  test("say nothing once they are on their way, whatever becomes of them", async () => {
    await using world = await World.open();
    world.endSession();
    oneway(world.shop).hint();
    await world.clock.advance(LATENCY_MS);
    expect(world.unobserved).toEqual([]);
  });

  test("that were never sent are told as unobserved", async () => {
    await using world = await World.open();
    world.endSession();
    await world.clock.advance(LATENCY_MS);
    oneway(world.shop).hint();
    await world.clock.advance(LATENCY_MS);
    expect(world.unobserved).toMatchObject([{ member: "hint", delivery: "not-sent" }]);
  });
});

describe("callbacks that a daemon calls", () => {
  test("may have run when their client's session ends, and are gone afterwards", async () => {
    await using world = await World.open();
    const { shop, served, clock } = world;
    await world.given(shop.join(() => never));
    await world.given(shop.publish());
    world.endSession();
    await clock.advance(LATENCY_MS);
    expect(served.heard).toMatchObject({ delivery: "unknown", retryable: false });
    served.publish();
    await clock.advance(0);
    expect(served.heard).toMatchObject({ code: "HW_REFERENCE_GONE", delivery: "not-sent", retryable: false });
  });
});

describe("calls that wait for a connection", () => {
  test("never ran when it is closed", async () => {
    await using world = await World.open();
    const early = world.home.openConnection(URL_OF_HOME, { ...world.home.options, isolated: true });
    const failed = failure(early.object<Shop>("shop" as never).order(1));
    await world.given(early.close());
    expect(await failed).toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "not-sent", retryable: true });
  });

  test("never ran when it is refused, and say what the refusal says of trying again", async () => {
    await using world = await World.open();
    world.home.keys.remove(world.home.key.id);
    const early = world.home.openConnection(URL_OF_HOME, { ...world.home.options, isolated: true });
    const failed = failure(early.object<Shop>("shop" as never).order(1));
    await world.clock.advance(1_000);
    expect(await failed).toMatchObject({ code: "HW_REFUSED", delivery: "not-sent", retryable: false });
  });
});

describe("calls on a closed connection", () => {
  test.each([
    ["", []],
    [", through an interceptor", [through]],
  ] as readonly (readonly [string, readonly Interceptor[]])[])("never ran%s", async (_through, interceptors) => {
    await using world = await World.open(interceptors);
    await world.given(connectionOf(world.shop).close());
    const says = { code: "HW_CONNECTION_CLOSED", delivery: "not-sent", retryable: true };
    expect(await failure(world.shop.order(1))).toMatchObject({ ...says, member: "order" });
    expect(await failure(describeObject(world.shop))).toMatchObject(says);
  });
});

describe.each([
  ["", []],
  ["through an interceptor, ", [through]],
] as readonly (readonly [string, readonly Interceptor[]])[])("at its deadline, %s", (_through, interceptors) => {
  test.each([
    ["a method that was sent", (shop: Remote<Shop>) => shop.order(1), ["unknown", false]],
    ["an idempotent method that was sent", (shop: Remote<Shop>) => shop.price(), ["unknown", true]],
    ["an accessor that was sent", (shop: Remote<Shop>) => shop.size, ["unknown", true]],
  ] as const)("%s", async (_what, makes, [delivery, retryable]) => {
    await using world = await World.open(interceptors);
    world.stopAnswering();
    const failed = failure(makes(withOptions(world.shop, { timeoutMs: 50 })));
    await world.clock.advance(50);
    expect(await failed).toMatchObject({ code: "HW_DEADLINE", delivery, retryable });
  });

  test("a method that waited for its turn", async () => {
    await using world = await World.open(interceptors);
    world.stopAnswering();
    for (let calls = 0; calls < 256; calls++) void failure(world.shop.order(1));
    const failed = failure(withOptions(world.shop, { timeoutMs: 50 }).order(1));
    await world.clock.advance(50);
    expect(await failed).toMatchObject({ code: "HW_DEADLINE", delivery: "not-sent", retryable: true });
  });

  test("a method that the daemon itself gave up first", async () => {
    await using world = await World.open(interceptors);
    world.stopAnswering();
    const failed = failure(withOptions(world.shop, { timeoutMs: 1_000 }).price());
    await world.clock.advance(999);
    expect(await Promise.race([failed, "pending"])).toBe("pending");
    await world.clock.advance(1);
    expect(await failed).toMatchObject({ code: "HW_DEADLINE", delivery: "unknown", retryable: true });
  });
});
