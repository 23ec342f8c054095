import { describe, expect, it } from "vitest";
import { MemoryStorage } from "../../src/naming/memory-storage.js";
import type { NameServer } from "../../src/naming/name-server.js";
import type { NameChange } from "../../src/naming/registration.js";
import { faultyLine } from "../../src/testing/faulty-line.js";
import { at, NamesWorld } from "./names-world.js";

const WINDOW_MS = 60_000;

/** A name server with a registrant whose line can be cut, and one who looks. */
async function world(options: ConstructorParameters<typeof NamesWorld>[0] = {}) {
  const made = new NamesWorld({ windowMs: WINDOW_MS, ...options });
  const link = faultyLine({ clock: made.clock });
  const registrant = made.connect("ann", { link }).object("names");
  return { made, link, registrant, reader: made.as("bob"), [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() };
}

async function awayOf(names: Pick<NameServer, "list">): Promise<readonly (number | undefined)[]> {
  const found = [];
  for await (const { awayUntil } of names.list()) found.push(awayUntil?.getTime());
  return found;
}

const next = async (changes: AsyncIterator<NameChange, void>): Promise<unknown> => (await changes.next()).value;

describe("a registration whose registrant has lost its line", () => {
  it("is away until its session ends, and there again when that goes on", async () => {
    await using bench = await world();
    const { made, link, registrant, reader } = bench;
    await registrant.register("cart", at(1));
    const [present] = await reader.lookup("cart");
    expect(present).not.toHaveProperty("awayUntil");
    const endsAtMs = made.clock.now() + WINDOW_MS;
    link.unplug();
    await made.clock.advance(1);
    expect(await reader.lookup("cart")).toMatchObject([{ awayUntil: new Date(endsAtMs) }]);
    expect(await awayOf(made.server)).toEqual([endsAtMs]);
    link.restore();
    await made.clock.advance(30_000);
    const [back] = await reader.lookup("cart");
    expect(back).not.toHaveProperty("awayUntil");
    expect(back).toEqual(present);
  });

  it("comes last in a lookup", async () => {
    await using bench = await world();
    const { made, link, registrant, reader } = bench;
    await registrant.register("cart", at(1), { replica: true });
    const other = made.as("ann");
    await other.register("cart", at(2), { replica: true });
    const addresses = async () => (await reader.lookup("cart")).map(({ address }) => address);
    expect(await addresses()).toEqual([at(1), at(2)]);
    link.unplug();
    await made.clock.advance(1);
    expect(await addresses()).toEqual([at(2), at(1)]);
  });

  it("is told to those who watch, both times", async () => {
    await using bench = await world();
    const { made, link, registrant, reader } = bench;
    await registrant.register("cart", at(1));
    const changes = reader.watch()[Symbol.asyncIterator]();
    expect([await next(changes), await next(changes)]).toMatchObject([{ kind: "added" }, { kind: "listed" }]);
    const awayUntil = new Date(made.clock.now() + WINDOW_MS);
    link.unplug();
    await made.clock.advance(1);
    expect(await next(changes)).toMatchObject({ kind: "changed", registration: { awayUntil } });
    link.restore();
    await made.clock.advance(30_000);
    const there = (await next(changes)) as Extract<NameChange, { registration: unknown }>;
    expect(there.kind).toBe("changed");
    expect(there.registration.awayUntil).toBeUndefined();
  });

  it("is not away while it has a lease, which nobody has to be there for", async () => {
    await using bench = await world();
    const { made, link, registrant, reader } = bench;
    await registrant.register("till", at(2), { leaseMs: 600_000 });
    await registrant.register("cart", at(1), { leaseMs: 600_000 });
    await registrant.register("cart", at(1));
    link.unplug();
    await made.clock.advance(1);
    expect((await reader.lookup("till"))[0]).not.toHaveProperty("awayUntil");
    expect((await reader.lookup("cart"))[0]).toHaveProperty("awayUntil");
  });

  it("is there when another session of its owner has registered it since", async () => {
    await using bench = await world();
    const { made, link, registrant, reader } = bench;
    await registrant.register("cart", at(1));
    link.unplug();
    await made.clock.advance(1);
    await made.as("ann").register("cart", at(1));
    expect((await reader.lookup("cart"))[0]).not.toHaveProperty("awayUntil");
  });

  it("lets others have their turn, however many there are", async () => {
    await using bench = await world();
    const { made, link, registrant } = bench;
    for (let port = 1; port <= 600; port++) await registrant.register(`n${port}`, at(port));
    link.unplug();
    const awayCount = async () => (await awayOf(made.server)).filter((until) => until !== undefined).length;
    expect(await awayCount()).toBe(256);
    await made.clock.advance(10);
    expect(await awayCount()).toBe(600);
  });
});

describe("a storage", () => {
  it("keeps nothing of it, and after a restart those are away for whom nobody has come", async () => {
    const storage = new MemoryStorage();
    {
      await using bench = await world({ storage });
      const { made, link, registrant } = bench;
      await registrant.register("cart", at(1));
      await registrant.register("till", at(2), { leaseMs: 300_000 });
      link.unplug();
      await made.clock.advance(1);
      await made.server.tag("cart", ["eu"]);
      expect(await storage.load()).toEqual([
        { name: "cart", address: at(1), tags: ["eu"], owner: "key:ann", load: 0, leaseEndsAtMs: undefined },
        expect.objectContaining({ name: "till" }),
      ]);
    }
    await using bench = await world({ storage });
    const { made, registrant } = bench;
    expect(await awayOf(made.server)).toEqual([made.clock.now() + 120_000, undefined]);
    await registrant.register("cart", at(1));
    expect(await awayOf(made.server)).toEqual([undefined, undefined]);
  });
});
