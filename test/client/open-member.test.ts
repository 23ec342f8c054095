import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { assign, connectionOf, isRemote, release } from "../../src/client/proxy-functions.js";
import type { AnyRemote } from "../../src/client/remote.js";
import { PROBES } from "./probes.js";
import { settle, StubPeer } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

/** Every name may be a method and may be an accessor. */
interface Open extends Promise<unknown>, AsyncIterable<unknown>, AsyncDisposable, Disposable {
  (...args: readonly unknown[]): Open;
  readonly login: Open;
  readonly greet: Open;
  readonly account: Open;
  readonly profile: Open;
  readonly name: Open;
  readonly length: Open;
  readonly call: Open;
  readonly events: Open;
}

const boom = new Error("boom");

expectNoUnhandledRejection();

/** Calling `then` is what wants it: an accessor is a promise. */
const HARMLESS = PROBES.filter(([title]) => title !== "a promise's test");

/** Where members are open: on a result that isn't there yet, and on a named object that was not asked for its members. */
describe.each([
  ["a result", (peer: StubPeer) => peer.named<Open>([["login", "method"]]).login("ann"), ["call login"]],
  ["a named object", (peer: StubPeer) => peer.named<Open>(), []],
] as const)("a member of %s whose members are not known yet", (_, take, before) => {
  function setUp(): { peer: StubPeer; user: Open; asked: () => readonly string[] } {
    const peer = new StubPeer();
    return { peer, user: take(peer), asked: () => peer.asked.slice(before.length) };
  }

  test("is a method when it is called", () => {
    const { user, asked, peer } = setUp();
    user.account("x", 1);
    expect(asked()).toEqual(["call account"]);
    expect(peer.lastCall.args).toEqual(["x", 1]);
  });

  test("is called with Reflect.apply like any function", () => {
    const { user, asked } = setUp();
    Reflect.apply(user.account, undefined, [1]);
    expect(asked()).toEqual(["call account"]);
  });

  test("is an accessor when a member of it is called, which is called on its value", () => {
    const { user, asked, peer } = setUp();
    user.account.profile("all");
    expect(asked()).toEqual(["get account", "call profile"]);
    expect(peer.lastCall).toMatchObject({ args: ["all"], target: peer.calls.at(-2) });
  });

  test("is an accessor when a member of it is awaited", async () => {
    const { user, asked, peer } = setUp();
    const name = (async () => user.account.name)();
    await settle();
    expect(asked()).toEqual(["get account", "get name"]);
    peer.answer("Ann");
    expect(await name).toBe("Ann");
  });

  test.each(["name", "length", "call"] as const)("has the accessor %s, which no function hides", async (name) => {
    const { user, asked } = setUp();
    void user.account[name].then(undefined, undefined);
    expect(asked()).toEqual(["get account", `get ${name}`]);
  });

  test("is an accessor among the arguments of another call", () => {
    const { user, asked, peer } = setUp();
    user.greet(user.account, 1);
    expect(asked()).toEqual(["get account", "call greet"]);
    expect(peer.read(peer.lastCall.args[0] as object)).toBe(peer.calls.at(-2));
  });

  test("is an accessor when it is iterated", async () => {
    const { user, asked, peer } = setUp();
    const step = user.events[Symbol.asyncIterator]().next();
    expect(asked()).toEqual(["get events"]);
    peer.answer(
      (async function* () {
        yield 1;
      })(),
    );
    expect(await step).toEqual({ done: false, value: 1 });
  });

  test("goes as deep as it is written", () => {
    const { user, asked } = setUp();
    user.account.profile.account.name();
    expect(asked()).toEqual(["get account", "get profile", "get account", "call name"]);
  });

  test("is the same function each time that it is taken and called", () => {
    const { user } = setUp();
    const { account } = user;
    account();
    expect(user.account).toBe(account);
  });

  test("is read once for all uses of what was taken, and again when it is taken again", () => {
    const { user, asked } = setUp();
    const { account } = user;
    account.profile();
    account.name();
    user.account.name();
    expect(asked()).toEqual(["get account", "call profile", "call name", "get account", "call name"]);
  });

  test("gives what it was read as, however often it is awaited", async () => {
    const { user, asked, peer } = setUp();
    const { account } = user;
    const first = account.then((value) => value);
    peer.answer("first");
    expect([await first, await account]).toEqual(["first", "first"]);
    expect(asked()).toEqual(["get account"]);
  });

  test.each(HARMLESS)("makes no remote call on %s", async (_title, probe) => {
    const { user, asked } = setUp();
    await probe(user.account as never);
    await settle();
    expect(asked()).toEqual([]);
  });

  test.each(["toJSON", "constructor", "prototype", "$$typeof", "asymmetricMatch", "nodeType", "_owner"])(
    "has nothing under the name %s",
    (name) => {
      expect((setUp().user.account as unknown as Record<string, unknown>)[name]).toBeUndefined();
    },
  );

  test("says that it can be awaited, iterated and disposed of", () => {
    const { account } = setUp().user;
    expect(["then", "catch", Symbol.asyncIterator, Symbol.asyncDispose, "name"].map((key) => key in account)).toEqual([
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  test("can't be changed", () => {
    const { account } = setUp().user;
    expect(() => Object.assign(account, { name: "x" })).toThrow(/"name" can't be set.*assign/);
    expect(() => Object.freeze(account)).toThrow(TypeError);
  });

  test("shows what it is, and nothing of what is behind it", () => {
    const { account } = setUp().user;
    expect([inspect(account), String(account)]).toEqual(Array(2).fill('[member "account" of ws://stub.test/]'));
  });

  test("is no proxy of an object yet, but has a connection and can be written to", async () => {
    const { user, asked } = setUp();
    expect(isRemote(user.account)).toBe(false);
    expect(() => connectionOf(user.account as unknown as AnyRemote)).toThrow(/belongs to no connection/);
    void assign(user.account as unknown as AnyRemote, { quantity: 1 } as never).catch(() => undefined);
    await settle();
    expect(asked()).toEqual(["get account", "set quantity"]);
  });

  test("releases what it was read as when it is disposed of", () => {
    const { user, peer } = setUp();
    const reference = peer.reference(7);
    const { account } = user;
    account.then(undefined, undefined);
    peer.answer(peer.create(reference));
    account[Symbol.dispose]();
    expect(reference.isReleased).toBe(true);
  });

  test("releases what comes after it was disposed of, and refuses calls on it", async () => {
    const { user, peer } = setUp();
    const reference = peer.reference(7);
    const { account } = user;
    release(account as unknown as AnyRemote);
    const name = account.name();
    peer.answer(peer.create(reference));
    await expect(name).rejects.toMatchObject({ code: "HW_RELEASED" });
    expect(reference.isReleased).toBe(true);
  });

  test("makes no call when it is disposed of unread", async () => {
    const { user, asked } = setUp();
    user.account[Symbol.dispose]();
    await settle();
    expect(asked()).toEqual([]);
  });
});

describe("a member of an accessor that failed", () => {
  test("fails with the same error, which nobody else is told of", async () => {
    const peer = new StubPeer();
    const { account } = peer.named<Open>();
    const profile = account.profile();
    peer.calls[0]?.fail(boom, undefined);
    peer.calls[1]?.fail(boom, undefined);
    await expect(profile).rejects.toBe(boom);
    await expect(account.name()).rejects.toBe(boom);
    expect(peer.unobservedFailures).toEqual([]);
  });

  test("is not told as unobserved because somebody looked at it", async () => {
    const peer = new StubPeer();
    const login = peer.named<Open>([["login", "method"]]).login();
    void login.account.name;
    peer.refuse(boom);
    await settle();
    expect(peer.unobservedFailures).toMatchObject([{ error: boom }]);
    expect(peer.asked).toEqual(["call login"]);
  });
});

describe("a member of an accessor's value", () => {
  test.each([
    ["null", null, 'the result of "account" is null and no remote object'],
    ["undefined", undefined, 'the result of "account" is undefined and no remote object'],
    ["a value", { id: 1 }, 'the result of "account" is a value and no remote object'],
  ])("fails when that is %s, and says so", async (_, value, message) => {
    const peer = new StubPeer();
    const { account } = peer.named<Open>();
    account.then(undefined, undefined);
    peer.answer(value);
    const failure = { code: "HW_NOT_REMOTE", message: expect.stringContaining(message) as string };
    await expect(account.profile()).rejects.toMatchObject(failure);
    await expect(account.profile.name()).rejects.toMatchObject(failure);
  });
});
