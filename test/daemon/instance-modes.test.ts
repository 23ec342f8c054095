import { beforeEach, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { mintTicketAt } from "../../src/auth/ticket.js";
import type { ConnectOptions } from "../../src/client/connect-options.js";
import { expose } from "../../src/objects/expose.js";
import { instancesOf, type InstanceMode } from "../../src/objects/instances-of.js";
import { type Home, openHome, URL_OF_HOME } from "../client/home.js";

let made = 0;
let ended: string[];

class Cart {
  readonly #name = `cart ${++made}`;
  which(): string {
    return this.#name;
  }
  [Symbol.dispose](): void {
    ended.push(this.#name);
  }
}
expose(Cart, ["which"]);

beforeEach(() => {
  made = 0;
  ended = [];
});

function home(mode: InstanceMode, create?: () => Cart | Promise<Cart>): Home {
  const opened = openHome();
  const cart = create === undefined ? instancesOf(Cart, { mode }) : instancesOf(Cart, { mode, create });
  opened.daemon.register(cart, { id: "cart" });
  return opened;
}

/** What a client with these credentials is served by. */
function which({ openConnection }: Home, credentials: ConnectOptions): Promise<string> {
  return openConnection<{ cart: Cart }>(URL_OF_HOME, { ...credentials, isolated: true })
    .object("cart")
    .which();
}

describe("mode principal", () => {
  const withKey = ({ keys }: Home, id: string, subject?: string): ConnectOptions => {
    const key = Key.generate({ id, ...(subject !== undefined && { subject }) });
    keys.add(key);
    return { key };
  };
  const root = ({ keys }: Home, id: string, subject = id): Key => {
    const key = Key.generate({ id, subject, use: "mint" });
    keys.add(key);
    return key;
  };
  const withTicket = ({ clock }: Home, key: Key, subject: string): ConnectOptions => ({
    ticket: mintTicketAt(clock.now(), { subject, keys: key }),
  });

  it("shares an instance between keys of one subject", async () => {
    const shop = home("principal");
    expect(await which(shop, withKey(shop, "ann-2026", "ann"))).toBe("cart 1");
    expect(await which(shop, withKey(shop, "ann-2027", "ann"))).toBe("cart 1");
    expect(await which(shop, withKey(shop, "bob"))).toBe("cart 2");
  });

  it("shares an instance between tickets of one subject, also of two roots with one subject", async () => {
    const shop = home("principal");
    const [first, second] = [root(shop, "web-2026", "web"), root(shop, "web-2027", "web")];
    expect(await which(shop, withTicket(shop, first, "ann"))).toBe("cart 1");
    expect(await which(shop, withTicket(shop, first, "ann"))).toBe("cart 1");
    expect(await which(shop, withTicket(shop, second, "ann"))).toBe("cart 1");
    expect(await which(shop, withTicket(shop, first, "bob"))).toBe("cart 2");
  });

  // Whoever logs in at a web server may choose that name, and it is not the name of a key, or of another server's user.
  it("shares none between a key and a ticket of the same subject, nor between tickets of two servers", async () => {
    const shop = home("principal");
    expect(await which(shop, withKey(shop, "ann"))).toBe("cart 1");
    expect(await which(shop, withTicket(shop, root(shop, "web"), "ann"))).toBe("cart 2");
    expect(await which(shop, withTicket(shop, root(shop, "intranet"), "ann"))).toBe("cart 3");
  });
});

describe("closing the daemon", () => {
  it.each([
    ["single", 1],
    ["principal", 1],
    ["session", 2],
    ["call", 2],
  ] as const)("has disposed every instance of mode %s", async (mode, count) => {
    const shop = home(mode);
    await which(shop, shop.options);
    await which(shop, shop.options);
    await shop.daemon.close();
    expect(ended.toSorted()).toEqual(Array.from({ length: count }, (_, index) => `cart ${index + 1}`));
  });

  it("reports an instance that can't be disposed, and disposes the others", async () => {
    class Broken extends Cart {
      override [Symbol.dispose](): never {
        throw new Error("won't go");
      }
    }
    const shop = home("single");
    shop.daemon.register(instancesOf(Broken, { mode: "single" }), { id: "broken" });
    const failures: unknown[] = [];
    shop.daemon.on("unobserved", (error, { object }) => void failures.push([object, error.message]));
    const connection = shop.openConnection<{ cart: Cart; broken: Cart }>(URL_OF_HOME, shop.options);
    await Promise.all([connection.object("cart").which(), connection.object("broken").which()]);
    await shop.daemon.close();
    expect(failures).toEqual([["broken", "won't go"]]);
    expect(ended).toEqual(["cart 1"]);
  });
});

describe("a creator that is still at work when its session ends", () => {
  it.each(["session", "principal", "call"] as const)(
    "has its instance disposed, in mode %s, and its call does not run",
    async (mode) => {
      let deliver!: (cart: Cart) => void;
      let begun!: () => void;
      const isBegun = new Promise<void>((resolve) => (begun = resolve));
      const shop = home(mode, () => (begun(), new Promise((resolve) => (deliver = resolve))));
      let runs = 0;
      class Counted extends Cart {
        override which(): string {
          runs++;
          return super.which();
        }
      }
      const connection = shop.openConnection<{ cart: Cart }>(URL_OF_HOME, { ...shop.options, isolated: true });
      const call = connection
        .object("cart")
        .which()
        .then(undefined, (error: unknown) => error);
      await isBegun;
      const closed = new Promise<void>((resolve) => void shop.daemon.on("closed", () => resolve()));
      await connection.close();
      await closed;
      deliver(new Counted());
      await expect(call).resolves.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
      await expect.poll(() => ended).toEqual(["cart 1"]);
      await shop.daemon.close();
      expect([ended, runs]).toEqual([["cart 1"], 0]);
    },
  );
});
