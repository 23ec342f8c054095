import { describe, expect, it } from "vitest";
import { Key, scheduleOf } from "../../src/auth/key.js";
import { importCryptoKey, keyFromCryptoKey } from "../../src/auth/key-from-crypto-key.js";
import { FIND_TIMEOUT_MS, type KeyProvider, KeyRing } from "../../src/auth/key-ring.js";
import { MAX_LOOKUPS, MAX_WAITING_LOOKUPS } from "../../src/auth/lookup-turns.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { alice, client, mint, root, server, waitingServer } from "./handshake-fixtures.js";

const bob = Key.generate({ id: "bob" });
const never: KeyProvider = () => new Promise(() => {});

describe("a ring with a provider", () => {
  it.each<[string, KeyProvider]>([
    ["at once", (id) => (id === "bob" ? bob : undefined)],
    ["later", async (id) => (id === "bob" ? bob : undefined)],
  ])("knows what it gives %s, and nothing else", async (_, find) => {
    const ring = new KeyRing([], { find });
    expect(await ring.lookup("bob")).toEqual({ key: bob });
    expect(await ring.lookup("eve")).toEqual({ key: undefined });
  });

  it("asks it for every id, held or not, and answers neither at once", async () => {
    const asked: string[] = [];
    const ring = new KeyRing([alice], { find: (id) => void asked.push(id) });
    const lookups = ["alice", "eve"].map((id) => ring.lookup(id));
    for (const lookup of lookups) expect(lookup).toBeInstanceOf(Promise);
    expect(await Promise.all(lookups)).toEqual([{ key: alice }, { key: undefined }]);
    expect(asked).toEqual(["alice", "eve"]);
  });

  it("takes its own key before the provider's, and waits for the provider all the same", async () => {
    const other = Key.generate({ id: "alice" });
    let give!: (key: Key) => void;
    const ring = new KeyRing([alice], { find: () => new Promise((resolve) => (give = resolve)) });
    let found: unknown;
    const lookup = (async () => (found = await ring.lookup("alice")))();
    await Promise.resolve();
    expect(found).toBeUndefined();
    give(other);
    expect(await lookup).toEqual({ key: alice });
  });

  it("takes no key that was removed while the provider was asked", async () => {
    let give!: (key: Key | undefined) => void;
    const ring = new KeyRing([alice], { find: () => new Promise((resolve) => (give = resolve)) });
    const lookup = ring.lookup("alice");
    ring.remove("alice");
    give(undefined);
    expect(await lookup).toEqual({ key: undefined });
  });

  it("waits for it for 1 s and no longer", async () => {
    const clock = fakeClock();
    const ring = new KeyRing([alice], { find: never });
    const lookups = Promise.all(["alice", "bob"].map((id) => ring.lookup(id, (ms, task) => clock.after(ms, task))));
    let isDone = false;
    void lookups.then(() => (isDone = true));
    await clock.advance(FIND_TIMEOUT_MS - 1);
    expect(isDone).toBe(false);
    await clock.advance(1);
    expect(await lookups).toEqual([
      { key: alice },
      { key: undefined, fault: expect.stringContaining("within 1000 ms") },
    ]);
  });

  it("leaves no timer when it has answered", async () => {
    const pending = new Set<object>();
    const after = () => {
      const timer = { cancel: () => void pending.delete(timer) };
      pending.add(timer);
      return timer;
    };
    await new KeyRing([], { find: () => undefined }).lookup("bob", after);
    expect(pending.size).toBe(0);
  });

  it.each<[string, KeyProvider, RegExp]>([
    [
      "throws",
      () => {
        throw new Error("no database");
      },
      /failed for "bob": no database/,
    ],
    ["rejects", () => Promise.reject(new Error("no database")), /failed for "bob": no database/],
    ["throws no Error", () => Promise.reject("away"), /failed for "bob": away/],
    ["throws what can't be a text", () => Promise.reject(Object.create(null)), /failed for "bob": it threw a value of/],
    ["gives another id's key", () => alice, /gave the key "alice" for "bob"/],
    ["gives bytes", () => new Uint8Array(32) as never, /a value of type object for "bob" instead of a Key/],
    ["gives a text", () => "secret" as never, /a value of type string/],
    ["gives null", () => null as never, /a value of type object/],
  ])("takes an id for unknown whose provider %s", async (_, find, fault) => {
    const { key, fault: said } = await new KeyRing([], { find }).lookup("bob");
    expect(key).toBeUndefined();
    expect(said).toMatch(fault);
    expect(said).not.toContain("secret");
  });

  it("takes an id for unknown whose key only the host can read", async () => {
    const sealed = await keyFromCryptoKey(await importCryptoKey(bob.export()), { id: "bob" });
    expect(await new KeyRing([], { find: () => sealed }).lookup("bob")).toEqual({
      key: undefined,
      fault: expect.stringContaining("can't be read"),
    });
  });

  it("refuses a provider that is no function", () => {
    expect(() => new KeyRing([], { find: "alice" as never })).toThrow(
      '"find" of a KeyRing must be a function, got string',
    );
  });

  it("tells its listeners of any id that is removed, since the provider may have given its key", () => {
    const removed: string[] = [];
    const ring = new KeyRing([alice], { find: () => bob });
    ring.onRemoved((id) => removed.push(id));
    expect([ring.remove("bob"), ring.remove("alice")]).toEqual([false, true]);
    expect(removed).toEqual(["bob", "alice"]);
  });
});

