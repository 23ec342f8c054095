import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { OutboundCall } from "../../src/session/outbound-call.js";
import { settle, StubPeer } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

/** Every name is a method whose result can be used before it is there. */
interface Chain extends Promise<unknown>, AsyncIterable<unknown>, AsyncDisposable, Disposable {
  (...args: readonly unknown[]): Chain;
  readonly login: Chain;
  readonly watch: Chain;
  readonly cart: Chain;
  readonly friends: Chain;
  readonly first: Chain;
  readonly name: Chain & string;
}

const boom = new Error("boom");

function setUp(): { peer: StubPeer; api: Chain } {
  const peer = new StubPeer();
  return {
    peer,
    api: peer.named<Chain>([
      ["login", "method"],
      ["watch", "stream"],
      ["cart", "get"],
    ]),
  };
}

expectNoUnhandledRejection();

describe("the result of a call", () => {
  test("is a promise for whoever asks", () => {
    const { api } = setUp();
    const result = api.login();
    expect(result).toBeInstanceOf(Promise);
    expect(typeof result).toBe("object");
  });

  test("takes what React notes on promises, without a remote call, and nothing else", () => {
    const { peer, api } = setUp();
    const result = api.login() as Chain & { status: unknown; value: unknown; colour?: unknown };
    expect(typeof result.status).toBe("function");
    result.status = "pending";
    result.value = 1;
    expect([result.status, result.value]).toEqual(["pending", 1]);
    expect(() => (result.colour = "red")).toThrow(TypeError);
    expect(peer.asked).toEqual(["call login"]);
  });

  test("resolves with the answer, however often it is awaited", async () => {
    const { peer, api } = setUp();
    const result = api.login();
    const early = result.then((value) => value);
    peer.answer("token");
    expect([await early, await result, await result]).toEqual(["token", "token", "token"]);
    expect(peer.asked).toEqual(["call login"]);
  });

  test("rejects with the failure, however often it is awaited", async () => {
    const { peer, api } = setUp();
    const result = api.login();
    const early = result.catch((error: unknown) => error);
    peer.refuse(boom);
    expect(await early).toBe(boom);
    await expect(result).rejects.toBe(boom);
  });

  test("has the promise's catch and finally", async () => {
    const { peer, api } = setUp();
    const result = api.login();
    const settled = vi.fn<() => void>();
    const caught = result.finally(settled).catch((error: unknown) => error);
    peer.refuse(boom);
    expect(await caught).toBe(boom);
    expect(settled).toHaveBeenCalledOnce();
  });

  test("rejects when the session refuses the call at once", async () => {
    const { peer, api } = setUp();
    peer.refusal = boom;
    await expect(api.login()).rejects.toBe(boom);
    expect(peer.unobservedFailures).toEqual([]);
  });

  test("shows what it is when it is logged", () => {
    const { api } = setUp();
    expect(inspect(api.login("secret"))).toBe('[result of "login" of ws://stub.test/]');
  });

  test("makes no further call when it is logged, printed or probed", async () => {
    const { peer, api } = setUp();
    const result = api.login();
    inspect(result);
    String(result);
    JSON.stringify(result);
    for (const name of ["$$typeof", "asymmetricMatch", "toJSON", "nodeType"]) Reflect.get(result, name);
    Object.keys(result);
    await settle();
    expect(peer.asked).toEqual(["call login"]);
  });

  test("is settled once: later answers change nothing", async () => {
    const { peer, api } = setUp();
    const result = api.login();
    peer.answer("first");
    peer.answer("second");
    peer.refuse(boom);
    expect(await result).toBe("first");
  });
});

