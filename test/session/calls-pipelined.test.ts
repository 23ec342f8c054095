import { describe, expect, test, vi } from "vitest";
import { ArrivedBody } from "../../src/session/arrived-body.js";
import { alone, deferred, Exposed, link, type Link, rejectionOf, TestCall } from "./support/linked-conversations.js";

class Account extends Exposed {
  readonly owner: string;

  constructor(owner: string) {
    super();
    this.owner = owner;
  }

  name(): string {
    return this.owner;
  }

  friends(): Account {
    return new Account(`${this.owner}'s friend`);
  }
}

const NO_ARGS = { json: [] };
const resultOf = (id: number): object => ({ json: [[2, id]], meta: { values: { "0": [["custom", "ref"]] }, v: 1 } });

describe("a call on the result of another", () => {
  test("goes in the same body, and the chain takes one round trip", async () => {
    const { client, server, settle } = link();
    server.handler.objects["api"] = { login: (user: string) => new Account(user) };
    const login = client.ask("api", "login", ["ada"]);
    const friends = client.ask(login, "friends");
    const name = client.ask(friends, "name");
    await expect(name.result).resolves.toBe("ada's friend");
    await settle();
    expect(client.saidOf("call").map(([, id, target]) => [id, target])).toEqual([
      [1, "api"],
      [2, [1]],
      [3, [2]],
    ]);
  });

  test("waits for the answer when its body has left already, and uses the reference", async () => {
    const { client, server, settle } = link();
    server.handler.objects["api"] = { login: (user: string) => new Account(user) };
    const login = client.ask("api", "login", ["ada"]);
    client.sink.flush();
    const name = client.ask(login, "name");
    expect(client.conversation.statistics.callsPending).toBe(2);
    await expect(name.result).resolves.toBe("ada");
    await settle();
    expect(client.saidOf("call").map(([, id, target]) => [id, target])).toEqual([
      [1, "api"],
      [2, 1],
    ]);
  });

  test("may be made once the other has settled", async () => {
    const { client, server } = link();
    server.handler.objects["api"] = { login: (user: string) => new Account(user) };
    const login = client.ask("api", "login", ["ada"]);
    await login.result;
    await expect(client.ask(login, "name").result).resolves.toBe("ada");
  });

  test.each([
    ["in the same body", false],
    ["held back", true],
  ])("fails with HW_NOT_REMOTE when the result is a value: %s", async (_, isFlushed) => {
    const { client, server } = link();
    server.handler.objects["api"] = { count: () => 3 };
    const count = client.ask("api", "count");
    if (isFlushed) client.sink.flush();
    expect(await rejectionOf(client.ask(count, "name").result)).toMatchObject({ code: "HW_NOT_REMOTE" });
    await expect(count.result).resolves.toBe(3);
  });

  test.each([
    ["in the same body", false],
    ["held back", true],
  ])("fails as the other failed: %s", async (_, isFlushed) => {
    const { client, server } = link();
    server.handler.objects["api"] = { login: () => Promise.reject(new RangeError("who?")) };
    const login = client.ask("api", "login");
    if (isFlushed) client.sink.flush();
    const name = client.ask(login, "name");
    expect(await rejectionOf(name.result)).toMatchObject({ name: "RangeError", message: "who?" });
  });

  test("counts the caller's own object as not remote", async () => {
    const { client, server } = link();
    server.proxies.areCallable = true;
    server.handler.objects["api"] = { echo: (value: unknown) => value };
    const echo = client.ask("api", "echo", [() => 1]);
    expect(await rejectionOf(client.ask(echo, "").result)).toMatchObject({ code: "HW_NOT_REMOTE" });
  });

  test("fails with HW_NOT_REMOTE on what has no result to name, such as an accessor that is written", async () => {
    const { client, server } = link();
    server.handler.objects["line"] = { quantity: 3 };
    const set = client.make(new TestCall("set", "line", "quantity", [4]));
    expect(await rejectionOf(client.ask(set, "name").result)).toMatchObject({ code: "HW_NOT_REMOTE" });
    await expect(set.result).resolves.toBeUndefined();
    expect(server.broken).toBeUndefined();
  });

  test("holds back nobody but those that name it", async () => {
    const { client, server, settle } = link();
    const held = deferred<Account>();
    server.handler.objects["api"] = { login: () => held.promise, ping: () => "pong" };
    const login = client.ask("api", "login");
    const name = client.ask(login, "name");
    await expect(client.ask("api", "ping").result).resolves.toBe("pong");
    expect(name.outcome).toBe("pending");
    held.resolve(new Account("ada"));
    await settle();
    await expect(name.result).resolves.toBe("ada");
  });

  test("keeps the order of calls that name the same result", async () => {
    const { side, settle } = alone();
    const held = deferred<Account>();
    side.handler.objects["api"] = { login: () => held.promise };
    side.take([
      ["call", 1, "api", "login", NO_ARGS],
      ["call", 2, [1], "friends", NO_ARGS],
      ["call", 3, [1], "name", NO_ARGS],
    ]);
    held.resolve(new Account("ada"));
    await settle();
    expect(side.handler.started.map(({ member }) => member)).toEqual(["login", "friends", "name"]);
  });

  test("fails when the reference was released in between", async () => {
    const { client, server } = link();
    server.handler.objects["api"] = { login: () => new Account("ada") };
    const login = client.ask("api", "login");
    const account = (await login.result) as { reference: { release(): void } };
    account.reference.release();
    expect(await rejectionOf(client.ask(login, "name").result)).toMatchObject({ code: "HW_RELEASED" });
  });

  test("is cancelled with its deadline while it is held back", async () => {
    const { client, server, clock } = link();
    server.handler.objects["api"] = { login: () => new Promise(() => undefined) };
    const login = client.ask("api", "login");
    client.sink.flush();
    const name = client.ask(login, "name", [], { timeoutMs: 50 });
    await clock.advance(50);
    expect(await rejectionOf(name.result)).toMatchObject({ code: "HW_DEADLINE", delivery: "not-sent" });
  });

  test.each([
    ["an id of another body", [["call", 2, [1], "name", NO_ARGS]]],
    [
      "a later call",
      [
        ["call", 2, [3], "name", NO_ARGS],
        ["call", 3, "api", "login", NO_ARGS],
      ],
    ],
    [
      "a one-way call",
      [
        ["call", 2, "api", "login", NO_ARGS, { w: 1 }],
        ["call", 3, [2], "name", NO_ARGS],
      ],
    ],
  ])("ends the session when it names %s", (_, messages) => {
    const { side } = alone();
    side.handler.objects["api"] = { login: () => new Account("ada") };
    side.take([["call", 1, "api", "login", NO_ARGS]]);
    expect(() => side.take(messages)).toThrow(/earlier call/);
  });
});

