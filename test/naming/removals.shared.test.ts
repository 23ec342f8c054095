import { describe, expect, it } from "vitest";
import type { Removal } from "../../src/naming/removals.js";
import { at, NamesWorld } from "./names-world.js";

describe("removals", () => {
  const next = async (removals: AsyncIterator<Removal, void>): Promise<unknown> => (await removals.next()).value;

  it("tells a session what others remove or replace of its own, and who did", async () => {
    await using world = new NamesWorld({ admins: ({ subject }) => subject === "root" });
    const registrant = world.as("ann");
    const removals = registrant.removals()[Symbol.asyncIterator]();
    const told = next(removals);
    for (const name of ["cart", "till", "desk", "own"]) await registrant.register(name, at(1, name));
    await registrant.remove("own");
    await registrant.register("desk", at(2, "desk"), { replace: true });
    await world.as("root").remove("cart");
    expect(await told).toMatchObject({ registration: { name: "cart", address: at(1, "cart") }, by: "key:root" });
    await world.as("ann").register("till", at(2), { replace: true });
    expect(await next(removals)).toMatchObject({
      registration: { name: "till", address: at(1, "till") },
      by: "key:ann",
    });
    await world.server.remove({ prefix: "d" });
    expect(await next(removals)).toMatchObject({ registration: { address: at(2, "desk") }, by: "program" });
    await world.server.close();
    expect(await removals.next()).toMatchObject({ done: true });
  });

  it("tells nobody else, and nothing of what ends by itself", async () => {
    await using world = new NamesWorld();
    const registrant = world.as("ann");
    const [own, others] = [registrant, world.as("ann")].map((names) => names.removals()[Symbol.asyncIterator]());
    const heard: unknown[] = [];
    void next(others!).then(
      (removal) => heard.push(removal),
      () => undefined,
    );
    const told = next(own!);
    await registrant.register("lease", at(1), { leaseMs: 1_000 });
    await world.clock.advance(1_000);
    await registrant.register("cart", at(1));
    await world.as("ann").register("cart", at(1));
    await world.server.remove("cart");
    await registrant.register("till", at(1));
    await world.server.remove("till");
    expect(await told).toMatchObject({ registration: { name: "till" } });
    expect(heard).toEqual([]);
  });

  it("ends with an error when more waits for it than may, and keeps nothing then", async () => {
    await using world = new NamesWorld({ limits: { maxUntoldPerSession: 2 } });
    const names = world.as("ann");
    const removals = names.removals()[Symbol.asyncIterator]();
    const first = next(removals);
    for (const name of ["a", "b", "c", "d", "e"]) await names.register(name, at(1, name));
    await world.server.remove("a");
    expect(await first).toMatchObject({ registration: { name: "a" } });
    const stopped = world.server.remove({ glob: "?" });
    const outcome = (async () => {
      for (;;) if ((await removals.next()).done === true) return "ended";
    })();
    await stopped;
    await expect(outcome).rejects.toMatchObject({ limit: "maxUntoldPerSession", retryable: true });
    const again = names.removals()[Symbol.asyncIterator]();
    const told = next(again);
    await names.register("f", at(1, "f"));
    await world.server.remove("f");
    expect(await told).toMatchObject({ registration: { name: "f" } });
  });

  it("counts as a watch, and ends when its reader does", async () => {
    await using world = new NamesWorld({ limits: { maxWatchesPerSession: 1 } });
    const names = world.as("ann");
    const removals = names.removals()[Symbol.asyncIterator]();
    const first = next(removals);
    await names.ping();
    await expect(names.removals()[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      limit: "maxWatchesPerSession",
    });
    await names.register("cart", at(1));
    await world.server.remove("cart");
    await first;
    await removals.return?.();
    await names.ping();
    const again = names.removals()[Symbol.asyncIterator]();
    const told = next(again);
    await names.register("cart", at(1));
    await world.server.remove("cart");
    expect(await told).toMatchObject({ by: "program" });
  });
});
