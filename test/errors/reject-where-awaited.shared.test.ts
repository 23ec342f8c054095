import { describe, expect, it } from "vitest";
import { batch } from "../../src/client/batch.js";
import { assign, release, withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { rejectWhereAwaited } from "../../src/errors/reject-where-awaited.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

const NOTHING: unknown = undefined;

class Shop {
  order(): Promise<void> {
    throw new RangeError("sold out");
  }
  nothing(): void {
    throw NOTHING;
  }
  shelf(): Shop {
    return new Shop();
  }
  get price(): number {
    throw new RangeError("no price");
  }
  set price(_price: number) {
    throw new RangeError("no price");
  }
  async *watch(): AsyncGenerator<number, void, void> {
    yield 1;
    await Promise.resolve();
    throw new RangeError("no more");
  }
}
expose(Shop, { only: ["order", "nothing", "shelf", "price", "watch"], members: { price: { writable: true } } });

/** The stack of what a task rejects with. */
async function stackOf(task: () => Promise<unknown>): Promise<string> {
  try {
    await task();
  } catch (error) {
    return (error as Error).stack ?? "";
  }
  throw new Error("it did not reject");
}

type Waits = (shop: Remote<Shop>) => Promise<unknown>;

// Each is an async function of this name, which is what a stack shall show.
const waits: Readonly<Record<string, Waits>> = {
  async placeForCall(shop) {
    await shop.order();
  },
  async placeForPipelined(shop) {
    await shop.shelf().order();
  },
  async placeForReading(shop) {
    await shop.price;
  },
  async placeForAll(shop) {
    await Promise.all([shop.order(), shop.shelf()]);
  },
  async placeForThen(shop) {
    await shop.order().then((value) => value);
  },
  async placeForFinally(shop) {
    await shop.order().finally(() => undefined);
  },
  async placeForLater(shop) {
    const pending = shop.order();
    pending.catch(() => undefined);
    await shop.shelf();
    await shop.shelf();
    await shop.order();
  },
  async placeForStream(shop) {
    for await (const _item of shop.watch());
  },
  async placeForAwaitedStream(shop) {
    for await (const _item of await shop.watch());
  },
  async placeForUnopenedStream(shop) {
    for await (const _item of (shop as unknown as Remote<{ missing(): AsyncIterable<number> }>).missing());
  },
  async placeForBatch(shop) {
    await batch(shop, (o) => [o.shelf(), o.order()]);
  },
  async placeForAssign(shop) {
    await assign(shop, { price: 1 });
  },
  async placeForReleased(shop) {
    const shelf = await shop.shelf();
    release(shelf);
    await shelf.order();
  },
  async placeForArguments(shop) {
    await (shop.order as (value: unknown) => Promise<void>)(Symbol("no"));
  },
  async placeForDeadline(shop) {
    await withOptions(shop, { timeoutMs: 1 }).order();
  },
};

describe("the stack of a failed call", () => {
  it.each(Object.keys(waits))("shows where the program waits: %s", async (name) => {
    await using peers = await linkedPeers({ shop: new Shop() });
    const stack = await stackOf(() => waits[name]!(peers.object("shop")));
    expect(stack).toMatch(new RegExp(`at .*${name}.*reject-where-awaited.shared.test`));
  });

  it("begins with the name and message of what was thrown", async () => {
    await using peers = await linkedPeers({ shop: new Shop() });
    const stack = await stackOf(async () => peers.object("shop").order());
    expect(stack).toMatch(/^RangeError: sold out\n/);
  });

  it("stays the program's own when the call was aborted", async () => {
    await using peers = await linkedPeers({ shop: new Shop() });
    const reason = new Error("mine");
    const { stack } = reason;
    const view = withOptions(peers.object("shop"), { signal: AbortSignal.abort(reason) });
    expect(await stackOf(async () => view.order())).toBe(stack);
  });

  it("is not needed: values that are no error are passed on", async () => {
    await using peers = await linkedPeers({ shop: new Shop() });
    await expect(peers.object("shop").nothing()).rejects.toBeUndefined();
    await expect(rejectWhereAwaited(null)).rejects.toBeNull();
  });

  it("is left alone where the engine can't take one", async () => {
    const { captureStackTrace } = Error;
    try {
      Reflect.set(Error, "captureStackTrace", undefined);
      await using peers = await linkedPeers({ shop: new Shop() });
      await expect(peers.object("shop").order()).rejects.toMatchObject({ name: "RangeError" });
    } finally {
      Reflect.set(Error, "captureStackTrace", captureStackTrace);
    }
  });
});
