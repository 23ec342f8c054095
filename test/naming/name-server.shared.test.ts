import { describe, expect, it } from "vitest";
import { CallError, LimitError, NamingError } from "../../src/errors/hearthwire-error.js";
import { withOptions } from "../../src/client/proxy-functions.js";
import { faultyLine } from "../../src/testing/faulty-line.js";
import { at, NamesWorld } from "./names-world.js";

const unknown = { code: "HW_NAME_UNKNOWN", retryable: false, delivery: "ran" };
const taken = { code: "HW_NAME_TAKEN", retryable: false, delivery: "ran" };

describe("register and lookup", () => {
  it("gives what was registered, canonical, sorted and with its owner", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    const registered = await names.register("shop/cart", "ws://LOCALHOST:80/a%62", {
      tags: ["eu", "a", "eu"],
      load: 2,
    });
    expect(registered).toEqual({
      name: "shop/cart",
      address: "ws://localhost/ab",
      tags: ["a", "eu"],
      owner: "key:ann",
      load: 2,
      leaseEndsAt: undefined,
    });
    expect(await world.as("bob").lookup("shop/cart")).toEqual([registered]);
  });

  it("rejects a lookup of nothing with a NamingError that says what to do", async () => {
    await using world = new NamesWorld();
    const failure = await world
      .as("ann")
      .lookup("cart")
      .then(undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(NamingError);
    expect(failure).toMatchObject({ ...unknown, message: expect.stringContaining('under "cart"') as string });
  });

  it.each([
    ["", at(1)],
    ["-cart", at(1)],
    ["a b", at(1)],
    ["a".repeat(129), at(1)],
    ["cart", "http://127.0.0.1/cart"],
    ["cart", "ws://127.0.0.1:1/"],
    ["cart", "ws://user:secret@127.0.0.1/cart"],
    ["cart", "cart"],
    [7 as unknown as string, at(1)],
  ])("refuses the name %j at %j", async (name, address) => {
    await using world = new NamesWorld();
    const failure = await world
      .as("ann")
      .register(name, address)
      .then(undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(CallError);
    expect(failure).toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
    expect((failure as Error).message).not.toContain("secret");
    expect(await world.server.count()).toBe(0);
  });

  it.each([
    [{ tags: ["a b"] }, '"tags" must be an array'],
    [{ tags: Array.from({ length: 33 }, (_, index) => `t${index}`) }, "at most 32"],
    [{ leaseMs: 999 }, '"leaseMs" must be an integer 1000..86400000'],
    [{ load: -1 }, '"load" must be a finite number'],
    [{ replica: true, replace: true }, "exclude each other"],
    [{ tag: [] } as object, '"tag" is no option here'],
  ])("refuses the options %j", async (options, sentence) => {
    await using world = new NamesWorld();
    await expect(world.as("ann").register("cart", at(1), options)).rejects.toMatchObject({
      code: "HW_ARGUMENTS_INVALID",
      message: expect.stringContaining(sentence) as string,
    });
  });

  it("takes the longest name, and the most tags", async () => {
    await using world = new NamesWorld();
    const tags = Array.from({ length: 32 }, (_, index) => `t${index}`);
    expect((await world.as("ann").register("a".repeat(128), at(1), { tags })).tags).toHaveLength(32);
  });

  it("keeps tags and load that are not said again, and changes those that are", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    await names.register("cart", at(1), { tags: ["eu"], load: 3 });
    expect(await names.register("cart", at(1))).toMatchObject({ tags: ["eu"], load: 3 });
    expect(await names.register("cart", at(1), { load: 4 })).toMatchObject({ tags: ["eu"], load: 4 });
    expect(await names.register("cart", at(1), { tags: [] })).toMatchObject({ tags: [], load: 4 });
    expect(await names.count()).toBe(1);
  });
});

describe("ownership", () => {
  it("refuses a name of another principal, whatever is asked for", async () => {
    await using world = new NamesWorld();
    await world.as("ann").register("cart", at(1));
    const bob = world.as("bob");
    for (const options of [{}, { replica: true }, { replace: true }]) {
      const failure = await bob.register("cart", at(2), options).then(undefined, (error: unknown) => error);
      expect(failure).toBeInstanceOf(NamingError);
      expect(failure).toMatchObject(taken);
    }
    await expect(bob.remove("cart")).rejects.toMatchObject(taken);
    await expect(bob.tag("cart", ["x"])).rejects.toMatchObject(taken);
    expect(await bob.remove({ glob: "**" })).toBe(0);
    expect(await bob.lookup("cart")).toMatchObject([{ address: at(1), tags: [] }]);
  });

  it("frees the name with its last registration", async () => {
    await using world = new NamesWorld();
    const ann = world.as("ann");
    await ann.register("cart", at(1));
    expect(await ann.remove("cart")).toBe(1);
    expect(await world.as("bob").register("cart", at(2))).toMatchObject({ owner: "key:bob" });
  });

  it("lets admins do so; what they add is the owner's, what they replace theirs", async () => {
    await using world = new NamesWorld({ admins: ({ subject }) => subject === "root" });
    await world.as("ann").register("cart", at(1));
    const root = world.as("root");
    expect(await root.register("cart", at(2), { replica: true })).toMatchObject({ owner: "key:ann" });
    expect(await root.tag("cart", ["x"])).toHaveLength(2);
    expect(await root.register("cart", at(3), { replace: true })).toMatchObject({ owner: "key:root" });
    expect(await root.remove({ glob: "c*" })).toBe(1);
  });

  it("gives what the program registers to the program, which is an admin", async () => {
    await using world = new NamesWorld();
    await world.server.register("cart", at(1));
    await expect(world.as("ann").register("cart", at(2), { replace: true })).rejects.toMatchObject(taken);
    await world.as("ann").register("till", at(3));
    expect(await world.server.remove("till")).toBe(1);
  });
});