describe("an argument that is the result of another call", () => {
  test("goes in the same body, and the callee gets the object itself", async () => {
    const { client, server } = link();
    const account = new Account("ada");
    let given: unknown;
    server.handler.objects["api"] = { login: () => account, greet: (who: unknown) => void (given = who) };
    const login = client.ask("api", "login");
    await client.ask("api", "greet", [login]).result;
    expect(given).toBe(account);
    expect(client.saidOf("call")[1]?.[4]).toEqual(resultOf(1));
  });

  test("may be a value, nested in plain data", async () => {
    const { client, server } = link();
    server.handler.objects["api"] = { count: () => new Map([["n", 3]]), take: (value: unknown) => value };
    const count = client.ask("api", "count");
    await expect(client.ask("api", "take", [{ deep: [count] }]).result).resolves.toEqual({
      deep: [new Map([["n", 3]])],
    });
  });

  test.each([
    ["a value", () => new Map([["n", 3n]]), [new Map([["n", 3n]])]],
    ["undefined", () => undefined, [undefined]],
  ])("is put in its place after an early flush: %s", async (_, produce, expected) => {
    const { client, server } = link();
    server.handler.objects["api"] = { count: produce, take: (...args: readonly unknown[]) => args };
    const count = client.ask("api", "count");
    client.sink.flush();
    await expect(client.ask("api", "take", [count]).result).resolves.toEqual(expected);
  });

  test("is the object itself after an early flush, too", async () => {
    const { client, server } = link();
    const account = new Account("ada");
    let given: unknown;
    server.handler.objects["api"] = { login: () => account, greet: (who: unknown) => void (given = who) };
    const login = client.ask("api", "login");
    client.sink.flush();
    await client.ask("api", "greet", [login]).result;
    expect(given).toBe(account);
  });

  test("does not let later changes of its neighbours in", async () => {
    const { client, server } = link();
    server.handler.objects["api"] = { count: () => 3, take: (...args: readonly unknown[]) => args };
    const count = client.ask("api", "count");
    client.sink.flush();
    const list = [1];
    const taken = client.ask("api", "take", [count, list]);
    list.push(2);
    await expect(taken.result).resolves.toEqual([3, [1]]);
  });

  test.each([
    ["in the same body", false],
    ["held back", true],
  ])("fails the call as it failed: %s", async (_, isFlushed) => {
    const { client, server } = link();
    server.handler.objects["api"] = { count: () => Promise.reject(new RangeError("who?")), take: () => 1 };
    const count = client.ask("api", "count");
    if (isFlushed) client.sink.flush();
    expect(await rejectionOf(client.ask("api", "take", [count]).result)).toMatchObject({ name: "RangeError" });
    expect(server.handler.started).toHaveLength(1);
  });

  test("of another connection is refused", () => {
    const { side } = alone();
    const other = alone();
    const call = other.side.ask("api", "count");
    expect(() => side.ask("api", "take", [call])).toThrow(/another connection/);
  });

  test("ends the session when it names no earlier call of the body", () => {
    const { side } = alone();
    side.take([["call", 1, "api", "take", resultOf(7)]]);
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL" });
  });

  test("is refused outside of arguments", async () => {
    const { side } = alone();
    const call = side.ask("api", "go");
    side.take([["ok", 1, { json: [2, 1], meta: { values: [["custom", "ref"]], v: 1 } }]]);
    expect(await rejectionOf(call.result)).toMatchObject({ code: "HW_BAD_PAYLOAD" });
  });
});