describe("a failure that nobody observes", () => {
  test("is told to the owner and raises nothing", async () => {
    const { peer, api } = setUp();
    api.login();
    peer.refuse(boom);
    await settle();
    expect(peer.unobservedFailures).toEqual([{ error: boom, where: { object: "warehouse", member: "login" } }]);
  });

  test("is told when the session refuses the call at once", async () => {
    const { peer, api } = setUp();
    peer.refusal = boom;
    api.login();
    await settle();
    expect(peer.unobservedFailures).toHaveLength(1);
  });

  test("is told as an Error when it is none", async () => {
    const { peer, api } = setUp();
    api.login();
    peer.refuse("just text");
    await settle();
    expect(peer.unobservedFailures[0]?.error).toMatchObject({ cause: "just text" });
  });

  test("still rejects for whoever awaits it later", async () => {
    const { peer, api } = setUp();
    const result = api.login();
    peer.refuse(boom);
    await settle();
    await expect(result).rejects.toBe(boom);
    expect(peer.unobservedFailures).toHaveLength(1);
  });

  test.each<[string, (result: Chain) => unknown]>([
    ["awaited", async (result) => (await result) as unknown],
    ["returned from an async function", async (result) => result],
    ["given to Promise.all", (result) => Promise.all([result, 1])],
    ["iterated", (result) => result[Symbol.asyncIterator]().next()],
    ["used as the target of another call", (result) => result.friends()],
  ])("is not told when the result was %s in the same turn", async (_, use) => {
    const { peer, api } = setUp();
    peer.refusal = boom;
    await expect(use(api.login())).rejects.toBe(boom);
    expect(peer.unobservedFailures).toEqual([]);
  });
});

describe("a member of a result", () => {
  test("is called on the call that is pending", () => {
    const { peer, api } = setUp();
    api.login("ann").friends("all");
    const [login, friends] = peer.calls;
    expect(friends).toMatchObject({ kind: "call", member: "friends", args: ["all"] });
    expect(friends?.target).toBe(login);
  });

  test("is read as an accessor when it is awaited", async () => {
    const { peer, api } = setUp();
    const name = (async () => api.login().name)();
    await settle();
    expect(peer.asked).toEqual(["call login", "get name"]);
    expect(peer.lastCall.target).toBe(peer.calls[0]);
    peer.answer("Ann");
    expect(await name).toBe("Ann");
  });

  test("is called on the reference once it is there", async () => {
    const { peer, api } = setUp();
    const user = peer.reference(7, { members: [["friends", "method"]] });
    const login = api.login();
    peer.answer(peer.create(user));
    login.friends();
    expect(peer.lastCall.target).toBe(user);
  });

  test("fails when the result is a value", async () => {
    const { peer, api } = setUp();
    const login = api.login();
    peer.answer(42);
    await expect(login.friends()).rejects.toMatchObject({ code: "HW_NOT_REMOTE", delivery: "not-sent" });
    expect(peer.asked).toEqual(["call login"]);
  });

  test("fails with the same error when the result failed", async () => {
    const { peer, api } = setUp();
    const login = api.login();
    peer.refuse(boom);
    await expect(login.friends()).rejects.toBe(boom);
    expect(peer.asked).toEqual(["call login"]);
    expect(peer.unobservedFailures).toEqual([]);
  });

  test("is the same function each time", () => {
    const login = setUp().api.login();
    expect(login.friends).toBe(login.friends);
  });
});

describe("a result as an argument", () => {
  test("is the pending call, for the session to send in the same round trip", () => {
    const { peer, api } = setUp();
    const token = api.login();
    api.login(token);
    const [given] = peer.lastCall.args;
    expect(peer.read(given as object)).toBe(peer.calls[0]);
  });

  test("is its value once it is there", () => {
    const { peer, api } = setUp();
    const token = api.login();
    peer.answer("abc");
    api.login(token, 1);
    expect(peer.lastCall.args).toEqual(["abc", 1]);
  });

  test("fails the call with the same error when it failed", async () => {
    const { peer, api } = setUp();
    const token = api.login();
    peer.refuse(boom);
    await expect(api.login(token)).rejects.toBe(boom);
    expect(peer.unobservedFailures).toEqual([]);
  });

  test("makes the call of an accessor first", () => {
    const { peer, api } = setUp();
    api.login(api.cart);
    expect(peer.asked).toEqual(["get cart", "call login"]);
    expect(peer.read(peer.lastCall.args[0] as object)).toBe(peer.calls[0]);
  });

  test("is recognised as a call and nothing else", () => {
    const { peer, api } = setUp();
    expect(peer.read(api.login())).toBeInstanceOf(OutboundCall);
    expect(peer.read({})).toBeUndefined();
    expect(peer.read(Object.create(api.login()) as object)).toBeUndefined();
  });
});

