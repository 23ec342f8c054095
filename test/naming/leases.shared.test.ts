import { describe, expect, it } from "vitest";
import { MemoryStorage } from "../../src/naming/memory-storage.js";
import { NameServer } from "../../src/naming/name-server.js";
import type { NameStorage, StoredRegistration } from "../../src/naming/name-storage.js";
import { faultyLine } from "../../src/testing/faulty-line.js";
import { at, NamesWorld } from "./names-world.js";

const unknown = { code: "HW_NAME_UNKNOWN" };

describe("a registration without lease", () => {
  it("ends with the session that registered it last", async () => {
    await using world = new NamesWorld();
    const reader = world.as("bob");
    const first = world.connect("ann");
    const second = world.connect("ann");
    await first.object("names").register("cart", at(1));
    await first.object("names").register("till", at(2));
    await second.object("names").register("cart", at(1));
    await first.close();
    await expect(reader.lookup("till")).rejects.toMatchObject(unknown);
    expect(await reader.lookup("cart")).toHaveLength(1);
    await second.close();
    await expect(reader.lookup("cart")).rejects.toMatchObject(unknown);
    expect(await reader.count()).toBe(0);
  });

  it("goes with many others in several turns, between which others are served", async () => {
    await using world = new NamesWorld();
    const leaving = world.connect("ann");
    const names = leaving.object("names");
    for (let port = 1; port <= 600; port++) await names.register(`n${port}`, at(port));
    const reader = world.as("bob");
    await leaving.close();
    expect(await reader.count()).toBe(600 - 256);
    await world.clock.advance(10);
    expect(await reader.count()).toBe(0);
  });

  it("outlives the line of its session as long as that does", async () => {
    await using world = new NamesWorld({ windowMs: 60_000 });
    const link = faultyLine({ clock: world.clock });
    const reader = world.as("bob");
    await world.connect("ann", { link }).object("names").register("cart", at(1));
    link.unplug();
    await world.clock.advance(59_000);
    expect(await reader.lookup("cart")).toHaveLength(1);
    await world.clock.advance(1_500);
    await expect(reader.lookup("cart")).rejects.toMatchObject(unknown);
  });
});

describe("a lease", () => {
  it("ends when it is not renewed, on the ms, and not with its session", async () => {
    await using world = new NamesWorld();
    const reader = world.as("bob");
    const leaving = world.connect("ann");
    const names = leaving.object("names");
    const { leaseEndsAt } = await names.register("cart", at(1), { leaseMs: 10_000 });
    expect(leaseEndsAt).toEqual(new Date(world.clock.now() + 10_000));
    await world.clock.advance(6_000);
    await names.register("cart", at(1), { leaseMs: 10_000 });
    await leaving.close();
    await world.clock.advance(9_999);
    expect(await reader.lookup("cart")).toHaveLength(1);
    await world.clock.advance(1);
    await expect(reader.lookup("cart")).rejects.toMatchObject(unknown);
  });

  it("becomes one of the session when it is renewed without", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    await names.register("cart", at(1), { leaseMs: 10_000 });
    expect(await names.register("cart", at(1))).toMatchObject({ leaseEndsAt: undefined });
    await world.clock.advance(20_000);
    expect(await names.lookup("cart")).toHaveLength(1);
  });

  it("leaves the name to another address of its owner when its session is gone", async () => {
    await using world = new NamesWorld();
    const old = world.connect("ann");
    await old.object("names").register("cart", at(1), { leaseMs: 10_000 });
    await old.close();
    const names = world.as("ann");
    await names.register("cart", at(2));
    await world.clock.advance(20_000);
    expect((await names.lookup("cart")).map(({ address }) => address)).toEqual([at(2)]);
  });
});