describe("a batch", () => {
  interface Started {
    readonly ends: Link;
    readonly calls: readonly TestCall[];
    readonly held: ReturnType<typeof deferred<void>>;
  }

  function ordered(after: 1 | 2, isFlushed = false): Started {
    const ends = link();
    const held = deferred();
    ends.server.handler.objects["db"] = { first: () => held.promise, second: () => 2, third: () => 3 };
    const first = ends.client.ask("db", "first");
    if (isFlushed) ends.client.sink.flush();
    const second = ends.client.ask("db", "second", [], { after: { call: first, order: after } });
    const third = ends.client.ask("db", "third", [], { after: { call: second, order: after } });
    return { ends, calls: [first, second, third], held };
  }

  test("starts each call once the one before it has settled", async () => {
    const { ends, calls, held } = ordered(2);
    await ends.settle();
    expect(ends.server.handler.started.map(({ member }) => member)).toEqual(["first"]);
    expect(ends.client.saidOf("call").map((message) => message[5])).toEqual([undefined, { o: 2 }, { o: 2 }]);
    held.resolve();
    await expect(Promise.all(calls.map(({ result }) => result))).resolves.toEqual([undefined, 2, 3]);
  });

  test("stops at the first failure, and the rest fail with the same error", async () => {
    const { ends, calls, held } = ordered(2);
    held.reject(new RangeError("no"));
    for (const call of calls) expect(await rejectionOf(call.result)).toMatchObject({ name: "RangeError" });
    expect(ends.server.handler.started).toHaveLength(1);
  });

  test("goes on after a failure when told so", async () => {
    const { calls, held } = ordered(1);
    held.reject(new RangeError("no"));
    expect(await rejectionOf(calls[0]!.result)).toMatchObject({ name: "RangeError" });
    await expect(calls[2]!.result).resolves.toBe(3);
  });

  test("keeps its order after an early flush", async () => {
    const { ends, calls, held } = ordered(2, true);
    await ends.settle();
    expect(ends.client.saidOf("call")).toHaveLength(1);
    held.resolve();
    await expect(Promise.all(calls.map(({ result }) => result))).resolves.toEqual([undefined, 2, 3]);
    expect(ends.client.saidOf("call").map((message) => message[5])).toEqual([undefined, undefined, { o: 2 }]);
  });

  test("stops at the first failure after an early flush, too", async () => {
    const { ends, calls, held } = ordered(2, true);
    held.reject(new RangeError("no"));
    for (const call of calls) expect(await rejectionOf(call.result)).toMatchObject({ name: "RangeError" });
    expect(ends.client.saidOf("call")).toHaveLength(1);
  });

  test("follows its own calls alone, not one that was sent in between", async () => {
    const { side, settle } = alone();
    const login = side.ask("api", "login");
    side.sink.flush();
    side.ask(login, "held back");
    const first = side.ask("db", "first");
    side.take([["ok", 1, { json: [0, 1, "function"], meta: { values: [["custom", "ref"]], v: 1 } }]]);
    side.ask("db", "second", [], { after: { call: first, order: 2 } });
    await settle();
    expect(side.saidOf("call").map(([, , , member]) => member)).toEqual(["login", "first", "held back"]);
    side.take([["ok", 2]]);
    await first.result;
    await settle();
    expect(side.saidOf("call")[3]).toEqual(["call", 4, "db", "second", NO_ARGS]);
  });

  test("follows a one-way call in the same body", async () => {
    const { client, server } = link();
    const held = deferred();
    server.handler.objects["db"] = { first: () => held.promise, second: () => 2 };
    const first = client.ask("db", "first", [], { isOneway: true });
    const second = client.ask("db", "second", [], { after: { call: first, order: 1 } });
    await Promise.resolve();
    held.resolve();
    await expect(second.result).resolves.toBe(2);
    expect(client.saidOf("call").map((message) => message[5])).toEqual([{ w: 1 }, { o: 1 }]);
  });
});

