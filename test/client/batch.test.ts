import { describe, expect, it } from "vitest";
import { batch } from "../../src/client/batch.js";
import { oneway } from "../../src/client/oneway.js";
import { connectionOf, release, withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { BatchError, CannotSendError } from "../../src/errors/hearthwire-error.js";
import { callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { openHome, URL_OF_HOME } from "./home.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

expectNoUnhandledRejection();

const NOTHING: unknown = undefined;

class Account {
  balance = 100;
  readonly log: string[] = [];
  async deposit(amount: number): Promise<number> {
    this.log.push(`deposit ${amount} begins`);
    await Promise.resolve();
    await Promise.resolve();
    this.log.push(`deposit ${amount} ends`);
    return (this.balance += amount);
  }
  withdraw(amount: number): number {
    this.log.push(`withdraw ${amount}`);
    if (amount > this.balance) throw new RangeError("not enough");
    return (this.balance -= amount);
  }
  throwNothing(): void {
    throw NOTHING;
  }
  never(): Promise<number> {
    this.log.push("never");
    return new Promise((_resolve, reject) => {
      callContext().signal.addEventListener("abort", () => {
        this.log.push("given up");
        reject(new Error("given up"));
      });
    });
  }
  note(text: string): void {
    this.log.push(`note ${text}`);
  }
  swallow(_value: unknown): void {
    this.log.push("swallow");
  }
  correlation(): string {
    return callContext().correlationId;
  }
  notes(): Record<string, string> {
    return { ...callContext().annotations };
  }
  *count(to: number): Generator<number, void, void> {
    for (let number = 1; number <= to; number++) yield number;
  }
  history(): Remote<History> {
    return new History() as unknown as Remote<History>;
  }
  async ask(peer: Remote<Peer>): Promise<unknown> {
    return batch(peer, (o) => [o.name(), o.add(1, 2)]);
  }
  get owner(): string {
    return "ann";
  }
}
class History {
  last(): string {
    return "opened";
  }
}
class Peer {
  name(): string {
    return "bob";
  }
  add(a: number, b: number): number {
    return a + b;
  }
}
expose(Account, {
  only: [
    "deposit",
    "withdraw",
    "throwNothing",
    "never",
    "note",
    "swallow",
    "correlation",
    "notes",
    "count",
    "history",
    "ask",
    "owner",
  ],
  members: { note: { oneway: true } },
});
expose(History, ["last"]);
expose(Peer, ["name", "add"]);

async function account() {
  const clock = fakeClock();
  const served = new Account();
  const peers = await linkedPeers({ account: served }, { clock });
  return {
    clock,
    served,
    peers,
    remote: peers.object("account"),
    [Symbol.asyncDispose]: () => peers[Symbol.asyncDispose](),
  };
}

const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "resolved",
    (error: unknown) => error,
  );

describe("batch", () => {
  it("gives the results in order, each call after the one before", async () => {
    await using world = await account();
    const results = await batch(world.remote, (o) => [o.deposit(5), o.withdraw(3), o.deposit(1), o.correlation()]);
    expect(results).toEqual([105, 102, 103, expect.any(String)]);
    expect(world.served.log).toEqual([
      "deposit 5 begins",
      "deposit 5 ends",
      "withdraw 3",
      "deposit 1 begins",
      "deposit 1 ends",
    ]);
  });

  it("is one frame there", async () => {
    const home = openHome();
    const served = new Account();
    home.daemon.register(served, { id: "account" });
    const connection = home.openConnection<{ account: Account }>(URL_OF_HOME, home.options);
    await connection.ready;
    const line = home.lines[0]!;
    const send = line.send.bind(line);
    let frames = 0;
    line.send = (frame) => {
      frames++;
      send(frame);
    };
    await batch(connection.object("account"), (o) => [o.deposit(5), o.withdraw(3), o.deposit(1)]);
    expect(frames).toBe(1);
    await connection.close();
  });

  it.each([31, 32, 33, 100])("keeps the order of %d calls, more than one frame has room for", async (count) => {
    await using world = await account();
    const amounts = Array.from({ length: count }, (_, index) => index);
    const results = await batch(world.remote, (o) => amounts.map((amount) => o.deposit(amount)));
    expect(results).toHaveLength(count);
    expect(world.served.log).toEqual(amounts.flatMap((n) => [`deposit ${n} begins`, `deposit ${n} ends`]));
  });

  it("keeps the order of calls that are above 8 KiB", async () => {
    await using world = await account();
    const text = "x".repeat(5_000);
    await batch(world.remote, (o) => [o.deposit(1), o.swallow(text), o.swallow(text), o.swallow(text), o.deposit(2)]);
    const deposit = (n: number): string[] => [`deposit ${n} begins`, `deposit ${n} ends`];
    expect(world.served.log).toEqual([...deposit(1), "swallow", "swallow", "swallow", ...deposit(2)]);
  });

  it.each([3, 40])("stops at the first failure, in a batch of %d calls", async (count) => {
    await using world = await account();
    const error = await rejection(
      batch(world.remote, (o) => [
        o.deposit(5),
        o.withdraw(1_000),
        ...Array.from({ length: count - 2 }, () => o.deposit(7)),
      ]),
    );
    expect(error).toBeInstanceOf(BatchError);
    expect(error).toMatchObject({
      code: "HW_BATCH_STOPPED",
      message: `call 2 of ${count} of the batch, "withdraw", failed: not enough`,
      index: 1,
      completed: [105],
      object: "account",
      member: "withdraw",
      peer: "ws://daemon.test/",
      delivery: "ran",
      elapsedMs: 0,
      cause: { name: "RangeError", message: "not enough" },
    });
    expect(world.served.log.at(-1)).toBe("withdraw 1000");
  });

  it("stops where the failure is behind an early flush", async () => {
    await using world = await account();
    const before = Array.from({ length: 31 }, () => 1);
    const error = await rejection(
      batch(world.remote, (o) => [...before.map((n) => o.deposit(n)), o.withdraw(1_000), o.deposit(7), o.deposit(8)]),
    );
    expect(error).toMatchObject({ index: 31, cause: { name: "RangeError" } });
    expect(world.served.log.at(-1)).toBe("withdraw 1000");
  });

  it("keeps a thrown undefined as its cause", async () => {
    await using world = await account();
    const error = await rejection(batch(world.remote, (o) => [o.throwNothing()]));
    expect(error).toMatchObject({ index: 0, message: expect.stringContaining("a value that is no error") as string });
    expect((error as BatchError).cause).toBeUndefined();
  });

  it("goes on after failures when told so, and says of each call what became of it", async () => {
    await using world = await account();
    const outcomes = await batch(world.remote, (o) => [o.withdraw(1_000), o.deposit(5), o.withdraw(2_000)], {
      onError: "continue",
    });
    expect(outcomes).toMatchObject([
      { status: "rejected", reason: { name: "RangeError" } },
      { status: "fulfilled", value: 105 },
      { status: "rejected", reason: { name: "RangeError" } },
    ]);
    expect(world.served.log).toEqual(["withdraw 1000", "deposit 5 begins", "deposit 5 ends", "withdraw 2000"]);
  });

  it.each(["stop", "continue"] as const)("gives [] for nothing recorded, with onError %s", async (onError) => {
    await using world = await account();
    expect(await batch(world.remote, () => [], { onError: onError as "stop" })).toEqual([]);
  });

  it("gives references and streams as single calls do", async () => {
    await using world = await account();
    const [history, numbers] = await batch(world.remote, (o) => [o.history(), o.count(3)]);
    expect(await history.last()).toBe("opened");
    const items: number[] = [];
    for await (const item of numbers) items.push(item);
    expect(items).toEqual([1, 2, 3]);
  });

  it("works on what a client passed to its daemon", async () => {
    await using world = await account();
    expect(await world.remote.ask(new Peer())).toEqual(["bob", 3]);
  });

  it("is made before the connection is open, and keeps its order there", async () => {
    await using world = await account();
    const early = world.peers.another().object("account");
    const error = await rejection(
      batch(early, (o) => [o.deposit(1), o.swallow(() => 1), o.withdraw(1_000), o.deposit(2)]),
    );
    expect(error).toMatchObject({ index: 2 });
    expect(world.served.log).toEqual(["deposit 1 begins", "deposit 1 ends", "swallow", "withdraw 1000"]);
  });

  it("awaits a one-way member's start alone, which gives undefined", async () => {
    await using world = await account();
    expect(await batch(world.remote, (o) => [o.note("a"), o.deposit(1), o.note("b")])).toEqual([
      undefined,
      101,
      undefined,
    ]);
    expect(world.served.log).toEqual(["note a", "deposit 1 begins", "deposit 1 ends", "note b"]);
  });

  it("fails with what a missing member of an unknown object is refused with", async () => {
    await using world = await account();
    const error = await rejection(
      batch(world.remote as unknown as Remote<{ nope(): void; deposit(n: number): number }>, (o) => [
        o.deposit(1),
        o.nope(),
        o.deposit(2),
      ]),
    );
    expect(error).toMatchObject({ index: 1, member: "nope", cause: { code: "HW_NO_SUCH_MEMBER" }, delivery: "ran" });
    expect(world.served.log).toEqual(["deposit 1 begins", "deposit 1 ends"]);
  });

  it("knows no other members than an object that was awaited does", async () => {
    const home = openHome();
    home.daemon.register(new Account(), { id: "account" });
    const known = await home.connect<Account>(`${URL_OF_HOME}account`, home.options);
    await expect(batch(known, (o) => [(o as unknown as { nope(): never }).nope()])).rejects.toThrow(TypeError);
    await expect(batch(known, (o) => [(o as unknown as { owner: never }).owner])).rejects.toThrow(
      /"owner" is an accessor, and a batch records methods/,
    );
    expect(await batch(known, (o) => [o.deposit(1)])).toEqual([101]);
    release(known);
  });

  it("fails with what a call on a released proxy fails with, at its first call", async () => {
    await using world = await account();
    release(world.remote);
    const error = await rejection(batch(world.remote, (o) => [o.deposit(1), o.deposit(2)]));
    expect(error).toMatchObject({
      index: 0,
      completed: [],
      cause: { code: "HW_RELEASED" },
      delivery: "not-sent",
      object: "account",
      peer: "ws://daemon.test/",
    });
    expect(world.served.log).toEqual([]);
  });

  it.each([1, 2])("runs nothing after a call that can't be sent, the batch made %d times", async () => {
    await using world = await account();
    const error = await rejection(
      batch(world.remote, (o) => [o.deposit(1), o.swallow(Symbol("no")), o.deposit(2), o.deposit(3)]),
    );
    expect(error).toMatchObject({ index: 1, completed: [101] });
    expect((error as BatchError).cause).toBeInstanceOf(CannotSendError);
    expect(world.served.log).toEqual(["deposit 1 begins", "deposit 1 ends"]);
  });

  it("goes on behind a call that can't be sent when told so", async () => {
    await using world = await account();
    const outcomes = await batch(world.remote, (o) => [o.deposit(1), o.swallow(Symbol("no")), o.deposit(2)], {
      onError: "continue",
    });
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    const order = ["deposit 1 begins", "deposit 1 ends", "deposit 2 begins", "deposit 2 ends"];
    expect(world.served.log).toEqual(order);
  });

  it("rejects with the signal's reason when it is aborted, and runs no more of it", async () => {
    await using world = await account();
    const patience = new AbortController();
    const failed = rejection(
      batch(world.remote, (o) => [o.deposit(1), o.never(), o.deposit(2)], { signal: patience.signal }),
    );
    await world.clock.advance(1);
    patience.abort("enough");
    expect(await failed).toBe("enough");
    await world.clock.advance(1);
    expect(world.served.log).toEqual(["deposit 1 begins", "deposit 1 ends", "never", "given up"]);
  });

  it("rejects with the reason of a signal that was aborted before, and runs nothing", async () => {
    await using world = await account();
    const signal = AbortSignal.abort("before");
    expect(await rejection(batch(world.remote, (o) => [o.deposit(1), o.deposit(2)], { signal }))).toBe("before");
    expect(world.served.log).toEqual([]);
  });

  it("has one deadline for all of its calls", async () => {
    await using world = await account();
    const failed = rejection(batch(world.remote, (o) => [o.deposit(1), o.never(), o.deposit(2)], { timeoutMs: 500 }));
    await world.clock.advance(500);
    expect(await failed).toMatchObject({
      index: 1,
      completed: [101],
      elapsedMs: 500,
      cause: { code: "HW_DEADLINE", timeoutMs: 500 },
    });
    await world.clock.advance(1);
    expect(world.served.log.at(-1)).toBe("given up");
  });

  it("gives its calls the annotations and ids of its options, and those of its view", async () => {
    await using world = await account();
    const view = withOptions(world.remote, { annotations: { a: "1" }, correlationId: "view" });
    expect(await batch(view, (o) => [o.notes(), o.correlation()])).toEqual([{ a: "1" }, "view"]);
    const options = { annotations: { b: "2" }, correlationId: "mine" };
    expect(await batch(view, (o) => [o.notes(), o.correlation()], options)).toEqual([{ b: "2" }, "mine"]);
  });

  it("is told to nobody as unobserved", async () => {
    await using world = await account();
    const unobserved: unknown[] = [];
    connectionOf(world.remote).on("unobserved", (error) => void unobserved.push(error));
    await rejection(batch(world.remote, (o) => [o.withdraw(1_000), o.deposit(1), o.deposit(1)]));
    await world.clock.advance(1);
    expect(unobserved).toEqual([]);
  });

  it.each<[string, (o: never) => unknown, RegExp]>([
    ["returns no array", () => 1, /"record" must return an array .* got number/],
    ["is async", async () => [], /^"record" must not be async/],
    [
      "returns fewer calls",
      (o: { deposit(n: number): unknown }) => [o.deposit(1), o.deposit(2)].slice(1),
      /must return the 2 calls .* got 1/,
    ],
    [
      "returns another order",
      (o: { deposit(n: number): unknown }) => [o.deposit(1), o.deposit(2)].reverse(),
      /in their order/,
    ],
    ["returns something else", () => [1], /must return the 0 calls .* got 1 values, of which \[0\] is a number$/],
    [
      "uses a result",
      (o: { deposit(n: unknown): unknown }) => [o.deposit(o.deposit(1))],
      /"deposit" was given a recorded call/,
    ],
  ])("refuses a callback that %s", async (_what, record, message) => {
    await using world = await account();
    const failed = await rejection(batch(world.remote, record as never));
    expect(failed).toMatchObject({ code: "HW_OPTION_INVALID", message: expect.stringMatching(message) as string });
    expect(world.served.log).toEqual([]);
  });

  it("refuses to await a recorded call", async () => {
    await using world = await account();
    let failure: unknown;
    const record = (o: { deposit(n: number): PromiseLike<unknown> }): unknown[] => {
      const call = o.deposit(1);
      void (async () => await call)().catch((error: unknown) => (failure = error));
      return [call];
    };
    await batch(world.remote, record as never);
    expect(failure).toMatchObject({ message: expect.stringContaining("await what batch returns") as string });
  });

  it("refuses a recorder that outlived its callback", async () => {
    await using world = await account();
    let kept!: { deposit(n: number): unknown };
    await batch(world.remote, (o) => {
      kept = o;
      return [];
    });
    expect(() => kept.deposit(1)).toThrow(/"deposit" was recorded after the callback of batch had returned/);
  });

  it("passes on what its callback throws", async () => {
    await using world = await account();
    const failed = batch(world.remote, () => {
      throw new SyntaxError("mine");
    });
    await expect(failed).rejects.toThrow(SyntaxError);
  });

  it.each<[unknown, unknown, RegExp]>([
    [{ onError: "skip" }, undefined, /"onError" must be "stop" or "continue"/],
    [{ onAnswer: () => 1 }, undefined, /"onAnswer" is no option here/],
    [{ timeoutMs: -1 }, undefined, /"timeoutMs" must be/],
    [{}, 1, /"record" must be a function/],
  ])("refuses the options %o and the callback %o", async (options, record = () => [], message) => {
    await using world = await account();
    await expect(batch(world.remote, record as never, options as never)).rejects.toThrow(message);
  });

  it("refuses what is no proxy, the promise of one, and a one-way view", async () => {
    await using world = await account();
    await expect(batch({} as never, () => [])).rejects.toThrow(/"remote" must be a proxy/);
    await expect(batch(world.remote.history() as never, () => [])).rejects.toThrow(/await it first/);
    await expect(batch(oneway(world.remote) as never, () => [])).rejects.toThrow(/"remote" is a view of oneway/);
  });
});
