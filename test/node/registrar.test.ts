import { once } from "node:events";
import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";
import { NamingError } from "../../src/errors/hearthwire-error.js";
import type { NameServer } from "../../src/naming/name-server.js";
import type { NamesForClients } from "../../src/naming/names-for-clients.js";
import { connect, openConnection } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import type { ServeOptions } from "../../src/node/serve-options.js";
import { serveNames, type ServeNamesOptions } from "../../src/node/serve-names.js";
import type { Daemon } from "../../src/node/served-daemon.js";
import { told } from "../naming/names-world.js";
import { freePort } from "../support/free-port.js";

const team = Key.generate({ id: "team", subject: "team" });
const guest = Key.generate({ id: "guest", subject: "guest" });
const keys = new KeyRing([team, guest]);
const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

async function nameServer(options: ServeNamesOptions = {}): Promise<Daemon> {
  const daemon = (await serveNames({ keys, port: 0, ...options } as ServeNamesOptions)) as unknown as Daemon;
  ends.push(() => daemon.close({ graceMs: 0 }));
  return daemon;
}

async function shop(server: string, options: ServeOptions = {}, objects: Record<string, object> = {}): Promise<Daemon> {
  const cart = { add: (item: string) => `added ${item}` };
  const names = { server, ...(typeof options.names === "object" && options.names) };
  const daemon = await serve({ cart, ...objects }, { keys, ...options, names } as ServeOptions);
  ends.push(() => daemon.close({ graceMs: 0 }));
  return daemon as unknown as Daemon;
}

const named = (daemon: Daemon) =>
  new Promise<readonly string[]>((resolve) => {
    const stop = daemon.on("named", ({ names }) => {
      stop();
      resolve(names);
    });
  });
const failed = (daemon: Daemon) =>
  new Promise<{ readonly error: Error; readonly names: readonly string[] }>((resolve) => {
    const stop = daemon.on("namingFailed", (error, { names }) => {
      stop();
      resolve({ error, names });
    });
  });

function names(daemon: Daemon, key = team) {
  const connection = openConnection<{ names: NameServer }>(daemon.url(), { key, isolated: true });
  ends.push(() => connection.close());
  return connection.object("names");
}

