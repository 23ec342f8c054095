import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { NameStorage, StoredRegistration } from "../../../src/naming/name-storage.js";

/** One place where names are kept. */
export interface StoragePlace extends AsyncDisposable {
  /** The storage of that place; the one before is closed by then. */
  open(): NameStorage;
}

/** A registration, of which a test says what matters to it. */
export function registration(facts: Partial<StoredRegistration> = {}): StoredRegistration {
  return {
    name: "shop/cart",
    address: "ws://127.0.0.1:4000/cart",
    tags: [],
    owner: "ann",
    load: 0,
    leaseEndsAtMs: undefined,
    ...facts,
  };
}

/** What is kept, in one order. */
export function sorted(kept: Iterable<StoredRegistration>): readonly StoredRegistration[] {
  const key = ({ name, address }: StoredRegistration): string => `${name} ${address}`;
  return [...kept].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

/** What a storage is found with when it is opened anew. */
async function reopened(place: StoragePlace): Promise<readonly StoredRegistration[]> {
  const storage = place.open();
  const kept = await storage.load();
  await storage.close();
  return sorted(kept);
}

/** All that whoever uses a `NameStorage` counts on; each storage runs it. */
export function keepsTheStorageContract(makePlace: () => Promise<StoragePlace>): void {
  let place: StoragePlace;
  let storage: NameStorage;

  beforeEach(async () => {
    place = await makePlace();
    storage = place.open();
    expect(await storage.load()).toEqual([]);
  });
  afterEach(async () => {
    await storage.close();
    await place[Symbol.asyncDispose]();
  });
  const afterClosing = async (): Promise<readonly StoredRegistration[]> => {
    await storage.close();
    return reopened(place);
  };

  it.each([
    ["a registration that is bound to a session", {}],
    ["a lease", { leaseEndsAtMs: 1_763_900_000_123 }],
    ["a lease that has ended", { leaseEndsAtMs: 0 }],
    ["tags, in their order", { tags: ["gpu", "eu", "class:shop.Cart"] }],
    ["32 tags of 64 characters", { tags: Array.from({ length: 32 }, (_, i) => `${i}`.padStart(64, "t")) }],
    ["the longest name", { name: "n".repeat(128) }],
    ["a name with each kind of character", { name: "0Az.._~/-x//" }],
    ["an address of a Unix socket", { address: "ws+unix:///run/shop%20a.sock:/cart" }],
    ["an owner in any script", { owner: "größe 😀 \u2028 \ufeff" }],
    ["an owner that would be SQL", { owner: `'); DROP TABLE registration; --"` }],
    ["an owner that would be JSON", { owner: `["a",null]` }],
    ["an owner that would be a number", { owner: "007" }],
    ["a fraction as load", { load: 0.1 + 0.2 }],
    ["the largest load", { load: Number.MAX_VALUE }],
  ])("keeps %s", async (_, facts) => {
    const one = registration(facts);
    await storage.put(one);
    expect(await afterClosing()).toEqual([one]);
  });

  it("keeps every number as it is", async () => {
    const numbers = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }), { numRuns: 500, seed: 1 });
    const all = numbers.map((load, index) =>
      registration({ address: `ws://127.0.0.1:4000/${String(index).padStart(3, "0")}`, load, leaseEndsAtMs: load }),
    );
    await Promise.all(all.map((one) => storage.put(one)));
    expect(await afterClosing()).toEqual(all);
  });

  it("keeps names that differ only in case, and replicas of one name", async () => {
    const all = [
      registration({ name: "Cart" }),
      registration({ name: "cart" }),
      registration({ name: "cart", address: "ws://127.0.0.1:4001/cart" }),
      registration({ name: "constructor" }),
    ];
    for (const one of all) await storage.put(one);
    expect(await afterClosing()).toEqual(sorted(all));
  });

  it("puts a registration in the place of one with the same name and address", async () => {
    await storage.put(registration({ tags: ["old"], owner: "ann", load: 3, leaseEndsAtMs: 5 }));
    await storage.put(registration({ owner: "ben" }));
    expect(await afterClosing()).toEqual([registration({ owner: "ben" })]);
  });

  it("forgets the one address of a name and keeps the others", async () => {
    const other = registration({ address: "ws://127.0.0.1:4001/cart" });
    await storage.put(registration());
    await storage.put(other);
    await storage.delete(registration());
    expect(await afterClosing()).toEqual([other]);
  });

  it("forgets what was never there", async () => {
    await storage.put(registration());
    await storage.delete({ name: "shop/cart", address: "ws://127.0.0.1:4001/cart" });
    await storage.delete({ name: "other", address: registration().address });
    expect(await afterClosing()).toEqual([registration()]);
  });

  it("makes edits of one registration in the order in which they were asked for", async () => {
    const edits = [];
    for (let load = 0; load < 10; load += 1) {
      edits.push(storage.put(registration({ load })), storage.delete(registration()));
    }
    edits.push(storage.put(registration({ load: 10 })));
    edits.push(storage.put(registration({ name: "gone" })), storage.delete(registration({ name: "gone" })));
    await Promise.all(edits);
    expect(await afterClosing()).toEqual([registration({ load: 10 })]);
  });

  it("has what is asked for before it is closed, and closes as often as it is told to", async () => {
    const all = Array.from({ length: 2_500 }, (_, i) => registration({ name: `svc/${String(i).padStart(5, "0")}` }));
    const puts = all.map((one) => storage.put(one));
    const closed = storage.close();
    await Promise.all([...puts, closed, storage.close()]);
    expect(await reopened(place)).toEqual(all);
  });

  it("keeps thousands that are put at once", async () => {
    const all = Array.from({ length: 3_210 }, (_, i) => registration({ name: `svc/${String(i).padStart(5, "0")}` }));
    await Promise.all(all.map((one) => storage.put(one)));
    await Promise.all(all.slice(0, 1_100).map((one) => storage.delete(one)));
    expect(await afterClosing()).toEqual(all.slice(1_100));
  });

  it("has at any time what a map would have", { timeout: 60_000 }, async () => {
    await storage.close();
    const edit = fc.record({
      name: fc.constantFrom("a", "b", "c/d"),
      address: fc.constantFrom("ws://h:1/o", "ws://h:2/o"),
      load: fc.option(fc.nat(), { nil: undefined }),
      isAwaited: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { maxLength: 40 }), async (edits) => {
        storage = place.open();
        const model = new Map<string, StoredRegistration>();
        for (const one of await storage.load()) model.set(`${one.name} ${one.address}`, one);
        const asked: Promise<void>[] = [];
        for (const { name, address, load, isAwaited } of edits) {
          const one = registration({ name, address, load: load ?? 0 });
          if (load === undefined) model.delete(`${name} ${address}`);
          else model.set(`${name} ${address}`, one);
          asked.push(load === undefined ? storage.delete(one) : storage.put(one));
          if (isAwaited) await asked.at(-1);
        }
        await Promise.all(asked);
        expect(await afterClosing()).toEqual(sorted(model.values()));
      }),
      { numRuns: 30, seed: 6 },
    );
  });
}