describe("a flood of lookups", () => {
  /** A ring whose provider answers when told to. */
  function heldBack(keys: readonly Key[] = []) {
    const clock = fakeClock();
    const asked: string[] = [];
    const settle: ((key?: Key) => void)[] = [];
    const fail: ((error: Error) => void)[] = [];
    const find: KeyProvider = (id) =>
      new Promise((resolve, reject) => {
        asked.push(id);
        settle.push(resolve);
        fail.push(reject);
      });
    const ring = new KeyRing(keys, { find });
    const lookup = (id: string) => ring.lookup(id, (ms, task) => clock.after(ms, task));
    const flood = (count: number) => Array.from({ length: count }, (_, one) => lookup(`guess-${one}`));
    return { clock, asked, settle, fail, lookup, flood };
  }

  // 2000 HELLOs from one address, each evicted by the next, had 2000 queries of a database running at once.
  it("asks the provider for no more than 64 at once, also when nobody waits for those any more", async () => {
    const { clock, asked, flood } = heldBack();
    const first = flood(100);
    expect(asked).toHaveLength(MAX_LOOKUPS);
    await clock.advance(FIND_TIMEOUT_MS);
    const faults = (await Promise.all(first)).map(({ fault }) => fault);
    expect(faults[63]).toContain("within 1000 ms");
    expect(faults[64]).toBe('it was not asked for "guess-64": 64 earlier lookups had not settled');
    const second = flood(100);
    await clock.advance(FIND_TIMEOUT_MS);
    await Promise.all(second);
    expect(asked).toHaveLength(MAX_LOOKUPS);
    expect(clock.pendingTimers).toBe(0);
  });

  it("gives those that wait their turn, in order, when one has settled or failed", async () => {
    const { clock, asked, settle, fail, lookup, flood } = heldBack();
    void flood(MAX_LOOKUPS);
    const [next, last] = [lookup("bob"), lookup("eve")];
    settle[7]!();
    await clock.advance(0);
    expect(asked.slice(MAX_LOOKUPS)).toEqual(["bob"]);
    settle[MAX_LOOKUPS]!(bob);
    expect(await next).toEqual({ key: bob });
    fail[MAX_LOOKUPS + 1]!(new Error("no database"));
    expect(await last).toMatchObject({ fault: 'it failed for "eve": no database' });
  });

  it("leaves nothing behind: as many go at once when all have settled", async () => {
    const { clock, asked, settle, fail, flood } = heldBack();
    const first = flood(MAX_LOOKUPS);
    await clock.advance(FIND_TIMEOUT_MS);
    await Promise.all(first);
    // Whoever asked has gone: what fails now is nobody's rejection.
    for (let one = 0; one < MAX_LOOKUPS; one += 2) {
      settle[one]!();
      fail[one + 1]!(new Error("late"));
    }
    await clock.advance(0);
    void flood(MAX_LOOKUPS + 1);
    expect(asked).toHaveLength(2 * MAX_LOOKUPS);
  });

  it("lets the oldest of those that wait go when there are too many, and answers it like one that is late", async () => {
    const { lookup, flood } = heldBack([alice]);
    void flood(MAX_LOOKUPS);
    const oldest = [lookup("alice"), lookup("bob")];
    void flood(MAX_WAITING_LOOKUPS - 1);
    expect(await oldest[0]).toEqual({ key: alice });
    void lookup("eve");
    expect(await oldest[1]).toMatchObject({ key: undefined, fault: expect.stringContaining("was not asked") });
  });

  it("goes on after a provider that throws what can't be read", async () => {
    const wicked = new Error("no");
    Object.defineProperty(wicked, "message", {
      get: () => {
        throw new Error("never");
      },
    });
    const ring = new KeyRing([], { find: () => Promise.reject(wicked) });
    for (let one = 0; one <= MAX_LOOKUPS; one++) {
      expect(await ring.lookup("bob")).toMatchObject({ fault: 'it failed for "bob": it threw a value of type object' });
    }
  });
});