describe("serve with names", () => {
  it("registers each object by its id, with prefix and tags, where the daemon is", async () => {
    const server = await nameServer();
    const daemon = await shop(
      server.url("names"),
      { names: { prefix: "shop/", tags: ["eu"] } },
      { till: { open: () => 1 } },
    );
    expect(await named(daemon)).toEqual(["shop/cart", "shop/till"]);
    const [found] = await names(server).lookup("shop/cart");
    expect(found).toMatchObject({
      address: daemon.url("cart"),
      tags: ["eu"],
      owner: "key:team",
      leaseEndsAt: undefined,
    });
    const cart = await connect<{ add(item: string): string }>(found?.address ?? "", { key: team, isolated: true });
    expect(await cart.add("tea")).toBe("added tea");
  });

  it("registers what is served later, and removes what is not served any more", async () => {
    const server = await nameServer();
    const daemon = await shop(server.url("names"));
    await named(daemon);
    const till = { open: () => 1 };
    const again = named(daemon);
    daemon.register(till, { id: "till" });
    expect(await again).toEqual(["cart", "till"]);
    expect(() => daemon.register({ f: () => 1 }, { id: "a b" })).toThrow(/"names" can't register the object id "a b"/);
    const changes = names(server).watch()[Symbol.asyncIterator]();
    expect(await told(changes, 3)).toEqual(["added cart", "added till", "listed"]);
    daemon.unregister(till);
    expect(await told(changes, 1)).toEqual(["removed till"]);
  });

  it("removes its names before it drains, while calls still run", async () => {
    const server = await nameServer();
    let finish!: () => void;
    let begun!: () => void;
    const running = new Promise<void>((resolve) => (begun = resolve));
    const slow = { run: () => (begun(), new Promise<string>((resolve) => (finish = () => resolve("done")))) };
    const daemon = await shop(server.url("names"), {}, { slow });
    await named(daemon);
    const call = (await connect<typeof slow>(daemon.url("slow"), { key: team, isolated: true })).run();
    await running;
    const changes = names(server).watch()[Symbol.asyncIterator]();
    expect(await told(changes, 3)).toEqual(["added cart", "added slow", "listed"]);
    const closing = daemon.close({ graceMs: 60_000 });
    expect(await told(changes, 2)).toEqual(["removed cart", "removed slow"]);
    finish();
    expect(await call).toBe("done");
    await closing;
    expect(server.sessions.size).toBe(1);
  });

  it("serves while the name server is away, says so once, and registers when it is there", async () => {
    const place = await nameServer();
    const url = place.url("names");
    const port = place.address.port ?? 0;
    await place.close();
    const daemon = await shop(url);
    const failures: Error[] = [];
    daemon.on("namingFailed", (error) => failures.push(error));
    const lost = failed(daemon);
    const cart = await connect<{ add(item: string): string }>(daemon.url("cart"), { key: team, isolated: true });
    expect(await cart.add("tea")).toBe("added tea");
    expect((await lost).names).toEqual(["cart"]);
    const back = named(daemon);
    const server = await nameServer({ port });
    expect(await back).toEqual(["cart"]);
    expect(failures.map((error) => (error as { code?: string }).code)).toEqual(["HW_CONNECT_FAILED"]);
    expect(await names(server).lookup("cart")).toHaveLength(1);
  });

  it("registers again with a name server that was started anew", async () => {
    const first = await nameServer();
    const port = first.address.port ?? 0;
    const daemon = await shop(first.url("names"));
    await named(daemon);
    const lost = failed(daemon);
    await first.close({ graceMs: 0 });
    await lost;
    const back = named(daemon);
    const second = await nameServer({ port });
    expect(await back).toEqual(["cart"]);
    expect((await names(second).lookup("cart"))[0]?.address).toBe(daemon.url("cart"));
  });

  it("serves when somebody else has the name, and says whose fault it is", async () => {
    const server = await nameServer();
    await names(server, guest).register("cart", "ws://127.0.0.1:1/cart");
    const daemon = await shop(server.url("names"));
    const { error } = await failed(daemon);
    expect(error).toBeInstanceOf(NamingError);
    expect(error).toMatchObject({ code: "HW_NAME_TAKEN" });
    const back = named(daemon);
    await names(server, guest)
      .remove("cart")
      .then(undefined, () => undefined);
    await names(server, guest).count();
    expect(await back).toEqual(["cart"]);
  });

  it("leaves a name alone that somebody removed, says who, and registers what is served anew", async () => {
    const server = await nameServer();
    const slow = { run: () => 1 };
    const daemon = await shop(server.url("names"), { names: { prefix: "shop/" } }, { slow });
    await named(daemon);
    const removed = new Promise((resolve) => daemon.on("nameRemoved", resolve));
    await names(server).remove("shop/cart");
    expect(await removed).toEqual({ name: "shop/cart", by: "key:team" });
    const cart = await connect<{ add(item: string): string }>(daemon.url("cart"), { key: team, isolated: true });
    expect(await cart.add("tea")).toBe("added tea");
    const again = named(daemon);
    daemon.register({ open: () => 1 }, { id: "till" });
    expect(await again).toEqual(["shop/slow", "shop/till"]);
    expect(await names(server).count()).toBe(2);
    const asNew = named(daemon);
    daemon.unregister("cart");
    daemon.register({ add: (item: string) => item }, { id: "cart" });
    expect(await asNew).toEqual(["shop/slow", "shop/till", "shop/cart"]);
  });

  it("leaves a name alone in whose place another address was registered", async () => {
    const server = await nameServer();
    const daemon = await shop(server.url("names"));
    await named(daemon);
    const removed = new Promise((resolve) => daemon.on("nameRemoved", resolve));
    await names(server).register("cart", "ws://127.0.0.1:1/cart", { replace: true, leaseMs: 60_000 });
    expect(await removed).toEqual({ name: "cart", by: "key:team" });
    expect((await names(server).lookup("cart")).map(({ address }) => address)).toEqual(["ws://127.0.0.1:1/cart"]);
  });

  it("warns of a name that was removed when nobody listens", async () => {
    const server = await nameServer();
    const daemon = await shop(server.url("names"));
    await named(daemon);
    const warning = new Promise<Error>((resolve) => process.once("warning", resolve));
    await names(server).remove("cart");
    expect((await warning).message).toMatch(/^hearthwire: the name cart was removed by key:team: its object is served/);
  });

  it("warns when a name server elsewhere is told of a daemon that only this machine reaches", async () => {
    const port = await freePort();
    // It counts as an address of the network, and leads here.
    const elsewhere = `ws://0.0.0.0:${port}/`;
    await nameServer({ port, publicUrl: elsewhere });
    const warning = new Promise<Error>((resolve) => {
      const heed = (one: Error): void => {
        if (!one.message.includes("which only this machine reaches")) return;
        process.off("warning", heed);
        resolve(one);
      };
      process.on("warning", heed);
    });
    const daemon = await shop(`${elsewhere}names`, { names: { connect: { key: team, allowPlaintext: true } } });
    await named(daemon);
    expect((await warning).message).toBe(
      `hearthwire: names are registered with ${elsewhere} as ${daemon.url()}, which only this machine reaches: ` +
        'give "host" an address of the network, with "tls" and "keys", or "publicUrl"',
    );
  });

  it("warns of a name server that is away, and says how one is started", async () => {
    const place = await nameServer();
    const url = place.url("names");
    await place.close();
    const warning = new Promise<Error>((resolve) => {
      const heed = (one: Error): void => {
        if (!one.message.includes("not registered with")) return;
        process.off("warning", heed);
        resolve(one);
      };
      process.on("warning", heed);
    });
    await shop(url);
    expect((await warning).message).toMatch(
      /^hearthwire: a name is not registered with ws:.*, which is tried again: could not connect to .*there\? A name server is started by: npx hearthwire names serve$/,
    );
  });

  it("registers replicas beside one another", async () => {
    const server = await nameServer();
    const daemons = [];
    for (let count = 0; count < 2; count++) {
      const daemon = await shop(server.url("names"), { names: { replica: true } });
      await named(daemon);
      daemons.push(daemon);
    }
    const found = await names(server).lookup("cart");
    expect(found.map(({ address }) => address)).toEqual(daemons.map((daemon) => daemon.url("cart")));
  });

  it("waits with its names until a server that it is attached to listens", async () => {
    const server = await nameServer();
    const http = createServer();
    const daemon = await shop(server.url("names"), { server: http, path: "/rpc" } as unknown as ServeOptions);
    const first = named(daemon);
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    expect(await first).toEqual(["cart"]);
    expect((await names(server).lookup("cart"))[0]?.address).toBe(daemon.url("cart"));
    await daemon.close({ graceMs: 0 });
    http.close();
  });

  it.each([
    [{ names: 1 as never }, '"names" must be true or false'],
    [{ names: { sever: "x" } as object }, '"names.sever" is no option'],
    [{ names: { server: "ws://127.0.0.1:7765" } }, '"names.server" must end with the id'],
    [{ names: { prefix: "/x" } }, '"names.prefix" must be the beginning of a name'],
    [{ names: { tags: ["a b"] } }, '"names.tags" must be an array'],
    [{ names: { prefix: "a".repeat(128) } }, `"names" can't register the object id "cart"`],
  ])("refuses %j", async (options, sentence) => {
    await expect(serve({ cart: { add: () => 1 } }, { keys, ...options } as ServeOptions)).rejects.toThrow(sentence);
  });

  it("keeps the id hearthwire.names for itself", async () => {
    await expect(serve({ "hearthwire.names": { f: () => 1 } }, { keys })).rejects.toThrow(/is the daemon's own object/);
  });
});

describe("hearthwire.names", () => {
  const forClients = (daemon: Daemon) => {
    const connection = openConnection(daemon.url(), { key: guest, isolated: true });
    ends.push(() => connection.close());
    return connection.object<NamesForClients>("hearthwire.names");
  };

  it("looks names up for clients of the daemon, and can do nothing else", async () => {
    const server = await nameServer();
    const daemon = await shop(server.url("names"));
    await named(daemon);
    const known = await connect<NamesForClients>(daemon.url("hearthwire.names"), { key: guest, isolated: true });
    expect(await known.lookup("cart")).toMatchObject([{ address: daemon.url("cart") }]);
    const failure = await known.lookup("till").then(undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(NamingError);
    expect(failure).toMatchObject({ code: "HW_NAME_UNKNOWN", delivery: "ran", retryable: false });
    await expect(known.lookup("a b")).rejects.toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
    expect(["register" in known, "remove" in known, "tag" in known]).toEqual([false, false, false]);
    const waiting = known.lookup("till", { waitMs: 60_000 });
    await names(server).register("till", "ws://127.0.0.1:1/till");
    expect(await waiting).toHaveLength(1);
  });

  it("shares one stream of the name server among those who watch the same, and ends it with the last", async () => {
    const server = await nameServer();
    const daemon = await shop(server.url("names"));
    await named(daemon);
    const [session] = [...server.sessions.values()];
    const first = forClients(daemon).watch({ prefix: "c" })[Symbol.asyncIterator]();
    expect(await told(first, 2)).toEqual(["added cart", "listed"]);
    const second = forClients(daemon).watch({ prefix: "c" })[Symbol.asyncIterator]();
    expect(await told(second, 2)).toEqual(["added cart", "listed"]);
    // The daemon's own, of what is removed, and theirs.
    expect(session?.statistics.streamsOpen).toBe(2);
    await first.return?.();
    await names(server)
      .tag("cart", ["eu"])
      .then(undefined, () => undefined);
    expect(await told(second, 1)).toEqual(["changed cart"]);
    const third = forClients(daemon).watch({ prefix: "c" })[Symbol.asyncIterator]();
    expect((await third.next()).value).toMatchObject({ kind: "added", registration: { tags: ["eu"] } });
    await second.return?.();
    await third.return?.();
    await expect.poll(() => session?.statistics.streamsOpen).toBe(1);
  });

  it("takes few streams of the name server, by however many filters its clients watch", async () => {
    const server = await nameServer();
    const daemon = await shop(server.url("names"));
    await named(daemon);
    const [session] = [...server.sessions.values()];
    const client = forClients(daemon);
    const watches = Array.from({ length: 40 }, (_, index) =>
      client.watch({ glob: "c*", anyTags: [`t${index}`] })[Symbol.asyncIterator](),
    );
    for (const watch of watches) expect(await told(watch, 1)).toEqual(["listed"]);
    expect(session?.statistics.streamsOpen).toBe(1 + 17);
    await names(server).register("cat", "ws://127.0.0.1:1/cat", { tags: ["t39"] });
    expect(await told(watches[39]!, 1)).toEqual(["added cat"]);
    for (const watch of watches) await watch.return?.();
    await expect.poll(() => session?.statistics.streamsOpen).toBe(1);
  });

  it("lets one client wait for few names at a time, so that the daemon can register its own", async () => {
    const server = await nameServer();
    const daemon = await shop(server.url("names"));
    await named(daemon);
    const client = forClients(daemon);
    const waiting = Array.from({ length: 33 }, (_, index) =>
      client.lookup(`none${index}`, { waitMs: 60_000 }).catch((error: unknown) => error),
    );
    expect(await Promise.race(waiting)).toMatchObject({ code: "HW_LIMIT", limit: "waits", allowed: 32 });
    await names(server).register("none0", "ws://127.0.0.1:1/none0");
    expect(await waiting[0]).toHaveLength(1);
    expect(await client.lookup("none0", { waitMs: 60_000 })).toHaveLength(1);
  });

  it("is asked about like any other object", async () => {
    const server = await nameServer();
    const authorize = ({ object }: { object: string }) => object !== "hearthwire.names";
    const daemon = await shop(server.url("names"), { authorize });
    await expect(forClients(daemon).lookup("cart")).rejects.toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
  });

  it("is not there without the option", async () => {
    const daemon = (await serve({ cart: { add: () => 1 } }, { keys })) as unknown as Daemon;
    ends.push(() => daemon.close({ graceMs: 0 }));
    await expect(forClients(daemon).lookup("cart")).rejects.toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
  });

  it("ends those who watch when the name server has gone, and refuses what can be tried again", async () => {
    const server = await nameServer();
    const daemon = await shop(server.url("names"));
    await named(daemon);
    const client = forClients(daemon);
    const changes = client.watch()[Symbol.asyncIterator]();
    expect(await told(changes, 2)).toEqual(["added cart", "listed"]);
    const ending = told(changes, 2);
    await server.close({ graceMs: 0 });
    expect((await ending).at(-1)).toBe("end");
  });
});
