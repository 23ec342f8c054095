import { expect, test } from "vitest";
import { openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { expose } from "../../src/objects/expose.js";
import type { Remote } from "../../src/client/remote.js";
import { Key } from "../../src/auth/key.js";

class Shelf {
  name(): string {
    return "top";
  }
  next(): Shelf {
    return new Shelf();
  }
}
expose(Shelf, ["name", "next"]);

class Shop {
  shelf(): Shelf {
    return new Shelf();
  }
  listen(_signal: AbortSignal): void {}
  async ask(listener: () => Promise<number>): Promise<number> {
    return await listener();
  }
}
expose(Shop, ["shelf", "listen", "ask"]);

/** Beyond the room for references, of which none is ever released by hand. */
const CALLS = 6000;

// Proxies weigh next to nothing, so engines did not look for dead ones: plain loops failed at 4096 references.
test.each<[string, (shop: Remote<Shop>) => Promise<unknown>]>([
  ["results that are dropped", (shop) => shop.shelf()],
  ["results in between", (shop) => shop.shelf().name()],
  ["callbacks that nobody keeps", (shop) => shop.ask(() => 1)],
  ["signals that nobody can abort", (shop) => shop.listen(new AbortController().signal)],
])("a loop of any length finds room for %s", async (_, call) => {
  const key = Key.generate({ id: "shop" });
  await using daemon = await serve({ shop: new Shop() }, { keys: key });
  await using app = openConnection<{ shop: Shop }>(daemon.url(), { key });
  const shop = app.object("shop");
  for (let made = 0; made < CALLS; made++) await call(shop);
  expect(app.references().length).toBeLessThan(4096);
});

// Each promise asked the one before it, back to the first, and held it: 2157 steps took all of the stack.
test("a walk from promise to promise is as long as it likes", async () => {
  const key = Key.generate({ id: "shop" });
  await using daemon = await serve({ shelf: new Shelf() }, { keys: key });
  await using app = openConnection<{ shelf: Shelf }>(daemon.url(), { key });
  let shelf: Pick<Remote<Shelf>, "next" | "name"> = app.object("shelf");
  for (let step = 0; step < CALLS; step++) {
    shelf = shelf.next();
    await shelf.name();
  }
  expect(await shelf.name()).toBe("top");
});
