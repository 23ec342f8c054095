import { isRemote, type Remote } from "hearthwire";
import { connect, Key, serve } from "hearthwire/node";
import { linkedPeers } from "hearthwire/testing";
import { describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { FrameType } from "../../src/wire/constants.js";
import { expectNoUnhandledRejection } from "../client/unhandled.js";
import { collectGarbageUntil } from "../session/support/collect-garbage.js";
import { NOTHING_HELD, observeSessions } from "../support/observed-sessions.js";
import { Directory } from "./directory.js";

expectNoUnhandledRejection();

/** Chains of three calls and more, each on what the one before gives. */
const CHAINS: readonly (readonly [
  title: string,
  write: (directory: Remote<Directory>) => Promise<string>,
  result: string,
])[] = [
  ["arguments", (the) => the.greet(the.profile(the.login("token of Ann"))), "hello Ann"],
  ["methods and accessors", (the) => the.login("token of Ann").account.profile().name, "Ann"],
  ["accessors of accessors", (the) => the.login("token of Ann").friend("Bob").account.name, "account of Bob"],
  ["arguments and accessors", (the) => the.greet(the.login("token of Ann").account.profile()), "hello Ann"],
  ["a result nested in an argument", (the) => the.greetAll([the.profile(the.login("token of Ann"))]), "hello Ann"],
];

/** Socket by socket, how many DATA frames the WebSocket library was given while something was done. */
async function messagesDuring(action: () => Promise<unknown>): Promise<readonly number[]> {
  const send = vi.spyOn(WebSocket.prototype, "send");
  try {
    await action();
    const sockets = new Map<unknown, number>();
    for (const [index, [message]] of send.mock.calls.entries()) {
      if ((message as Uint8Array)[3] !== FrameType.DATA) continue;
      const socket = send.mock.contexts[index];
      sockets.set(socket, (sockets.get(socket) ?? 0) + 1);
    }
    return [...sockets.values()];
  } finally {
    send.mockRestore();
  }
}

describe("a chain of calls written in one turn", () => {
  test.each(CHAINS)("is one frame each way, through %s", async (_, write, result) => {
    using observed = observeSessions();
    await using peers = await linkedPeers({ directory: new Directory() });
    const directory = peers.object("directory");
    let given: unknown;
    const frames = await observed.framesDuring(async () => (given = await write(directory)));
    expect([given, frames]).toEqual([result, [1, 1]]);
  });

  test.each(CHAINS)("is one WebSocket message each way, through %s", async (_, write, result) => {
    const key = Key.generate({ id: "test" });
    await using daemon = await serve({ directory: new Directory() }, { keys: key });
    using directory = await connect<Directory>(daemon.url("directory"), { key, lingerMs: 0 });
    let given: unknown;
    const messages = await messagesDuring(async () => (given = await write(directory)));
    expect([given, messages]).toEqual([result, [1, 1]]);
  });

  test("is more than one as soon as a result is awaited in between", async () => {
    using observed = observeSessions();
    await using peers = await linkedPeers({ directory: new Directory() });
    const directory = peers.object("directory");
    const frames = await observed.framesDuring(async () => {
      const user = await directory.login("token of Ann");
      await user.account.name;
    });
    expect(frames).toEqual([2, 2]);
  });

  // A frame leaves once 32 messages wait; what depends on one that has left waits for its answer.
  test("is right however long it is", async () => {
    await using peers = await linkedPeers({ directory: new Directory() });
    const directory = peers.object("directory");
    let user = directory.login("token of Ann");
    for (let index = 0; index < 100; index++) user = user.friend(`Friend ${index}`);
    const names = [
      user.account.name,
      directory.greet(directory.profile(user)),
      directory.greet(user.account.profile()),
    ];
    expect(await Promise.all(names)).toEqual(["account of Friend 99", "hello Friend 99", "hello Friend 99"]);
  });

  test("is right when its parts stand on both sides of an early flush", async () => {
    await using peers = await linkedPeers({ directory: new Directory() });
    const directory = peers.object("directory");
    const user = directory.login("token of Ann");
    const others = Array.from({ length: 40 }, (_, index) =>
      directory.greet(directory.profile(user.friend(`F${index}`))),
    );
    const late = [user.account.name, user.account.profile().name];
    expect(await Promise.all(others)).toEqual(Array.from({ length: 40 }, (_, index) => `hello F${index}`));
    expect(await Promise.all(late)).toEqual(["account of Ann", "Ann"]);
  });

  test("gives a reference when its end is one", async () => {
    await using peers = await linkedPeers({ directory: new Directory() });
    const account = await peers.object("directory").login("token of Ann").account;
    expect(isRemote(account)).toBe(true);
    expect(await account.name).toBe("account of Ann");
  });
});

describe("a chain that fails", () => {
  const failure = { name: "RangeError", code: "E_TOKEN", message: "nobody has this token", details: { token: "none" } };

  test.each([
    ["in one frame", 0],
    ["when part of it has left already", 40],
  ])("rejects all that depends on the first cause with it, and runs nothing more: %s", async (_, before) => {
    const directory = new Directory();
    await using peers = await linkedPeers({ directory });
    const remote = peers.object("directory");
    const user = remote.login("none");
    for (let index = 0; index < before; index++) user.friend("nobody");
    const dependents = [
      user,
      user.account,
      user.account.name,
      user.account.profile().name,
      user.friend("Bob").friend("Cat"),
      remote.profile(user),
      remote.greet(remote.profile(user)),
      remote.greetAll([remote.profile(user)]),
    ];
    for (const dependent of dependents) await expect(dependent).rejects.toMatchObject(failure);
    expect(directory.greeted).toBe(0);
  });

  test("tells nobody of intermediate failures that are seen at its end", async () => {
    await using peers = await linkedPeers({ directory: new Directory() });
    const unobserved = vi.fn<() => void>();
    peers.connection.on("unobserved", unobserved);
    const directory = peers.object("directory");
    await expect(directory.login("none").account.profile().name).rejects.toMatchObject(failure);
    await expect(directory.greet(directory.profile(directory.login("none")))).rejects.toMatchObject(failure);
    expect(unobserved).not.toHaveBeenCalled();
  });

  test("tells the connection of one whose end nobody observes, and raises nothing", async () => {
    await using peers = await linkedPeers({ directory: new Directory() });
    const heard: string[] = [];
    peers.connection.on("unobserved", (_error, { member }) => void heard.push(member));
    const directory = peers.object("directory");
    void directory.greet(directory.profile(directory.login("none")));
    await directory.greeted;
    await expect.poll(() => heard).toEqual(["greet"]);
  });
});

describe("what a chain can't go through", () => {
  /** Types refuse these; programs without types meet them. */
  interface Untyped {
    (...args: readonly unknown[]): Untyped;
    readonly [member: string]: Untyped;
  }

  test.each<[string, (the: Untyped) => Untyped, string, string]>([
    ["null", (the) => the["login"]!("token of Ann")["guardian"]!["account"]!, "HW_NOT_REMOTE", '"guardian" is null'],
    ["a value", (the) => the["login"]!("token of Ann")["account"]!["name"]!["length"]!, "HW_NOT_REMOTE", "a value"],
    ["the result of a method", (the) => the["greetAll"]!([])["length"]!, "HW_NOT_REMOTE", '"greetAll" is a value'],
    ["a method that is read", (the) => the["login"]!["account"]!, "HW_NO_SUCH_MEMBER", '"login"'],
    ["an accessor that is called", (the) => the["greeted"]!(), "HW_NO_SUCH_MEMBER", '"greeted"'],
    ["an accessor's function", (the) => the["login"]!("token of Ann")["account"]!(), "HW_NO_SUCH_MEMBER", '"account"'],
  ])("is %s, and says so", async (_, write, code, message) => {
    await using peers = await linkedPeers({ directory: new Directory() });
    const directory = peers.object("directory") as unknown as Untyped;
    const failure = { code, message: expect.stringContaining(message) as string };
    await expect(write(directory) as unknown as Promise<unknown>).rejects.toMatchObject(failure);
  });

  test("is the same when the result is there by then", async () => {
    await using peers = await linkedPeers({ directory: new Directory() });
    const directory = peers.object("directory") as unknown as Untyped;
    const { guardian } = directory["login"]!("token of Ann");
    await (guardian as unknown as Promise<unknown>);
    await expect(guardian!["account"] as unknown as Promise<unknown>).rejects.toMatchObject({
      code: "HW_NOT_REMOTE",
      message: expect.stringContaining('the result of "guardian" is null') as string,
    });
  });
});

describe("what a chain leaves", () => {
  test("is nothing on either side, once nobody holds what stood in its middle", async () => {
    using observed = observeSessions();
    await using peers = await linkedPeers({ directory: new Directory() });
    const directory = peers.object("directory");
    for (let round = 0; round < 10; round++)
      for (const [, write, result] of CHAINS) expect(await write(directory)).toBe(result);
    expect(observed.held[0]?.references).toBeGreaterThan(0);
    await collectGarbageUntil(() => observed.held.every(({ references }) => references === 0));
    expect(observed.held).toEqual([NOTHING_HELD, NOTHING_HELD]);
  });

  test("is nothing at once, when what stood in its middle is disposed of", async () => {
    using observed = observeSessions();
    await using peers = await linkedPeers({ directory: new Directory() });
    const directory = peers.object("directory");
    {
      using user = directory.login("token of Ann");
      using account = user.account;
      using profile = account.profile();
      expect(await profile.name).toBe("Ann");
    }
    await expect.poll(() => observed.held).toEqual([NOTHING_HELD, NOTHING_HELD]);
  });
});
