import { describe, expect, it } from "vitest";
import { at, NamesWorld, told } from "./names-world.js";

describe("watch", () => {
  it("tells what is there, then that it was all, then what changes", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    await names.register("b", at(1));
    await names.register("a", at(2));
    const changes = world.as("bob").watch()[Symbol.asyncIterator]();
    expect(await told(changes, 3)).toEqual(["added a", "added b", "listed"]);
    await names.register("c", at(3));
    await names.tag("a", ["x"]);
    await names.remove("b");
    expect(await told(changes, 3)).toEqual(["added c", "changed a", "removed b"]);
  });

  it("misses nothing that a caller changes right after it began", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    const changes = names.watch()[Symbol.asyncIterator]();
    const first = changes.next();
    void names.register("a", at(1));
    expect((await first).value).toEqual({ kind: "listed" });
    expect(await told(changes, 1)).toEqual(["added a"]);
  });

  it("tells only of what its filter lets through, tags that come and go too", async () => {
    await using world = new NamesWorld();
    const names = world.as("ann");
    const changes = names.watch({ prefix: "shop/", tags: ["eu"] })[Symbol.asyncIterator]();
    expect(await told(changes, 1)).toEqual(["listed"]);
    await names.register("bank", at(1), { tags: ["eu"] });
    await names.register("shop/cart", at(2));
    await names.tag("shop/cart", ["eu"]);
    expect(await told(changes, 1)).toEqual(["added shop/cart"]);
    await names.tag("shop/cart", ["eu", "gpu"]);
    expect(await told(changes, 1)).toEqual(["changed shop/cart"]);
    await names.tag("shop/cart", []);
    await names.remove("shop/cart");
    await names.register("shop/till", at(3), { tags: ["eu"] });
    expect(await told(changes, 2)).toEqual(["removed shop/cart", "added shop/till"]);
  });

  it("tells a slow reader the last state of each, and nothing of what came and went", async () => {
    await using world = new NamesWorld();
    const { server } = world;
    for (const name of ["a", "b", "c"]) await server.register(name, at(1));
    const changes = server.watch({})[Symbol.asyncIterator]();
    expect(await told(changes, 4)).toEqual(["added a", "added b", "added c", "listed"]);
    for (let load = 1; load <= 1_000; load++) await server.register("a", at(1), { load });
    await server.remove("b");
    await server.remove("c");
    await server.register("c", at(1), { load: 7 });
    for (let count = 0; count < 100; count++) {
      await server.register(`passing/${count}`, at(1));
      await server.remove(`passing/${count}`);
    }
    await server.register("d", at(1));
    const steps = [await changes.next(), await changes.next(), await changes.next(), await changes.next()];
    expect(steps.map(({ value }) => value)).toMatchObject([
      { kind: "changed", registration: { name: "a", load: 1_000 } },
      { kind: "removed", registration: { name: "b" } },
      { kind: "changed", registration: { name: "c", load: 7 } },
      { kind: "added", registration: { name: "d" } },
    ]);
  });

  it("agrees with what is there, whatever changes while it lists", async () => {
    await using world = new NamesWorld();
    const { server } = world;
    const name = (index: number): string => `n${String(index).padStart(5, "0")}`;
    for (let index = 0; index < 3_000; index++) await server.register(name(index), at(1));
    const known = new Map<string, number>();
    const changes = server.watch()[Symbol.asyncIterator]();
    let isListed = false;
    for (let step = 0; !isListed || step < 6_000; step++) {
      const index = (step * 7_919) % 4_000;
      if (step < 6_000) {
        if (index % 3 === 0) await server.remove(name(index));
        else await server.register(name(index), at(1), { load: step });
      }
      const { value } = await changes.next();
      if (value === undefined) break;
      if (value.kind === "listed") {
        isListed = true;
        break;
      }
      expect(value.kind).toBe("added");
      known.set(value.registration.name, value.registration.load);
    }
    await server.register("zz-last", at(1));
    for (;;) {
      const { value } = await changes.next();
      if (value === undefined || value.kind === "listed") continue;
      const { registration } = value;
      // What is added is news, and what changes or goes is not.
      expect([value.kind, known.has(registration.name)]).toEqual([value.kind, value.kind !== "added"]);
      if (value.kind === "removed") known.delete(registration.name);
      else known.set(registration.name, registration.load);
      if (registration.name === "zz-last") break;
    }
    const there = new Map<string, number>();
    for await (const one of server.list()) there.set(one.name, one.load);
    expect(new Map([...known].sort())).toEqual(there);
  });

  it("ends when its reader stops, when the server closes, and with its session", async () => {
    await using world = new NamesWorld({ limits: { maxWatchesPerSession: 1 } });
    const names = world.as("ann");
    for await (const change of names.watch()) if (change.kind === "listed") break;
    await names.ping();
    const leaving = world.connect("bob");
    const lost = leaving.object("names").watch()[Symbol.asyncIterator]();
    expect(await told(lost, 1)).toEqual(["listed"]);
    await leaving.close();
    await expect(lost.next()).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED" });
    const changes = names.watch()[Symbol.asyncIterator]();
    expect(await told(changes, 1)).toEqual(["listed"]);
    const next = told(changes, 1);
    await world.server.close();
    expect(await next).toEqual(["end"]);
  });

  it("refuses a filter that is none", async () => {
    await using world = new NamesWorld();
    const changes = world.as("ann").watch({ prefix: "/" })[Symbol.asyncIterator]();
    await expect(changes.next()).rejects.toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
  });
});
