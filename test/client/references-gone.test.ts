import { describe, expect, test } from "vitest";
import { batch } from "../../src/client/batch.js";
import { describe as describeObject } from "../../src/client/describe.js";
import { assign, connectionOf, isRemote, release, sameRemote, withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import type { HearthwireError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import type { Interceptor } from "../../src/objects/interceptor.js";
import { fakeClock, type FakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers, type LinkedPeers } from "../../src/testing/linked-peers.js";
import { failureOf } from "./intercepted-home.js";

class Item {
  count = 1;
  name(): string {
    return "item";
  }
  async *watch(): AsyncGenerator<number> {
    yield 1;
  }
  get size(): number {
    return this.count;
  }
  set size(count: number) {
    this.count = count;
  }
}
class Shop {
  readonly taken: unknown[] = [];
  readonly listeners = new Set<(text: string) => Promise<unknown>>();
  item(): Item {
    return new Item();
  }
  greeter(): (name: string) => string {
    return (name) => `hello ${name}`;
  }
  disk(): WritableStream {
    return new WritableStream({ write: (chunk) => void this.taken.push(chunk) });
  }
  take(...values: readonly unknown[]): void {
    this.taken.push(...values);
  }
  say(text: string): string {
    return text;
  }
  listen(listener: (text: string) => Promise<unknown>): void {
    this.listeners.add(listener);
  }
  last(): unknown {
    return [...this.listeners].at(-1);
  }
}
expose(Item, { only: ["name", "watch", "size"], members: { size: { writable: true } } });
expose(Shop, ["item", "greeter", "disk", "take", "say", "listen", "last"]);

const OVER = "was given is over; take it anew from a named object";
const GONE = {
  code: "HW_REFERENCE_GONE",
  name: "CallError",
  delivery: "not-sent",
  retryable: false,
  message: expect.stringContaining(OVER),
};

interface World extends AsyncDisposable {
  readonly clock: FakeClock;
  readonly served: Shop;
  readonly peers: LinkedPeers<{ shop: Shop }>;
  readonly item: Remote<Item>;
  readonly greeter: Remote<(name: string) => string>;
  readonly disk: WritableStream;
  /** A result that was never awaited. */
  readonly promised: ReturnType<Remote<Shop>["item"]>;
  /** The same objects over another session, which goes on. */
  readonly shop: Remote<Shop>;
}

/** What one session gave that is over, and another one. */
async function afterTheEnd(interceptors: readonly Interceptor[] = []): Promise<World> {
  const clock = fakeClock();
  const served = new Shop();
  const peers = await linkedPeers({ shop: served }, { clock, client: { interceptors } });
  const first = peers.object("shop");
  const promised = first.item();
  const facts = { item: await first.item(), greeter: await first.greeter(), disk: await first.disk() };
  await promised;
  const others = peers.another({ client: { interceptors } });
  await others.ready;
  const [ending] = peers.daemon.sessions.values();
  await ending?.close();
  await clock.advance(0);
  const disposed = () => peers[Symbol.asyncDispose]();
  return { clock, served, peers, promised, ...facts, shop: others.object("shop"), [Symbol.asyncDispose]: disposed };
}

async function failure(call: PromiseLike<unknown>): Promise<HearthwireError> {
  return (await failureOf(call)) as HearthwireError;
}

const through: Interceptor = (call, next) => next(call);

describe.each([
  ["", []],
  ["through an interceptor, ", [through]],
] as readonly (readonly [string, readonly Interceptor[]])[])("after its session, %s", (_through, interceptors) => {
  const uses: readonly (readonly [string, (world: World) => PromiseLike<unknown>])[] = [
    ["a method", ({ item }) => item.name()],
    ["an accessor", ({ item }) => item.size],
    ["an accessor that is written", ({ item }) => assign(item, { size: 2 })],
    ["a stream", ({ item }) => item.watch()[Symbol.asyncIterator]().next()],
    ["a function", ({ greeter }) => greeter("you")],
    ["a view", ({ item }) => withOptions(item, { timeoutMs: 50 }).name()],
    ["a result that was kept as a promise", ({ promised }) => promised.name()],
    ["describe", ({ item }) => describeObject(item)],
    ["a chunk", ({ disk }) => disk.getWriter().write(1)],
    ["the end of a WritableStream", ({ disk }) => disk.getWriter().close()],
    ["the abort of a WritableStream", ({ disk }) => disk.abort()],
  ];

  test.each(uses)("%s says that it is over, and where to take it anew", async (_what, use) => {
    await using world = await afterTheEnd(interceptors);
    expect(await failure(use(world))).toMatchObject({ ...GONE, object: "", peer: "ws://daemon.test/" });
  });

  test("a batch says so of its first call", async () => {
    await using world = await afterTheEnd(interceptors);
    const says = { index: 0, completed: [], delivery: "not-sent", retryable: false, cause: GONE };
    expect(await failure(batch(world.item, (o) => [o.name()]))).toMatchObject(says);
  });

  test.each([
    ["args[0]", ({ shop, item }: World) => shop.take(item)],
    ["args[1].list[2]", ({ shop, greeter }: World) => shop.take(0, { list: [1, 2, greeter] })],
    ["args[0]", ({ shop, disk }: World) => shop.take(disk)],
    ["args[0]", ({ shop, promised }: World) => shop.take(promised)],
    ["args[0]", ({ shop, item }: World) => shop.take(withOptions(item, { timeoutMs: 50 }))],
  ])("what is given to a call of another session is named: %s", async (path, call) => {
    await using world = await afterTheEnd(interceptors);
    const says = { ...GONE, message: expect.stringMatching(`"${path.replace(/[[\]]/g, "\\$&")}" ${OVER}`) };
    expect(await failure(call(world))).toMatchObject({ ...says, object: "shop", member: "take" });
    expect(world.served.taken).toEqual([]);
  });

  test("other sessions go on", async () => {
    await using world = await afterTheEnd(interceptors);
    expect(await world.shop.say("x")).toBe("x");
    expect(await (await world.shop.item()).name()).toBe("item");
  });
});

describe("after its session, a reference", () => {
  test("is released without a word", async () => {
    await using world = await afterTheEnd();
    const { item, greeter } = world;
    expect(() => {
      release(item, greeter);
      item[Symbol.dispose]();
    }).not.toThrow();
    expect(await failure(item.name())).toMatchObject({ code: "HW_RELEASED" });
  });

  test("is still the same as itself, and as no other", async () => {
    await using world = await afterTheEnd();
    const { item, shop } = world;
    expect(isRemote(item)).toBe(true);
    expect(sameRemote(item, withOptions(item, { timeoutMs: 50 }))).toBe(true);
    expect(sameRemote(item, await shop.item())).toBe(false);
  });

  test("is not sent on, and does not send itself, when nobody waits for it", async () => {
    await using world = await afterTheEnd();
    const unobserved: unknown[] = [];
    connectionOf(world.item).on("unobserved", (error) => unobserved.push(error));
    void world.item.name();
    await world.clock.advance(0);
    expect(unobserved).toMatchObject([GONE]);
  });
});

describe("a call under way when the session ends", () => {
  test("has not heard of it: what it is told first can't use the reference any more", async () => {
    const clock = fakeClock();
    await using peers = await linkedPeers({ shop: new Shop() }, { clock });
    const shop = peers.object("shop");
    const item = await shop.item();
    let inside: Promise<HearthwireError> | undefined;
    const noisy = withOptions(shop, { onAnswer: () => void (inside ??= failure(item.name())) });
    const failed = failure(noisy.say("x"));
    const [session] = peers.daemon.sessions.values();
    await session?.close();
    await failed;
    expect(await inside).toMatchObject(GONE);
  });
});

describe("on a daemon, what a client gave", () => {
  async function afterClient(): Promise<World & { readonly listener: (text: string) => Promise<unknown> }> {
    const world = await afterTheEnd();
    const leaving = world.peers.another();
    await leaving.object("shop").listen(async () => "heard");
    const [listener] = world.served.listeners;
    expect(await listener!("x")).toBe("heard");
    await leaving.close();
    await world.clock.advance(0);
    return Object.assign(world, { listener: listener! });
  }

  test("is gone with its session", async () => {
    await using world = await afterClient();
    expect(await failure(world.listener("x"))).toMatchObject({ ...GONE, member: "" });
  });

  test("so that dead listeners are found by their error", async () => {
    await using world = await afterClient();
    const { listeners } = world.served;
    await world.shop.listen(async () => "heard");
    for (const listener of listeners) {
      listener("x").catch((error: unknown) => {
        if ((error as HearthwireError).code === "HW_REFERENCE_GONE") listeners.delete(listener);
      });
    }
    await world.clock.advance(0);
    expect(listeners.size).toBe(1);
  });

  test("can be passed on all the same, so that a list with one dead entry can be told", async () => {
    await using world = await afterClient();
    const listener = (await world.shop.last()) as Remote<(text: string) => string>;
    expect(await failure(listener("x"))).toMatchObject({
      code: "HW_REFERENCE_GONE",
      delivery: "not-sent",
      message: expect.stringContaining("the peer that owns this object has left the daemon"),
    });
  });
});
