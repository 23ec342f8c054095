import { describe, expect, test } from "vitest";
import { describe as describeObject } from "../../src/client/describe.js";
import { assign, connectionOf } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import type { DaemonObject } from "../../src/daemon/daemon-object.js";
import { expose } from "../../src/objects/expose.js";
import type { InterceptedCall, Interceptor } from "../../src/objects/interceptor.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { type Home, openHome, URL_OF_HOME } from "./home.js";
import { failureOf } from "./intercepted-home.js";

class Item {
  name(): string {
    return "item";
  }
  rename(): void {}
}
class Shop {
  #last: unknown;
  price(): number {
    return 1;
  }
  order(): number {
    return 1;
  }
  async *watch(): AsyncGenerator<number> {
    yield 1;
  }
  hint(): void {}
  item(): Item {
    return new Item();
  }
  keep(object: unknown): void {
    this.#last = object;
  }
  last(): unknown {
    return this.#last;
  }
  get size(): number {
    return 1;
  }
  set size(_size: number) {}
}
expose(Item, { members: { name: { idempotent: true }, rename: {} } });
expose(Shop, {
  members: {
    order: {},
    item: {},
    keep: {},
    last: {},
    price: { idempotent: true },
    watch: { idempotent: true },
    hint: { idempotent: true, oneway: true },
    size: { writable: true },
  },
});

interface Seen {
  readonly home: Home;
  readonly shop: Remote<Shop>;
  readonly calls: InterceptedCall[];
  /** Of the calls seen on one side. */
  readonly idempotent: (side: "client" | "server") => readonly string[];
}

async function seen(): Promise<Seen> {
  const calls: InterceptedCall[] = [];
  const noting: Interceptor = (call, next) => {
    calls.push(call);
    return next(call);
  };
  const home = openHome({ daemon: { interceptors: [noting] } });
  home.daemon.register(new Shop(), { id: "shop" });
  const shop = await home.connect<Shop>(`${URL_OF_HOME}shop`, { ...home.options, interceptors: [noting] });
  const idempotent: Seen["idempotent"] = (side) =>
    calls.filter((call) => call.side === side && call.isIdempotent).map(({ kind, member }) => `${kind} ${member}`);
  return { home, shop, calls, idempotent };
}

describe("a client knows which calls are idempotent", () => {
  test("by the members that it was told when it connected", async () => {
    const { shop, idempotent } = await seen();
    await shop.price();
    await shop.order();
    for await (const one of shop.watch()) void one;
    await shop.hint();
    await assign(shop, { size: 3 });
    await shop.size;
    const told = ["call price", "call watch", "call hint", "get size"];
    expect([idempotent("client"), idempotent("server")]).toEqual([told, told]);
  });

  test("by the members that came with a reference", async () => {
    const { shop, idempotent } = await seen();
    const item = await shop.item();
    await item.name();
    await item.rename();
    expect(idempotent("client")).toEqual(["call name"]);
  });

  test("but not while the members are not known, of which the daemon knows", async () => {
    const { shop, idempotent } = await seen();
    const unknown = connectionOf(shop).object<Shop>("shop" as never);
    await Promise.all([unknown.price(), unknown.size, shop.item().name()]);
    expect(idempotent("client")).toEqual(["get size"]);
    expect(idempotent("server")).toEqual(["call price", "get size", "call name"]);
  });

  test("and of a result as soon as it is there", async () => {
    const { shop, idempotent } = await seen();
    const item = shop.item();
    await item;
    await item.name();
    expect(idempotent("client")).toEqual(["call name"]);
  });

  test("also of what another client owns", async () => {
    await using peers = await linkedPeers({ shop: new Shop() }, { daemon: { listObjects: true } });
    await peers.object("shop").keep(new Item());
    const calls: InterceptedCall[] = [];
    const interceptors: readonly Interceptor[] = [(call, next) => (calls.push(call), next(call))];
    const other = peers.another({ client: { interceptors } });
    const item = (await other.object("shop").last()) as Remote<Item>;
    expect(await item.name()).toBe("item");
    await item.rename();
    expect(calls.map(({ member, isIdempotent }) => [member, isIdempotent])).toEqual([
      ["last", false],
      ["name", true],
      ["rename", false],
    ]);
    const { members } = await describeObject(item);
    expect(members.map(({ name, isIdempotent }) => [name, isIdempotent])).toEqual([
      ["name", true],
      ["rename", false],
    ]);
    const own = peers.connection.object<DaemonObject>("hearthwire.daemon" as never);
    for await (const { object, members: listed } of own.objects()) {
      if (object !== "shop") continue;
      const names = listed.filter(({ isIdempotent }) => isIdempotent).map(({ name }) => name);
      expect(names).toEqual(["hint", "price", "watch"]);
    }
  });
});

describe("an intercepted call", () => {
  test("has the clock and the deadline of its connection, and of the daemon", async () => {
    const { home, shop, calls } = await seen();
    const startMs = home.clock.now();
    await shop.price();
    expect(calls).toMatchObject([
      { side: "client", deadlineAtMs: startMs + 30_000 },
      { side: "server", deadlineAtMs: startMs + 30_000 },
    ]);
    for (const { clock } of calls) expect(clock).toBe(home.clock);
  });

  test("of no deadline has none", async () => {
    const { home, calls } = await seen();
    const patient = home.openConnection(URL_OF_HOME, { ...home.options, timeoutMs: 0 });
    await patient.object<Shop>("shop" as never).price();
    expect(calls.at(-1)).toMatchObject({ side: "server", deadlineAtMs: Infinity });
  });

  test.each([
    ["isIdempotent", true],
    ["deadlineAtMs", 1],
    ["clock", undefined],
  ])("keeps its %s", async (name, value) => {
    const home = openHome();
    const changing: Interceptor = (call, next) => next({ ...call, [name]: value } as never);
    home.daemon.register(new Shop(), { id: "shop" });
    const shop = await home.connect<Shop>(`${URL_OF_HOME}shop`, { ...home.options, interceptors: [changing] });
    expect(await failureOf(shop.order())).toMatchObject({
      code: "HW_OPTION_INVALID",
      message: expect.stringMatching(`^"${name}" of "shop.order" can't be changed`),
    });
  });
});
