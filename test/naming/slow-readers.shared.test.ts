import { describe, expect, it } from "vitest";
import { Backlogs } from "../../src/naming/backlog.js";
import type { NameChange } from "../../src/naming/registration.js";
import { at, NamesWorld, told } from "./names-world.js";

const tooSlow = (limit: string, allowed: number) => ({
  name: "LimitError",
  code: "HW_LIMIT",
  limit,
  allowed,
  retryable: true,
  message: expect.stringMatching(`^"${limit}" of the name server allows ${allowed} registrations`) as string,
});

/** All that a watch says after it was slow. */
async function rest(changes: AsyncIterator<NameChange>): Promise<unknown> {
  try {
    for (;;) if ((await changes.next()).done === true) return "end";
  } catch (error) {
    return error;
  }
}

describe("a watch whose reader is slow", () => {
  it("ends with a retryable error when too much waits for it, and can be begun again", async () => {
    await using world = new NamesWorld({ limits: { maxUntoldPerSession: 8 } });
    const { server } = world;
    const changes = server.watch()[Symbol.asyncIterator]();
    expect(await told(changes, 1)).toEqual(["listed"]);
    for (let index = 0; index < 8; index++) await server.register(`n${index}`, at(1));
    for (let load = 1; load <= 100; load++) await server.register("n0", at(1), { load });
    expect(await told(changes, 8)).toHaveLength(8);
    for (let index = 0; index < 9; index++) await server.register(`m${index}`, at(1));
    expect(await rest(changes)).toMatchObject(tooSlow("maxUntoldPerSession", 8));
    await server.remove({ prefix: "n" });
    await server.remove("m8");
    const again = server.watch()[Symbol.asyncIterator]();
    expect(await told(again, 9)).toEqual([...Array.from({ length: 8 }, (_, index) => `added m${index}`), "listed"]);
  });

  it("is counted with the others of its session, which go on when it has ended", async () => {
    await using world = new NamesWorld({ limits: { maxUntoldPerSession: 10 } });
    const { server } = world;
    const slow = server.watch({ prefix: "a" })[Symbol.asyncIterator]();
    const other = server.watch({ prefix: "b" })[Symbol.asyncIterator]();
    await Promise.all([told(slow, 1), told(other, 1)]);
    for (let index = 0; index < 6; index++) await server.register(`b${index}`, at(1));
    for (let index = 0; index < 6; index++) await server.register(`a${index}`, at(1));
    await server.register("b6", at(1));
    expect(await rest(slow)).toMatchObject(tooSlow("maxUntoldPerSession", 10));
    expect(await told(other, 7)).toHaveLength(7);
  });

  it("leaves nothing that counts when it is left", async () => {
    await using world = new NamesWorld({ limits: { maxUntoldPerSession: 3 } });
    const { server } = world;
    for (let round = 0; round < 5; round++) {
      const changes = server.watch()[Symbol.asyncIterator]();
      expect(await told(changes, 1)).toEqual(["listed"]);
      for (let index = 0; index < 3; index++) await server.register(`n${index}`, at(1));
      expect(await told(changes, 1)).toEqual(["added n0"]);
      await changes.return?.();
      await server.remove({ glob: "**" });
    }
  });

  it("leaves nothing that counts when it is left while it lists, as lists do", async () => {
    await using world = new NamesWorld({ limits: { maxUntoldPerSession: 3 } });
    const { server } = world;
    for (let index = 0; index < 3; index++) await server.register(`n${index}`, at(1));
    for (let round = 0; round < 3; round++) {
      for await (const change of server.watch()) {
        expect(change.kind).toBe("added");
        break;
      }
      for await (const { name } of server.list()) {
        expect(name).toBe("n0");
        break;
      }
      const all = [];
      for await (const { name } of server.list()) all.push(name);
      expect(all).toHaveLength(3);
    }
  });

  it("hears so too while it is still listing", async () => {
    await using world = new NamesWorld({ limits: { maxUntoldPerSession: 200 } });
    const { server } = world;
    for (let index = 0; index < 300; index++) await server.register(`n${String(index).padStart(3, "0")}`, at(1));
    const changes = server.watch()[Symbol.asyncIterator]();
    expect(await told(changes, 1)).toEqual(["added n000"]);
    // 128 are on its page, and were listed.
    for (let index = 0; index < 128; index++)
      await server.register(`n${String(index).padStart(3, "0")}`, at(1), { load: 1 });
    expect(await rest(changes)).toMatchObject(tooSlow("maxUntoldPerSession", 200));
  });
});

describe("the sessions of a principal", () => {
  it("have a limit together, which those of another don't feel", async () => {
    await using world = new NamesWorld({ limits: { maxUntoldPerOwner: 40 } });
    const { server } = world;
    // The streams of clients have credit for some: what is above waits at the server.
    for (let index = 0; index < 2_000; index++) await server.register(`n${index}`, at(1));
    const lists = [];
    const failures: unknown[] = [];
    for (let index = 0; index < 4; index++) {
      const list = world.as("ann").list({ prefix: "n" })[Symbol.asyncIterator]();
      lists.push(list);
      await list.next().catch((error: unknown) => failures.push(error));
    }
    expect(failures).toHaveLength(4);
    expect(failures[0]).toMatchObject(tooSlow("maxUntoldPerOwner", 40));
    const few = world.as("bob").list({ prefix: "n199" })[Symbol.asyncIterator]();
    expect((await few.next()).value).toMatchObject({ name: "n199" });
  });
});

describe("Backlogs", () => {
  const limits = { maxUntoldPerSession: 4, maxUntoldPerOwner: 6 };

  it("counts by session and by owner, takes all or nothing, and forgets who has none", () => {
    const backlogs = new Backlogs(limits);
    const [one, two, other] = [backlogs.ofSession("ann"), backlogs.ofSession("ann"), backlogs.ofSession("bob")];
    expect(one.take(0)).toBeUndefined();
    expect(backlogs.size).toBe(0);
    expect(one.take(5)).toMatchObject(tooSlow("maxUntoldPerSession", 4));
    expect(one.take(4)).toBeUndefined();
    expect(two.take(3)).toMatchObject(tooSlow("maxUntoldPerOwner", 6));
    expect(two.take(2)).toBeUndefined();
    expect(other.take(4)).toBeUndefined();
    expect(backlogs.size).toBe(2);
    one.give(1);
    expect(two.take(2)).toMatchObject(tooSlow("maxUntoldPerOwner", 6));
    expect(two.take(1)).toBeUndefined();
    one.give(3);
    two.give(3);
    other.give(4);
    expect(backlogs.size).toBe(0);
  });
});