describe("calls that wait for others", () => {
  test("are refused beyond the bytes that may wait", async () => {
    const { side, settle } = alone({ limits: { maxQueuedArgumentBytes: 1000 } });
    const held = deferred<Account>();
    side.handler.objects["api"] = { login: () => held.promise, take: () => 1 };
    const body = (first: number, size: number): readonly unknown[] => [
      ["call", first, "api", "login", NO_ARGS],
      ["call", first + 1, [first], "name", { json: ["x".repeat(size)] }],
    ];
    side.take(body(1, 700));
    side.take(body(3, 700));
    await settle();
    expect(side.said).toMatchObject([["err", 4, { code: "HW_LIMIT", wire: 1 }]]);
    held.resolve(new Account("ada"));
    await settle();
    side.take(body(5, 700));
    await settle();
    expect(side.saidOf("ok").map(([, id]) => id)).toEqual([1, 2, 3, 5, 6]);
  });

  test("never run when they are cancelled, and give back what they brought", async () => {
    const { client, server, settle } = link();
    const held = deferred<Account>();
    server.handler.objects["api"] = { login: () => held.promise };
    const login = client.ask("api", "login");
    const abort = new AbortController();
    const greet = client.ask(login, "greet", [() => 1], { signal: abort.signal });
    await settle();
    expect(client.conversation.statistics.references).toBe(1);
    abort.abort();
    await rejectionOf(greet.result);
    await settle();
    held.resolve(new Account("ada"));
    await settle();
    expect(server.handler.started.map(({ member }) => member)).toEqual(["login"]);
    expect(client.conversation.statistics).toMatchObject({ references: 1, callsPending: 0 });
  });
});

function argumentOf(...leaf: readonly unknown[]): object {
  return { json: leaf, meta: { values: [["custom", "ref"]], v: 1 } };
}

function stackDepth(): number {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = Infinity;
  const depth = new Error("here").stack?.split("\n").length ?? 0;
  Error.stackTraceLimit = stackTraceLimit;
  return depth;
}