describe("replicas", () => {
  it("needs replica or replace for a second address while the registrant is there", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    await names.register("cart", at(1));
    await expect(world.as("ann").register("cart", at(2))).rejects.toMatchObject(taken);
    await names.register("cart", at(2), { replica: true });
    expect((await names.lookup("cart")).map(({ address }) => address)).toEqual([at(1), at(2)]);
    expect(await names.remove("cart", { address: at(1) })).toBe(1);
    await names.register("cart", at(3), { replica: true });
    await names.register("cart", at(4), { replace: true });
    expect((await names.lookup("cart")).map(({ address }) => address)).toEqual([at(4)]);
  });

  it("takes the place of a registrant of the same owner that has lost its line", async () => {
    await using world = new NamesWorld({ windowMs: 60_000 });
    const link = faultyLine({ clock: world.clock });
    const old = world.connect("ann", { link });
    await old.object("names").register("cart", at(1));
    const again = world.as("ann");
    await expect(again.register("cart", at(2))).rejects.toMatchObject(taken);
    link.unplug();
    await world.clock.advance(0);
    await expect(world.as("bob").register("cart", at(2))).rejects.toMatchObject(taken);
    await again.register("cart", at(2));
    expect((await again.lookup("cart")).map(({ address }) => address)).toEqual([at(2)]);
  });
});

describe("limits", () => {
  it.each([
    ["maxRegistrations", ["b", at(2), {}]],
    ["maxRegistrationsPerOwner", ["b", at(2), {}]],
    ["maxReplicas", ["a", at(2), { replica: true }]],
  ] as const)("holds %s, which replacing does not exceed", async (limit, [name, address, options]) => {
    await using world = new NamesWorld({ limits: { [limit]: 1 } });
    const names = world.as("ann");
    await names.register("a", at(1));
    const failure = await names.register(name, address, options).then(undefined, (error: unknown) => error);
    expect(failure).toBeInstanceOf(LimitError);
    expect(failure).toMatchObject({ limit, allowed: 1, delivery: "not-sent" });
    await names.register("a", at(3), { replace: true });
    expect(await names.count()).toBe(1);
  });

  it("counts watches and waits by session", async () => {
    await using world = new NamesWorld({ limits: { maxWatchesPerSession: 1, maxWaitsPerSession: 1 } });
    const names = world.as("ann");
    const watch = names.watch()[Symbol.asyncIterator]();
    await watch.next();
    await expect(names.watch()[Symbol.asyncIterator]().next()).rejects.toMatchObject({ limit: "maxWatchesPerSession" });
    await watch.return?.();
    await names.ping();
    const another = names.watch()[Symbol.asyncIterator]();
    expect(await another.next()).toEqual({ done: false, value: { kind: "listed" } });
    const waiting = names.lookup("cart", { waitMs: 1_000 });
    await expect(names.lookup("cart", { waitMs: 1_000 })).rejects.toMatchObject({ limit: "maxWaitsPerSession" });
    await names.register("cart", at(1));
    expect(await waiting).toHaveLength(1);
    expect(await names.lookup("cart", { waitMs: 1_000 })).toHaveLength(1);
  });
});

describe("lookup with waitMs", () => {
  it("waits for the name, and no longer than it was told", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    const found = names.lookup("cart", { waitMs: 5_000 });
    await names.ping();
    await world.as("bob").register("cart", at(1));
    expect(await found).toHaveLength(1);
    const missed = names.lookup("till", { waitMs: 5_000 }).then(undefined, (error: unknown) => error);
    await names.ping();
    await world.clock.advance(5_000);
    expect(await missed).toMatchObject(unknown);
  });

  it("ends at once when its caller gives up, and leaves no timer", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    await names.ping();
    const timers = world.clock.pendingTimers;
    const abort = new AbortController();
    const waiting = withOptions(names, { signal: abort.signal, timeoutMs: 0 }).lookup("cart", { waitMs: 3_600_000 });
    await names.ping();
    expect(world.clock.pendingTimers).toBeGreaterThan(timers);
    abort.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    await names.ping();
    expect(world.clock.pendingTimers).toBe(timers);
  });

  it("ends with the session of its caller", async () => {
    await using world = new NamesWorld({ limits: { maxWaitsPerSession: 1 } });
    const leaving = world.connect("ann");
    const waiting = leaving.object("names").lookup("cart", { waitMs: 5_000 });
    await leaving.object("names").ping();
    const timers = world.clock.pendingTimers;
    await leaving.close();
    await expect(waiting).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    expect(world.clock.pendingTimers).toBeLessThan(timers);
  });
});

