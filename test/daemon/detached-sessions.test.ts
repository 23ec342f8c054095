import { beforeEach, describe, expect, it } from "vitest";
import { type DetachedSession, DetachedSessions, MAX_DETACHED_BYTES } from "../../src/daemon/detached-sessions.js";

const MIB = 1024 * 1024;

/** Sessions whose size and end a test says. */
class Waiting implements DetachedSession {
  readonly principal;
  readonly name: string;
  isEnded: boolean;
  heldBytes: number;

  constructor(name: string, facts: { id?: string; heldBytes?: number; isEnded?: boolean } = {}) {
    const { id = "key:ann", heldBytes = 0, isEnded = false } = facts;
    this.name = name;
    this.principal = { kind: "key", id, subject: id } as const;
    this.heldBytes = heldBytes;
    this.isEnded = isEnded;
  }

  evict(why: string): void {
    evicted.push([this.name, why]);
  }
}

let evicted: [name: string, why: string][];
const names = (): string[] => evicted.map(([name]) => name);
const microtasks = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const detachedOf = (limits: { maxDetachedPerPrincipal?: number; maxSessions?: number } = {}): DetachedSessions =>
  new DetachedSessions({ maxDetachedPerPrincipal: 64, maxSessions: 1024, ...limits });

beforeEach(() => (evicted = []));

describe("DetachedSessions", () => {
  it("keeps so many of one principal, the oldest goes first, and others' are left alone", () => {
    const detached = detachedOf({ maxDetachedPerPrincipal: 2 });
    detached.enter(new Waiting("bob's", { id: "key:bob" }));
    for (const name of ["first", "second"]) detached.enter(new Waiting(name));
    expect(evicted).toEqual([]);
    detached.enter(new Waiting("third"));
    expect(evicted).toEqual([
      ["first", '2 sessions of key:ann were without a line: "limits.maxDetachedPerPrincipal" allows no more'],
    ]);
    detached.enter(new Waiting("fourth"));
    expect(names()).toEqual(["first", "second"]);
    expect(detached.size).toBe(3);
  });

  it("keeps so many in all", () => {
    const detached = detachedOf({ maxSessions: 2 });
    for (const name of ["a", "b", "c"]) detached.enter(new Waiting(name, { id: name }));
    expect(evicted).toEqual([["a", '2 sessions were without a line: "limits.maxSessions" allows no more']]);
  });

  it("lets one that has ended go before one that lives, of one principal and in all", () => {
    const ofOne = detachedOf({ maxDetachedPerPrincipal: 2 });
    for (const [name, isEnded] of [
      ["lives", false],
      ["ended", true],
      ["next", false],
    ] as const)
      ofOne.enter(new Waiting(name, { isEnded }));
    const ofAll = detachedOf({ maxSessions: 2 });
    for (const [name, isEnded] of [
      ["all live", false],
      ["all ended", true],
      ["all next", false],
    ] as const)
      ofAll.enter(new Waiting(name, { isEnded, id: name }));
    expect(names()).toEqual(["ended", "all ended"]);
  });

  it("keeps 256 MiB in all, one byte more sends the oldest away", async () => {
    const detached = detachedOf();
    const sessions = Array.from({ length: 8 }, (_, index) => new Waiting(String(index), { heldBytes: 32 * MIB }));
    for (const session of sessions) detached.enter(session);
    await microtasks();
    expect([detached.heldBytes, evicted]).toEqual([MAX_DETACHED_BYTES, []]);
    sessions[5]!.heldBytes += 1;
    detached.grown(sessions[5]!);
    // Not at once: it may be in the midst of sending.
    expect(evicted).toEqual([]);
    await microtasks();
    expect(evicted).toEqual([["0", "more than 268435456 bytes were kept for sessions without a line"]]);
    expect(detached.heldBytes).toBe(7 * 32 * MIB + 1);
  });

  it("sends the oldest of whoever keeps most away, and nobody else's", async () => {
    const detached = detachedOf();
    for (let index = 0; index < 20; index++)
      detached.enter(new Waiting(`${index}`, { id: `key:${index}`, heldBytes: MIB }));
    for (let index = 0; index < 20; index++)
      detached.enter(new Waiting(`eve's ${index}`, { id: "key:eve", heldBytes: 30 * MIB }));
    await microtasks();
    expect(names()).toEqual(Array.from({ length: 13 }, (_, index) => `eve's ${index}`));
    expect(detached.heldBytes).toBe((20 + 7 * 30) * MIB);
  });

  it("counts what grows once, and gives it back", async () => {
    const detached = detachedOf();
    const session = new Waiting("one", { heldBytes: MIB });
    detached.enter(session);
    detached.enter(session);
    session.heldBytes = 3 * MIB;
    detached.grown(session);
    detached.grown(session);
    expect([detached.size, detached.heldBytes]).toEqual([1, 3 * MIB]);
    session.isEnded = true;
    detached.leave(session);
    detached.leave(session);
    detached.grown(session);
    expect([detached.size, detached.heldBytes]).toEqual([0, 0]);
    for (let round = 0; round < 200; round++) {
      const other = new Waiting("other", { id: String(round % 3), heldBytes: MIB });
      detached.enter(other);
      detached.leave(other);
    }
    expect([detached.size, detached.heldBytes, evicted]).toEqual([0, 0, []]);
  });

  it("makes room for a new session by the oldest that lives: of one principal, or of anybody", () => {
    const detached = detachedOf();
    expect(detached.makeRoom(undefined)).toBe(false);
    detached.enter(new Waiting("ended", { isEnded: true }));
    detached.enter(new Waiting("bob's", { id: "key:bob" }));
    detached.enter(new Waiting("ann's"));
    expect(detached.makeRoom("key:cid")).toBe(false);
    expect(detached.makeRoom("key:ann")).toBe(true);
    expect(detached.makeRoom("key:ann")).toBe(false);
    expect(detached.makeRoom(undefined)).toBe(true);
    expect(detached.makeRoom(undefined)).toBe(false);
    expect(names()).toEqual(["ann's", "bob's"]);
  });
});
