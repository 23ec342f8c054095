import { afterEach, describe, expect, it, vi } from "vitest";
import type { Connection } from "../../src/client/connection.js";
import { Registrar, type RegistrarOptions } from "../../src/node/registrar.js";
import { faultyLine } from "../../src/testing/faulty-line.js";
import { at, NamesWorld } from "../naming/names-world.js";

const registrars: Registrar[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
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
    maxPauseMs: 30_000,
    named: () => undefined,
    failed: () => undefined,
    removed: () => undefined,
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

  it("hears who removes a name, long after it was registered, and tells its load no more", async () => {
    await using world = new NamesWorld();
    const steps: string[] = [];
    let load = 0;
    const made = registrar(world, {
      load: () => load,
      named: (names) => steps.push(`named ${names.join()}`),
      removed: ({ name, by }) => steps.push(`${name} removed by ${by}`),
    });
    made.begin(["cart", "till"]);
    await world.clock.advance(600_000);
    await world.as("ann").remove("cart");
    await world.clock.advance(1);
    load = 7;
    await world.clock.advance(10_000);
    expect(steps).toEqual(["named cart,till", "cart removed by key:ann"]);
    const names = [];
    for await (const { name } of world.server.list()) names.push(name);
    expect(names).toEqual(["till"]);
    await made.leave();
    expect(steps).toHaveLength(2);
  });

  it("takes back what it registered while the removal was on its way", async () => {
    await using world = new NamesWorld({ windowMs: 60_000 });
    const link = faultyLine({ clock: world.clock });
    const removed: string[] = [];
    const open = () => world.connect("ann", { link }) as unknown as Connection;
    const made = registrar(world, { open, removed: ({ by }) => removed.push(by) });
    made.begin(["cart"]);
    await world.clock.advance(0);
    link.unplug();
    await world.clock.advance(1);
    await world.server.remove("cart");
    link.restore();
    await world.clock.advance(31_000);
    expect(removed).toEqual(["program"]);
    expect(await world.server.count()).toBe(0);
  });

  it.each([2_000, 30_000])("tries a name server that is away at least every %d ms", async (maxPauseMs) => {
    await using world = new NamesWorld();
    const link = faultyLine({ clock: world.clock });
    let named = 0;
    const open = () => world.connect("ann", { link }) as unknown as Connection;
    link.unplug();
    registrar(world, { open, maxPauseMs, named: () => void named++ }).begin(["cart"]);
    await world.clock.advance(600_000);
    const tries = link.counts.connections;
    // On average every half of it, at the beginning more often.
    expect(tries).toBeGreaterThan((600_000 / maxPauseMs) * 1.2);
    expect(tries).toBeLessThan((600_000 / maxPauseMs) * 4 + 10);
    link.restore();
    await world.clock.advance(maxPauseMs);
    expect(named).toBe(1);
  });

  it("tries at once when a client of the daemon asks, but not more often than once a second", async () => {
    await using world = new NamesWorld();
    const link = faultyLine({ clock: world.clock });
    let named = 0;
    const open = () => world.connect("ann", { link }) as unknown as Connection;
    link.unplug();
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const made = registrar(world, { open, named: () => void named++ });
    made.begin(["cart"]);
    await world.clock.advance(60_000);
    const before = link.counts.connections;
    for (let count = 0; count < 10; count++) void made.server.ping().catch(() => undefined);
    await world.clock.advance(10);
    expect(link.counts.connections).toBe(before + 1);
    link.restore();
    for (let count = 0; count < 10; count++) void made.server.ping().catch(() => undefined);
    await world.clock.advance(900);
    expect([link.counts.connections, named]).toEqual([before + 1, 0]);
    await world.clock.advance(100);
    await made.server.ping();
    await world.clock.advance(1);
    expect([link.counts.connections, named]).toEqual([before + 2, 1]);
  });

  it("wakes a line that had been connected, when a client of the daemon asks", async () => {
    await using world = new NamesWorld({ windowMs: 3_600_000 });
    const link = faultyLine({ clock: world.clock });
    const open = () => world.connect("ann", { link }) as unknown as Connection;
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const made = registrar(world, { open });
    made.begin(["cart"]);
    await world.clock.advance(0);
    link.unplug();
    await world.clock.advance(120_000);
    link.restore();
    const before = link.counts.connections;
    await made.server.ping();
    expect(link.counts.connections).toBe(before + 1);
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