describe("tag, list and count", () => {
  it("replaces, adds and removes tags of all replicas", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    await names.register("cart", at(1), { tags: ["eu"] });
    await names.register("cart", at(2), { tags: ["us"], replica: true });
    const changed = await names.tag("cart", { add: ["gpu"], remove: ["us", "other"] });
    expect(changed.map(({ tags }) => tags)).toEqual([["eu", "gpu"], ["gpu"]]);
    expect((await names.tag("cart", ["b", "a"])).map(({ tags }) => tags)).toEqual([
      ["a", "b"],
      ["a", "b"],
    ]);
    await expect(names.tag("till", [])).rejects.toMatchObject(unknown);
    await expect(names.tag("cart", { add: ["a b"] })).rejects.toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
  });

  it("changes nothing when one replica would get more tags than it may have", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    await names.register("cart", at(1));
    await names.register("cart", at(2), { tags: Array.from({ length: 32 }, (_, index) => `t${index}`), replica: true });
    await expect(names.tag("cart", { add: ["one-more"] })).rejects.toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
    expect((await names.lookup("cart")).map(({ tags }) => tags.length)).toEqual([0, 32]);
  });

  it("lists in the order of names what fulfils all of a filter", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    await names.register("shop/till", at(1), { tags: ["eu", "gpu"] });
    await names.register("shop/cart", at(2), { tags: ["eu"] });
    await names.register("shop/cart/1", at(3), { tags: ["us"] });
    await names.register("bank", at(4), { tags: ["us", "gpu"] });
    const listed = async (filter?: object): Promise<readonly string[]> => {
      const found: string[] = [];
      for await (const { name } of names.list(filter)) found.push(name);
      expect(await names.count(filter)).toBe(found.length);
      return found;
    };
    expect(await listed()).toEqual(["bank", "shop/cart", "shop/cart/1", "shop/till"]);
    expect(await listed({ prefix: "shop/" })).toEqual(["shop/cart", "shop/cart/1", "shop/till"]);
    expect(await listed({ glob: "shop/*" })).toEqual(["shop/cart", "shop/till"]);
    expect(await listed({ glob: "bank" })).toEqual(["bank"]);
    expect(await listed({ tags: ["eu", "gpu"] })).toEqual(["shop/till"]);
    expect(await listed({ anyTags: ["us", "gpu"] })).toEqual(["bank", "shop/cart/1", "shop/till"]);
    expect(await listed({ prefix: "shop/", anyTags: ["us"], glob: "**1" })).toEqual(["shop/cart/1"]);
    expect(await listed({ prefix: "bank", glob: "shop/*" })).toEqual([]);
    await expect(listed({ regex: ".*" })).rejects.toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
    await expect(listed({ glob: "(a+)+" })).rejects.toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
  });

  it("counts all, or what a filter lets through, and answers a ping with nothing", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    expect(await names.count()).toBe(0);
    await names.register("shop/cart", at(1), { tags: ["eu"] });
    await names.register("shop/cart", at(2), { replica: true });
    await names.register("bank", at(3), { tags: ["eu"] });
    const counts = [await names.count(), await names.count({ prefix: "shop/" }), await names.count({ tags: ["eu"] })];
    expect(counts).toEqual([3, 2, 2]);
    expect(await world.as("bob").count({ glob: "shop" })).toBe(0);
    await expect(names.count({ prefixes: "shop/" } as object)).rejects.toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
    expect(await names.ping()).toBeUndefined();
  });

  it("removes what a filter names, and refuses one that names nothing", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    for (const name of ["a", "b", "c"]) await names.register(name, at(1), { tags: name === "b" ? ["x"] : [] });
    for (const filter of [{}, { prefix: "" }, { tags: [] }, { prefix: "", tags: [] }, { glob: undefined }]) {
      await expect(names.remove(filter)).rejects.toMatchObject({
        code: "HW_ARGUMENTS_INVALID",
        message: expect.stringContaining('{ glob: "**" } is all of yours') as string,
      });
    }
    expect(await names.remove({ anyTags: [] })).toBe(0);
    expect(await names.remove({ tags: ["x"] })).toBe(1);
    expect(await names.remove("b")).toBe(0);
    expect(await names.remove({ glob: "**" })).toBe(2);
  });
});
