import { describe, expect, it } from "vitest";
import { batch } from "../../src/client/batch.js";
import { assign, release, withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import type { HearthwireError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import { superjsonSerializer } from "../../src/serializers/superjson-serializer.js";
import { valueType } from "../../src/serializers/value-type.js";
import { fakeClock, type FakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers, type LinkedPeers } from "../../src/testing/linked-peers.js";

const PEER = "ws://daemon.test/";

class Money {
  readonly cents = 1;
}
const money = (decode: () => Money) => valueType({ tag: "money", Class: Money, encode: () => 1, decode });
const refusing = superjsonSerializer({
  types: [
    money(() => {
      throw new Error("no");
    }),
  ],
});
const giving = superjsonSerializer({ types: [money(() => new Money())] });

const never = (): Promise<never> => new Promise(() => undefined);

class Item {
  name(): string {
    return "item";
  }
  fail(): void {
    throw new RangeError("broken");
  }
  never(): Promise<never> {
    return never();
  }
}
class Shop {
  readonly items: Item[] = [];
  fail(): void {
    throw new RangeError("sold out");
  }
  never(): Promise<never> {
    return never();
  }
  order(_count: number): number {
    return 1;
  }
  unsendable(): symbol {
    return Symbol("no");
  }
  take(_value: unknown): void {}
  give(): Money {
    return new Money();
  }
  item(): Item {
    return new Item();
  }
  say(text: string): string {
    return text;
  }
  get price(): number {
    return 1;
  }
  set price(_price: number) {
    throw new RangeError("too low");
  }
}
const numberSchema = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate: (value: unknown) =>
      typeof value === "number" ? { value } : { issues: [{ message: "expected a number" }] },
  },
} as const;
expose(Item, ["name", "fail", "never"]);
expose(Shop, {
  only: ["fail", "never", "order", "unsendable", "take", "give", "item", "say", "price"],
  members: { price: { writable: true }, order: { input: [numberSchema] } },
});

interface World {
  readonly clock: FakeClock;
  readonly peers: LinkedPeers<{ shop: Shop }>;
  readonly shop: Remote<Shop>;
}

type Fails = (world: World) => PromiseLike<unknown>;
type Facts = readonly [object: string, member: string, elapsedMs?: number];