describe("a ring without one", () => {
  it("answers at once", () => {
    expect(new KeyRing([alice]).lookup("alice")).toEqual({ key: alice });
    expect(new KeyRing([alice]).lookup("bob")).toEqual({ key: undefined });
  });
});

describe("a handshake", () => {
  const find: KeyProvider = async (id) => [alice, root].find((key) => key.id === id);

  it.each([
    ["a key", () => client()],
    ["a ticket", () => client({ credential: { method: 2, ticket: mint() } })],
  ])("is answered once the provider has given the key of %s", async (_, made) => {
    const peer = made();
    const side = waitingServer({ keys: new KeyRing([], { find }) });
    const answer = side.hello(peer.hello);
    expect(answer).toBeInstanceOf(Promise);
    const accepted = await answer;
    expect(peer.welcome(accepted.welcome).peerAck).toBe(0);
  });

  it("names its key id while the provider is asked", () => {
    const side = waitingServer({ keys: new KeyRing([], { find: never }) });
    expect(side.keyId).toBeUndefined();
    void side.hello(client().hello);
    expect(side.keyId).toBe("alice");
  });

  it("tells the daemon's operator what the provider did", async () => {
    const keys = new KeyRing([], { find: () => Promise.reject(new Error("no database")) });
    await expect(waitingServer({ keys }).hello(client().hello)).rejects.toMatchObject({
      reason: "key-unknown",
      message:
        'no key with the id "alice", and its "find" is no help: it failed for "alice": no database; add it to the ring given as "keys"',
    });
  });

  it("derives anew what a provider's key has kept, as for ids that nobody has", async () => {
    scheduleOf(alice).prepare();
    const fresh: unknown[] = [];
    const prototype = Object.getPrototypeOf(scheduleOf(alice)) as { fresh(): unknown };
    const { fresh: original } = prototype;
    prototype.fresh = function () {
      fresh.push(this);
      return Reflect.apply(original, this, []);
    };
    try {
      for (const id of ["alice", "nobody"]) {
        const hello = client({ credential: { method: 1, key: Key.generate({ id }) } }).hello;
        await expect(waitingServer({ keys: new KeyRing([], { find }) }).hello(hello)).rejects.toMatchObject({
          name: "HandshakeRefusal",
        });
      }
      expect(fresh).toHaveLength(2);
      expect(() => server().hello(client({ credential: { method: 1, key: bob } }).hello)).toThrow("no key with the id");
      expect(fresh).toHaveLength(2);
    } finally {
      prototype.fresh = original;
    }
  });
});

describe("KeyRing#primary", () => {
  const now = Date.now();
  const keyUntil = (id: string, notAfter: number) => Key.generate({ id, notAfter: new Date(notAfter) });
  const keyFrom = (id: string, notBefore: number) => Key.generate({ id, notBefore: new Date(notBefore) });

  it("passes over keys that have ended, and over those that have not begun", () => {
    const current = Key.generate({ id: "current" });
    expect(new KeyRing([keyUntil("old", now - 1), keyFrom("new", now + 600_000), current]).primary).toBe(current);
    expect(new KeyRing([keyUntil("old", now + 600_000), current]).primary.id).toBe("old");
  });

  it("takes one that the skew of clocks allows when there is no other", () => {
    expect(new KeyRing([keyUntil("old", now - 30_000)]).primary.id).toBe("old");
    expect(() => new KeyRing([keyUntil("old", now - 120_000)]).primary).toThrow("valid now");
  });
});