describe("for await on a result", () => {
  async function* numbers(log: string[] = []): AsyncGenerator<number, string> {
    try {
      yield 1;
      yield 2;
      return "end";
    } finally {
      log.push("closed");
    }
  }

  test("iterates the stream without await", async () => {
    const { peer, api } = setUp();
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const item of api.watch()) seen.push(item);
    })();
    peer.answer(numbers());
    await loop;
    expect(seen).toEqual([1, 2]);
    expect(peer.asked).toEqual(["call watch"]);
  });

  test("ends the stream when the loop is left", async () => {
    const { peer, api } = setUp();
    const log: string[] = [];
    const loop = (async () => {
      for await (const _ of api.watch()) break;
    })();
    peer.answer(numbers(log));
    await loop;
    expect(log).toEqual(["closed"]);
  });

  test("gives the return value as the last step", async () => {
    const { peer, api } = setUp();
    const steps = api.watch()[Symbol.asyncIterator]();
    peer.answer(numbers());
    await steps.next();
    await steps.next();
    expect(await steps.next()).toEqual({ done: true, value: "end" });
  });

  test("stops a stream that comes after it was left", async () => {
    const { peer, api } = setUp();
    const stream = numbers();
    const stopped = vi.spyOn(stream, "return");
    const left = api.watch()[Symbol.asyncIterator]().return?.();
    peer.answer(stream);
    await left;
    expect(stopped).toHaveBeenCalledOnce();
  });

  test("iterates a ReadableStream where the host can't", async () => {
    const { peer, api } = setUp();
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue("a");
        controller.close();
      },
    });
    Object.defineProperty(stream, Symbol.asyncIterator, { value: undefined });
    const seen: unknown[] = [];
    const loop = (async () => {
      for await (const item of api.watch()) seen.push(item);
    })();
    peer.answer(stream);
    await loop;
    expect(seen).toEqual(["a"]);
  });

  test("rejects when the result is no stream", async () => {
    const { peer, api } = setUp();
    const step = api.watch()[Symbol.asyncIterator]().next();
    peer.answer(42);
    await expect(step).rejects.toThrow(TypeError);
  });

  test("raises nothing when the call fails before the first step, which rejects", async () => {
    const { peer, api } = setUp();
    const steps = api.watch()[Symbol.asyncIterator]();
    peer.refuse(boom);
    await settle();
    await expect(steps.next()).rejects.toBe(boom);
  });

  test("rejects when the call failed", async () => {
    const { peer, api } = setUp();
    const step = api.watch()[Symbol.asyncIterator]().next();
    peer.refuse(boom);
    await expect(step).rejects.toBe(boom);
  });
});

describe("disposing of a result", () => {
  test("releases a reference that is there", async () => {
    const { peer, api } = setUp();
    const user = peer.reference(7);
    const login = api.login();
    peer.answer(peer.create(user));
    login[Symbol.dispose]();
    expect(user.isReleased).toBe(true);
  });

  test("releases a reference when it comes", () => {
    const { peer, api } = setUp();
    const user = peer.reference(7);
    api.login()[Symbol.dispose]();
    expect(user.isReleased).toBe(false);
    peer.answer(peer.create(user));
    expect(user.isReleased).toBe(true);
  });

  test("ends a stream when it comes", async () => {
    const { peer, api } = setUp();
    const stopped = vi.fn<() => Promise<void>>(() => Promise.resolve());
    await api.watch()[Symbol.asyncDispose]();
    peer.answer({ [Symbol.asyncDispose]: stopped });
    expect(stopped).toHaveBeenCalledOnce();
  });

  test("refuses further calls on it", async () => {
    const { peer, api } = setUp();
    const login = api.login();
    login[Symbol.dispose]();
    await expect(login.friends()).rejects.toMatchObject({ code: "HW_RELEASED" });
    expect(peer.asked).toEqual(["call login"]);
  });

  test("makes no call of an accessor that nobody read", async () => {
    const { peer, api } = setUp();
    api.cart[Symbol.dispose]();
    await settle();
    expect(peer.asked).toEqual([]);
  });
});