/** Every kind of failure: how it comes about, its code or name, and the call that it says it is of. */
const failures: readonly (readonly [what: string, code: string, facts: Facts, fails: Fails])[] = [
  [
    "a missing object",
    "HW_NO_SUCH_OBJECT",
    ["nowhere", "order"],
    ({ peers }) => (peers.connection.object("nowhere" as "shop") as Remote<Shop>).order(1),
  ],
  [
    "a missing member",
    "HW_NO_SUCH_MEMBER",
    ["shop", "nothing"],
    ({ shop }) => (shop as unknown as Remote<{ nothing(): void }>).nothing(),
  ],
  ["a denied call", "HW_NO_SUCH_MEMBER", ["shop", "say"], ({ shop }) => shop.say("denied")],
  [
    "invalid arguments",
    "HW_ARGUMENTS_INVALID",
    ["shop", "order"],
    ({ shop }) => (shop as unknown as Remote<{ order(count: string): void }>).order("x"),
  ],
  [
    "a deadline",
    "HW_DEADLINE",
    ["shop", "never", 70],
    ({ shop, clock }) => later(withOptions(shop, { timeoutMs: 70 }).never(), () => clock.advance(70)),
  ],
  [
    "a deadline of a call by reference",
    "HW_DEADLINE",
    ["", "never", 30_000],
    async ({ shop, clock }) => later((await shop.item()).never(), () => clock.advance(30_000)),
  ],
  [
    "a deadline before there was a connection",
    "HW_DEADLINE",
    ["shop", "order", 40],
    ({ peers, clock }) => {
      const early = peers.another({ link: { latencyMs: 1_000 } }).object("shop");
      return later(withOptions(early, { timeoutMs: 40 }).order(1), () => clock.advance(40));
    },
  ],
  ["a released proxy", "HW_RELEASED", ["shop", "order"], ({ shop }) => (release(shop), shop.order(1))],
  [
    "a released reference",
    "HW_RELEASED",
    ["", "name"],
    async ({ shop }) => {
      const item = await shop.item();
      release(item);
      return item.name();
    },
  ],
  [
    "a result that is no remote object",
    "HW_NOT_REMOTE",
    ["", "name"],
    ({ shop }) => (shop.say("x") as unknown as Remote<Item>).name(),
  ],
  [
    "a settled result that is no remote object",
    "HW_NOT_REMOTE",
    ["", "name"],
    async ({ shop }) => {
      const said = shop.say("x");
      await said;
      return (said as unknown as Remote<Item>).name();
    },
  ],
  ["an argument that can't be sent", "HW_CANNOT_SEND", ["shop", "take"], ({ shop }) => shop.take(Symbol("no"))],
  ["a result that can't be sent", "HW_CANNOT_SEND", ["shop", "unsendable"], ({ shop }) => shop.unsendable() as never],
  ["a message above the limit", "HW_LIMIT", ["shop", "take"], ({ shop }) => shop.take("x".repeat(5 * 1024 * 1024))],
  [
    "a full session",
    "HW_LIMIT",
    ["shop", "say"],
    ({ shop }) => {
      for (let calls = 0; calls < 1; calls++) void Promise.resolve(shop.never()).catch(() => undefined);
      return shop.say("one too many");
    },
  ],
  ["an argument that the gate refuses", "HW_BAD_PAYLOAD", ["shop", "take"], ({ shop }) => shop.take(new Money())],
  [
    "a connection that was closed before",
    "HW_CONNECTION_CLOSED",
    ["shop", "order"],
    async ({ peers, shop }) => {
      await peers.connection.close();
      return shop.order(1);
    },
  ],
  [
    "a connection that is closed meanwhile",
    "HW_CONNECTION_CLOSED",
    ["shop", "never", 5],
    async ({ peers, shop, clock }) =>
      later(shop.never(), async () => {
        await clock.advance(5);
        await peers.connection.close();
      }),
  ],
  ["an error that the called code threw", "", ["shop", "fail"], ({ shop }) => shop.fail()],
  ["one thrown by reference", "", ["", "fail"], async ({ shop }) => (await shop.item()).fail()],
  ["one thrown down a chain", "", ["", "fail"], ({ shop }) => shop.item().fail()],
  ["one thrown by a setter", "", ["shop", "price"], ({ shop }) => assign(shop, { price: 1 })],
  ["a batch", "HW_BATCH_STOPPED", ["shop", "fail"], ({ shop }) => batch(shop, (o) => [o.item(), o.fail()])],
  [
    "a batch on a released proxy",
    "HW_BATCH_STOPPED",
    ["shop", "item"],
    ({ shop }) => (release(shop), batch(shop, (o) => [o.item(), o.fail()])),
  ],
];

/** Starts a call, does something, and gives what becomes of the call. */
async function later<T>(call: PromiseLike<T>, task: () => Promise<void>): Promise<T> {
  const settled = Promise.resolve(call).then(
    (value) => () => value,
    (error: unknown) => () => {
      throw error;
    },
  );
  await task();
  return (await settled)();
}

describe("an error of a call says which object, member and peer it is of, and for how long it went on:", () => {
  it.each(failures)("%s", async (what, code, [object, member, elapsedMs = 0], fails) => {
    const clock = fakeClock();
    await using peers = await linkedPeers(
      { shop: new Shop() },
      {
        clock,
        daemon: {
          authorize: ({ member: asked }) => what !== "a denied call" || asked !== "say",
          serializers: [what.includes("gate") ? refusing : giving],
          ...(what === "a full session" && { limits: { maxCallsInFlight: 1 } }),
        },
        client: { serializers: [giving] },
      },
    );
    let failure: HearthwireError | undefined;
    try {
      await fails({ clock, peers, shop: peers.object("shop") });
    } catch (error) {
      failure = error as HearthwireError;
    }
    expect(failure).toMatchObject({ code, object, member, peer: PEER, elapsedMs });
    expect(["not-sent", "ran", "unknown"]).toContain(failure?.delivery);
  });
});

describe("the refusals of a closed connection", () => {
  it("are each of its own call", async () => {
    await using peers = await linkedPeers({ shop: new Shop() }, { clock: fakeClock() });
    const shop = peers.object("shop");
    await peers.connection.close();
    const failed = await Promise.allSettled([shop.order(1), shop.say("x")]);
    expect(failed).toMatchObject([{ reason: { member: "order" } }, { reason: { member: "say" } }]);
  });
});
