import { afterEach, describe, expect, it } from "vitest";
import type { Connection } from "../../src/client/connection.js";
import { Registrar, type RegistrarOptions } from "../../src/node/registrar.js";
import { at, NamesWorld } from "../naming/names-world.js";

const registrars: Registrar[] = [];
afterEach(async () => {
  for (const registrar of registrars.splice(0)) await registrar.end();
});

function registrar(world: NamesWorld, options: Partial<RegistrarOptions> = {}): Registrar {
  const made = new Registrar({
    open: () => world.connect("ann") as unknown as Connection,
    objectId: "names",
    addressOf: (id) => at(1, id),
    prefix: "",
    tags: undefined,
    replica: false,
    load: () => 0,
    clock: world.clock,
    named: () => undefined,
    failed: () => undefined,
    ...options,
  });
  registrars.push(made);
  return made;
}

describe("Registrar", () => {
  it("tells the load when it has changed, every 5 s, and says nothing of it to the program", async () => {
    await using world = new NamesWorld();
    let load = 3;
    let told = 0;
    registrar(world, { load: () => load, named: () => void told++ }).begin(["cart", "till"]);
    await world.clock.advance(0);
    const loads = async () => {
      const found = [];
      for await (const one of world.server.list()) found.push(one.load);
      return found;
    };
    expect(await loads()).toEqual([3, 3]);
    load = 5;
    await world.clock.advance(4_999);
    expect(await loads()).toEqual([3, 3]);
    await world.clock.advance(1);
    expect(await loads()).toEqual([5, 5]);
    expect(told).toBe(1);
  });

  it("registers more than it may at once", async () => {
    await using world = new NamesWorld();
    const ids = Array.from({ length: 100 }, (_, index) => `n${index}`);
    const named = new Promise<readonly string[]>((resolve) => registrar(world, { named: resolve }).begin(ids));
    expect(await named).toEqual(ids);
    expect(await world.server.count()).toBe(100);
  });

  it("tries again what was refused, and leaves no timer when it has left", async () => {
    await using world = new NamesWorld();
    await world.as("bob").register("cart", at(9));
    const steps: string[] = [];
    const made = registrar(world, {
      named: (names) => steps.push(`named ${names.join()}`),
      failed: (error, names) => steps.push(`${(error as { code?: string }).code} ${names.join()}`),
    });
    made.begin(["cart", "till"]);
    await world.clock.advance(60_000);
    expect(steps).toEqual(["HW_NAME_TAKEN cart"]);
    await world.server.remove("cart");
    await world.clock.advance(30_000);
    expect(steps).toEqual(["HW_NAME_TAKEN cart", "named cart,till"]);
    await made.leave();
    expect(await world.server.count()).toBe(0);
    await made.end();
  });

  it("waits no more than a second for a name server that does not answer", async () => {
    await using world = new NamesWorld();
    const made = registrar(world);
    made.begin(["cart"]);
    await world.clock.advance(0);
    world.server.remove = () => new Promise(() => undefined);
    let hasLeft = false;
    const leaving = made.leave().then(() => (hasLeft = true));
    await world.clock.advance(999);
    expect(hasLeft).toBe(false);
    await world.clock.advance(1);
    expect(hasLeft).toBe(true);
    await leaving;
  });
});