describe("a result in the arguments of a later call", () => {
  test("is a copy when it goes by value: the callee can't reach what the other object keeps", async () => {
    const { side, settle } = alone();
    const stock = new Map([["a", 1]]);
    side.handler.objects["shop"] = { list: () => stock, clear: (map: Map<string, number>) => map.clear() };
    side.take([
      ["call", 1, "shop", "list", NO_ARGS],
      ["call", 2, "shop", "clear", resultOf(1)],
    ]);
    await settle();
    expect(side.saidOf("ok").map(([, id]) => id)).toEqual([1, 2]);
    expect(stock).toEqual(new Map([["a", 1]]));
  });

  test("is the object itself when it goes by reference, also when it is a collection", async () => {
    class Shelf extends Map<string, number> {}
    const { side, settle } = alone();
    const shelf = new Shelf();
    side.handler.isExposed = (value) => value instanceof Shelf;
    side.handler.objects["shop"] = { shelf: () => shelf, same: (value: unknown) => value === shelf };
    side.take([
      ["call", 1, "shop", "shelf", NO_ARGS],
      ["call", 2, "shop", "same", resultOf(1)],
    ]);
    await settle();
    expect(side.said[1]).toEqual(["ok", 2, { json: true }]);
  });

  test("is refused inside an error, where nothing can be placed", async () => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = { one: () => 1, take: () => "ran" };
    const data = { json: { of: [2, 1] }, meta: { values: { of: [["custom", "ref"]] }, v: 1 } };
    const args = {
      json: [{ name: "Error", message: "", data }],
      meta: { values: { "0": [["custom", "error"]] }, v: 1 },
    };
    side.take([
      ["call", 1, "shop", "one", NO_ARGS],
      ["call", 2, "shop", "take", args],
    ]);
    await settle();
    expect(side.saidOf("err")).toMatchObject([["err", 2, { code: "HW_BAD_PAYLOAD", wire: 1 }]]);
  });
});

describe("a chain of calls", () => {
  // It unwound by recursion: some thousand calls ended the process with a RangeError that nobody caught.
  test.each([
    ["runs when what it waits for settles", 1, "ok"],
    ["fails with the one that it waits for", 2, "err"],
  ] as const)("takes no stack: it %s", async (_, order, answer) => {
    const count = 300;
    const { side, settle } = alone({ limits: { maxCallsInFlight: count } });
    const held = deferred();
    const depths: number[] = [];
    side.handler.objects["db"] = { first: () => held.promise, next: () => void depths.push(stackDepth()) };
    const next = (index: number): readonly unknown[] => ["call", index + 2, "db", "next", NO_ARGS, { o: order }];
    side.take([["call", 1, "db", "first", NO_ARGS], ...Array.from({ length: count - 1 }, (__, index) => next(index))]);
    const say = vi.spyOn(side.sink, "send").mockImplementation(() => {
      depths.push(stackDepth());
      return side.sink.currentBody;
    });
    if (order === 1) held.resolve();
    else held.reject(new RangeError("no"));
    await settle();
    expect(say.mock.calls.map(([message]) => message.before.split(",", 2))).toEqual(
      Array.from({ length: count }, (__, index) => [`["${answer}"`, `${index + 1}`]),
    );
    expect(Math.max(...depths)).toBeLessThan(100);
  });

  test.each([
    ["is sent when the first was answered", ["ok", 1, argumentOf(0, 1, "object", [1, []])], "pending", 10_000],
    ["fails when the first failed", ["err", 1, { name: "Error", message: "no" }], "failed", 1],
  ])("of any length waits here, and %s", (_, answer, outcome, sent) => {
    const { side } = alone({ limits: { ownCallsInFlight: 10_000 } });
    let call = side.ask("api", "login");
    side.sink.flush();
    side.sink.isHeld = true;
    for (let made = 1; made < 10_000; made++) call = side.ask(call, "next");
    side.take([answer]);
    expect(call.outcome).toBe(outcome);
    expect(side.sink.currentBody.texts.length + 1).toBe(sent);
  });
});

describe("ids that the peer chooses", () => {
  // A Map of numbers hashes them without a seed: numbers of one bucket made each look-up walk through all before it.
  test("are looked up by text, whose hash nobody can foresee", () => {
    const body = new ArrivedBody({ segments: [], budget: { nodes: 1 }, byteLength: 1, ack: 0 }, undefined as never);
    const keys: unknown[] = [];
    const set = vi.spyOn(Map.prototype, "set").mockImplementation(function (this: Map<unknown, unknown>, key) {
      keys.push(key);
      return this;
    });
    body.addCall({ id: 7, givesResult: true } as never);
    try {
      expect(() => body.callWithResult(7)).toThrow("7 is no earlier call");
    } finally {
      set.mockRestore();
    }
    expect(keys).toEqual(["#7"]);
  });
});