describe("a storage", () => {
  const stored = async (storage: NameStorage): Promise<readonly string[]> =>
    (await storage.load()).map(({ name, address }) => `${name} ${address}`).sort();

  it("has what was acknowledged, and nothing of what has gone", async () => {
    const storage = new MemoryStorage();
    await using world = new NamesWorld({ storage });
    const names = world.as("ann");
    await names.register("cart", at(1), { tags: ["eu"] });
    await names.register("cart", at(2), { replica: true });
    await names.register("till", at(3), { leaseMs: 5_000 });
    await names.tag("cart", { add: ["gpu"] });
    expect((await storage.load()).find(({ address }) => address === at(1))).toEqual({
      name: "cart",
      address: at(1),
      tags: ["eu", "gpu"],
      owner: "key:ann",
      load: 0,
      leaseEndsAtMs: undefined,
    });
    await names.register("cart", at(4), { replace: true });
    expect(await stored(storage)).toEqual([`cart ${at(4)}`, `till ${at(3)}`]);
    await world.clock.advance(5_000);
    expect(await stored(storage)).toEqual([`cart ${at(4)}`]);
    await names.remove("cart");
    expect(await stored(storage)).toEqual([]);
  });

  it("gives a server that is started anew its names, and registrants 120 s to come back", async () => {
    const storage = new MemoryStorage();
    {
      await using before = new NamesWorld({ storage });
      const names = before.as("ann");
      await names.register("cart", at(1), { tags: ["eu"] });
      await names.register("till", at(2));
      await names.register("desk", at(3), { leaseMs: 300_000 });
    }
    await using world = new NamesWorld({ storage });
    const names = world.as("ann");
    expect(await names.lookup("cart")).toMatchObject([
      { tags: ["eu"], owner: "key:ann", leaseEndsAt: new Date(world.clock.now() + 120_000) },
    ]);
    await expect(world.as("bob").register("till", at(9))).rejects.toMatchObject({ code: "HW_NAME_TAKEN" });
    expect(await names.register("cart", at(1))).toMatchObject({ tags: ["eu"], leaseEndsAt: undefined });
    await names.tag("till", ["us"]);
    // The next server gives it as much time again.
    const till = (await storage.load()).find(({ name }) => name === "till");
    expect(till).toMatchObject({ tags: ["us"], leaseEndsAtMs: undefined });
    await world.clock.advance(120_000);
    expect(await names.lookup("cart")).toHaveLength(1);
    await expect(names.lookup("till")).rejects.toMatchObject(unknown);
    expect(await names.lookup("desk")).toHaveLength(1);
    expect(await stored(storage)).toEqual([`cart ${at(1)}`, `desk ${at(3)}`]);
  });

  it("forgets leases that ended while no server ran", async () => {
    const storage = new MemoryStorage();
    const one: StoredRegistration = {
      name: "cart",
      address: at(1),
      tags: [],
      owner: "key:ann",
      load: 0,
      leaseEndsAtMs: 5,
    };
    await storage.put(one);
    await using world = new NamesWorld({ storage });
    expect(await world.as("ann").count()).toBe(0);
    expect(await stored(storage)).toEqual([]);
  });

  it("is waited for, and its failure undoes the registration", async () => {
    const storage = new MemoryStorage();
    let fail!: (error: Error) => void;
    storage.put = () => new Promise((_, reject) => (fail = reject));
    await using world = new NamesWorld({ storage });
    const names = world.as("ann");
    let isDone = false;
    const registering = names.register("cart", at(1)).finally(() => (isDone = true));
    await names.ping();
    expect(isDone).toBe(false);
    fail(new Error("disk full"));
    await expect(registering).rejects.toThrow("disk full");
    await expect(names.lookup("cart")).rejects.toMatchObject(unknown);
  });

  it("gets the writes of one registration one after another", async () => {
    const steps: string[] = [];
    const storage = new MemoryStorage();
    const slow = (what: string) => async () => {
      steps.push(`${what} begins`);
      await Promise.resolve();
      await Promise.resolve();
      steps.push(`${what} ends`);
    };
    storage.put = slow("put");
    storage.delete = slow("delete");
    const server = new NameServer({ storage });
    await Promise.all([server.register("cart", at(1)), server.remove("cart"), server.register("cart", at(1))]);
    expect(steps).toEqual(["put begins", "put ends", "delete begins", "delete ends", "put begins", "put ends"]);
    await server.close();
  });

  it("keeps an address that was registered again while the one in its place was written", async () => {
    const storage = new MemoryStorage();
    const server = new NameServer({ storage });
    await server.register("cart", at(1));
    const { put } = storage;
    let isWritten!: () => void;
    const written = new Promise<void>((resolve) => (isWritten = resolve));
    storage.put = async (one) => {
      if (one.address === at(2)) await written;
      return put.call(storage, one);
    };
    const replacing = server.register("cart", at(2), { replace: true });
    await server.register("cart", at(1), { replica: true });
    isWritten();
    await replacing;
    expect(await stored(storage)).toEqual([`cart ${at(1)}`, `cart ${at(2)}`]);
    await server.close();
  });

  it("forgets what made way for an address that it can't keep", async () => {
    const storage = new MemoryStorage();
    const server = new NameServer({ storage });
    await server.register("cart", at(1));
    storage.put = () => Promise.reject(new Error("disk full"));
    await expect(server.register("cart", at(2), { replace: true })).rejects.toThrow("disk full");
    await expect(server.lookup("cart")).rejects.toMatchObject(unknown);
    expect(await stored(storage)).toEqual([]);
    await server.close();
  });

  it("has the last state of one that is changed there and back while it is written", async () => {
    const storage = new MemoryStorage();
    const server = new NameServer({ storage });
    await server.register("cart", at(1), { tags: ["a"] });
    await Promise.all([server.tag("cart", ["b"]), server.tag("cart", ["a"])]);
    expect(await storage.load()).toMatchObject([{ tags: ["a"] }]);
    await server.close();
  });

  it("gets no write for a load alone", async () => {
    const storage = new MemoryStorage();
    let puts = 0;
    storage.put = () => Promise.resolve(void puts++);
    const server = new NameServer({ storage });
    await server.register("cart", at(1));
    await server.register("cart", at(1), { load: 5 });
    expect([puts, (await server.lookup("cart"))[0]?.load]).toEqual([1, 5]);
    await server.register("cart", at(1), { tags: ["x"] });
    expect(puts).toBe(2);
    await server.close();
  });

  it("tells the program what failed where nobody waits", async () => {
    const storage = new MemoryStorage();
    storage.delete = () => Promise.reject(new Error("disk full"));
    await using world = new NamesWorld({ storage });
    const failures: Error[] = [];
    world.server.on("storageFailed", (error) => failures.push(error));
    await world.as("ann").register("cart", at(1), { leaseMs: 1_000 });
    await world.clock.advance(1_000);
    expect(failures.map(({ message }) => message)).toEqual(["disk full"]);
  });

  it("that can't be read fails every call with its error", async () => {
    const storage = new MemoryStorage();
    storage.load = () => Promise.reject(new Error("no such table"));
    await using world = new NamesWorld({ storage });
    await expect(world.as("ann").lookup("cart")).rejects.toThrow("no such table");
    await expect(world.server.ready).rejects.toThrow("no such table");
  });
});

describe("close", () => {
  it("keeps what is registered, closes the storage, and takes no more calls", async () => {
    const storage = new MemoryStorage();
    let closed = 0;
    storage.close = () => Promise.resolve(void closed++);
    await using world = new NamesWorld({ storage });
    const leaving = world.connect("ann");
    await leaving.object("names").register("cart", at(1));
    const waiting = world
      .as("bob")
      .lookup("till", { waitMs: 60_000 })
      .then(undefined, (error: unknown) => error);
    await world.as("bob").ping();
    await Promise.all([world.server.close(), world.server.close()]);
    await leaving.close();
    expect([(await storage.load()).length, closed]).toEqual([1, 1]);
    const refused = { code: "HW_REFUSED", retryable: true, delivery: "not-sent" };
    expect(await waiting).toMatchObject(refused);
    await expect(world.as("bob").register("x", at(1))).rejects.toMatchObject(refused);
    await expect(world.as("bob").count()).rejects.toMatchObject(refused);
  });

  it("leaves no timer", async () => {
    const world = new NamesWorld();
    await world.as("ann").register("cart", at(1), { leaseMs: 1_000 });
    await world[Symbol.asyncDispose]();
    expect(world.clock.pendingTimers).toBe(0);
  });
});
