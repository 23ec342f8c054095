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
}
expose(Shelf, ["name"]);

class Shop {
  shelf(): Shelf {
    return new Shelf();
  }
  async ask(listener: () => Promise<number>): Promise<number> {
    return await listener();
  }
}
expose(Shop, ["shelf", "ask"]);

/** Beyond the room for references, of which none is ever released by hand. */
const CALLS = 6000;

// Proxies weigh next to nothing, so engines did not look for dead ones: plain loops failed at 4096 references.
test.each<[string, (shop: Remote<Shop>) => Promise<unknown>]>([
  ["results that are dropped", (shop) => shop.shelf()],
  ["results in between", (shop) => shop.shelf().name()],
  ["callbacks that nobody keeps", (shop) => shop.ask(() => 1)],
])("a loop of any length finds room for %s", async (_, call) => {
  const key = Key.generate({ id: "shop" });
  await using daemon = await serve({ shop: new Shop() }, { keys: key });
  await using app = openConnection<{ shop: Shop }>(daemon.url(), { key });
  const shop = app.object("shop");
  for (let made = 0; made < CALLS; made++) await call(shop);
  expect(app.references().length).toBeLessThan(4096);
});
