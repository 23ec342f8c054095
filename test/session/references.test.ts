import { describe, expect, test } from "vitest";
import { CallError } from "../../src/errors/hearthwire-error.js";
import { collectGarbageUntil } from "./support/collect-garbage.js";
import { alone, Exposed, link, rejectionOf, type StandIn } from "./support/linked-conversations.js";

class Counter extends Exposed {
  count = 0;

  increment(): number {
    return ++this.count;
  }
}

class Greeter extends Exposed {
  greet(): string {
    return "hello";
  }
}

const NO_ARGS = { json: [] };
const given = (...leaf: readonly unknown[]): object => ({ json: leaf, meta: { values: [["custom", "ref"]], v: 1 } });
const argument = (...leaf: readonly unknown[]): object => ({
  json: [leaf],
  meta: { values: { "0": [["custom", "ref"]] }, v: 1 },
});

describe("a reference of this side", () => {
  test("lets the peer call a function", async () => {
    const { client, server } = link();
    server.handler.objects["shop"] = {
      onSale: async (listener: StandIn) => server.ask(listener.reference, "", ["sale"]).result,
    };
    await expect(client.ask("shop", "onSale", [(what: string) => `${what}!`]).result).resolves.toBe("sale!");
  });

  test("lets the peer call an exposed object, which keeps its state", async () => {
    const { client, server } = link();
    const counter = new Counter();
    server.handler.objects["shop"] = { counter: () => counter };
    const proxy = (await client.ask("shop", "counter").result) as StandIn;
    await client.ask(proxy.reference, "increment").result;
    await expect(client.ask(proxy.reference, "increment").result).resolves.toBe(2);
    expect(counter.count).toBe(2);
  });

  test("has one id while it is held, and each appearance counts", async () => {
    const { client, server, settle } = link();
    const callback = (): number => 1;
    server.handler.objects["shop"] = { take: () => undefined };
    await client.ask("shop", "take", [callback, { again: callback }]).result;
    await client.ask("shop", "take", [callback]).result;
    expect(client.saidOf("call").map((message) => message[4])).toMatchObject([
      { json: [[0, 1, "function"], { again: [0, 1, "function"] }] },
      { json: [[0, 1, "function"]] },
    ]);
    expect(client.conversation.statistics.references).toBe(1);
    client.take([["release", 1, 2]]);
    expect(client.conversation.statistics.references).toBe(1);
    client.take([["release", 1, 1]]);
    expect(client.conversation.statistics.references).toBe(0);
    await settle();
    expect(client.broken).toBeUndefined();
  });

  test("gets a new id once it was released", async () => {
    const { side, settle } = alone();
    const callback = (): number => 1;
    side.ask("shop", "take", [callback]);
    await settle();
    side.take([["release", 1, 1]]);
    side.ask("shop", "take", [callback]);
    await settle();
    expect(side.saidOf("call").map((message) => message[4])).toMatchObject([
      { json: [[0, 1, "function"]] },
      { json: [[0, 2, "function"]] },
    ]);
  });

  test("tells the members of its class once, by number from then on", async () => {
    const { side, settle } = alone();
    side.ask("shop", "take", [new Counter(), new Greeter()]);
    side.ask("shop", "take", [new Counter()]);
    await settle();
    expect(side.saidOf("call").map((message) => message[4])).toMatchObject([
      {
        json: [
          [0, 1, "object", [1, [["increment", "method"]]]],
          [0, 2, "object", [2, [["greet", "method"]]]],
        ],
      },
      { json: [[0, 3, "object", [1]]] },
    ]);
  });

  test.each([
    ["more than it holds", ["release", 1, 2]],
    ["one it does not hold", ["release", 2, 1]],
  ])("ends the session when the peer releases %s", async (_, message) => {
    const { side, settle } = alone();
    side.ask("shop", "take", [() => 1]);
    await settle();
    side.take([message]);
    expect(side.broken).toMatchObject({ code: "HW_PROTOCOL", message: expect.stringContaining("release") });
  });

  test.each([
    ["a call on one", [["call", 1, 1, "", NO_ARGS]]],
    ["one as an argument", [["call", 1, "shop", "take", argument(1, 1)]]],
  ])("that the peer has released answers HW_REFERENCE_GONE: %s", async (_, messages) => {
    const { side, settle } = alone();
    side.handler.objects["shop"] = { take: () => 1 };
    side.ask("shop", "take", [() => 1]);
    await settle();
    side.take([["release", 1, 1]]);
    side.take(messages);
    await settle();
    expect(side.saidOf("err")).toMatchObject([["err", 1, { code: "HW_REFERENCE_GONE", wire: 1 }]]);
  });

  test("that is released in the same body as it is called on is called all the same", async () => {
    const { side, settle } = alone();
    side.ask("shop", "take", [() => "called"]);
    await settle();
    side.take([
      ["call", 1, 1, "", NO_ARGS],
      ["release", 1, 1],
    ]);
    await settle();
    expect(side.saidOf("ok")).toEqual([["ok", 1, { json: "called" }]]);
  });

  test("comes home as the object itself", async () => {
    const { client, server } = link();
    const counter = new Counter();
    server.handler.objects["shop"] = { echo: (value: unknown) => value };
    await expect(client.ask("shop", "echo", [counter]).result).resolves.toBe(counter);
  });

  test("beyond the limit is refused where it is sent, and fits once others are released", async () => {
    const { side, settle } = alone({ limits: { maxReferences: 1 } });
    side.ask("shop", "take", [() => 1]);
    await settle();
    expect(() => side.ask("shop", "take", [() => 2])).toThrow(/"maxReferences" allows the session 1/);
    expect(() => side.ask("shop", "take", [() => 2])).toThrow(expect.objectContaining({ code: "HW_LIMIT" }));
    side.take([["release", 1, 1]]);
    side.ask("shop", "take", [() => 2]);
  });

  test("is not counted by a message that could not be sent", async () => {
    const { client, server } = link();
    server.handler.objects["shop"] = { take: () => undefined };
    client.sink.refusal = ({ before }) => (before.includes("large") ? new Error("too large") : undefined);
    const failed = client.ask("shop", "large", [() => 1, new Counter()]);
    await rejectionOf(failed.result);
    expect(client.conversation.statistics.references).toBe(0);
    await client.ask("shop", "take", [new Counter()]).result;
    expect(client.saidOf("call")[0]?.[4]).toMatchObject({ json: [[0, 3, "object", [1, [["increment", "method"]]]]] });
  });

  test.each([
    ["a class", class Thing {}, /class can't be sent/],
    ["an object whose members take time to tell", new Counter(), /members are not known at once/],
  ])("can't be %s", (_, value, reason) => {
    const { side } = alone();
    side.handler.members = () => Promise.resolve([]) as never;
    expect(() => side.ask("shop", "take", [value])).toThrow(reason);
  });
});

describe("a reference of the peer", () => {
  test("is the same proxy while it is held", async () => {
    const { client, server } = link();
    const callback = (): number => 1;
    server.handler.objects["shop"] = { callback: () => ({ a: callback, b: callback }) };
    const { a, b } = (await client.ask("shop", "callback").result) as { a: StandIn; b: StandIn };
    expect(a).toBe(b);
    expect(client.proxies.created).toBe(1);
  });

  test("is released with all its appearances, once", async () => {
    const { client, server, settle } = link();
    const callback = (): number => 1;
    server.handler.objects["shop"] = { callback: () => [callback, callback] };
    const [proxy] = (await client.ask("shop", "callback").result) as [StandIn];
    proxy.reference.release();
    proxy.reference.release();
    await settle();
    expect(client.saidOf("release")).toEqual([["release", 1, 2]]);
    expect(proxy.reference.isReleased).toBe(true);
    expect(server.conversation.statistics.references).toBe(0);
    expect(server.broken).toBeUndefined();
  });

  test("comes as a new proxy when it is sent again after its release", async () => {
    const { client, server, settle } = link();
    const callback = (): number => 1;
    server.handler.objects["shop"] = { callback: () => callback };
    const first = (await client.ask("shop", "callback").result) as StandIn;
    const underWay = client.ask("shop", "callback");
    await Promise.resolve();
    first.reference.release();
    const second = (await underWay.result) as StandIn;
    await settle();
    expect(second).not.toBe(first);
    await expect(client.ask(second.reference, "").result).resolves.toBe(1);
    expect(server.broken).toBeUndefined();
  });

  test("that was released can't be sent either", async () => {
    const { client, server } = link();
    server.handler.objects["shop"] = { callback: () => () => 1, take: () => 1 };
    const proxy = (await client.ask("shop", "callback").result) as StandIn;
    await expect(client.ask("shop", "take", [proxy]).result).resolves.toBe(1);
    proxy.reference.release();
    expect(() => client.ask("shop", "take", [proxy])).toThrow(/args\[0\].*released/);
  });

  test("can't be sent to another peer", async () => {
    const { client, server } = link();
    const other = link();
    server.handler.objects["shop"] = { callback: () => () => 1 };
    const proxy = (await client.ask("shop", "callback").result) as StandIn;
    expect(() => other.client.ask("shop", "take", [proxy])).toThrow(/another connection/);
  });

  test("fails a call that waits on it while it is released", async () => {
    const { client, server } = link();
    server.handler.objects["shop"] = { callback: () => () => 1 };
    const proxy = (await client.ask("shop", "callback").result) as StandIn;
    client.sink.isCongested = true;
    const call = client.ask(proxy.reference, "");
    proxy.reference.release();
    client.sink.isCongested = false;
    client.conversation.relieved();
    const error = await rejectionOf(call.result);
    expect(error).toBeInstanceOf(CallError);
    expect(error).toMatchObject({ code: "HW_RELEASED", delivery: "not-sent" });
  });

  test.each([
    ["an object without a shape", [0, 1, "object"]],
    ["a shape that was never told", [0, 1, "object", [1]]],
    ["members of an unknown kind", [0, 1, "object", [1, [["go", "magic"]]]]],
    ["members that are no list", [0, 1, "object", [1, { go: "method" }]]],
    ["a member without a kind", [0, 1, "object", [1, [["go"]]]]],
    ["a member that is idempotent by another sign", [0, 1, "object", [1, [["go", "method", true]]]]],
    ["a member that is said not to be idempotent", [0, 1, "object", [1, [["go", "method", 0]]]]],
    ["an accessor that is idempotent", [0, 1, "object", [1, [["go", "get", 1]]]]],
    ["a writable accessor that is idempotent", [0, 1, "object", [1, [["go", "get set", 1]]]]],
    ["a member with a fourth element", [0, 1, "object", [1, [["go", "method", 1, 1]]]]],
    ["an unknown kind", [0, 1, "class"]],
    ["no id", [0, 0, "function"]],
    ["an unknown origin", [3, 1]],
    ["too many elements", [1, 1, "function"]],
    ["a fifth element", [0, 1, "function", [1], 1]],
  ])("is refused when it has %s", async (_, leaf) => {
    const { side } = alone();
    const call = side.ask("shop", "go");
    side.take([["ok", 1, given(...leaf)]]);
    expect(await rejectionOf(call.result)).toMatchObject({ code: "HW_BAD_PAYLOAD" });
    expect(side.conversation.statistics.references).toBe(0);
  });

  test.each(["method", "stream", "oneway"])("may have an idempotent %s", async (kind) => {
    const { side } = alone();
    const call = side.ask("shop", "go");
    side.take([["ok", 1, given(0, 1, "object", [1, [["go", kind, 1]]])]]);
    expect(((await call.result) as StandIn).reference.members).toEqual([["go", kind, 1]]);
  });

  test("is refused when its shape is told twice, and when its kind changes", async () => {
    const { side } = alone();
    const calls = Array.from({ length: 4 }, () => side.ask("shop", "go"));
    side.take([
      ["ok", 1, given(0, 1, "object", [1, [["go", "method"]]])],
      ["ok", 2, given(0, 2, "object", [1, [["go", "method"]]])],
      ["ok", 3, given(0, 1, "function")],
      ["ok", 4, given(0, 2, "object", [1])],
    ]);
    await calls[0]?.result;
    expect(await rejectionOf(calls[1]!.result)).toMatchObject({ code: "HW_BAD_PAYLOAD" });
    expect(await rejectionOf(calls[2]!.result)).toMatchObject({ code: "HW_BAD_PAYLOAD" });
    expect(((await calls[3]!.result) as StandIn).reference.members).toEqual([["go", "method"]]);
  });

  test("beyond the limit refuses the payload that brings it", async () => {
    const { side, settle } = alone({ limits: { maxReferences: 1 } });
    side.handler.objects["shop"] = { take: () => 1 };
    side.take([
      ["call", 1, "shop", "take", argument(0, 1, "function")],
      ["call", 2, "shop", "take", argument(0, 2, "function")],
      ["call", 3, "shop", "take", argument(0, 1, "function")],
    ]);
    await settle();
    expect(side.said).toMatchObject([
      ["ok", 1, { json: 1 }],
      ["err", 2, { code: "HW_LIMIT", wire: 1 }],
      ["ok", 3, { json: 1 }],
    ]);
  });

  test("that nobody can use any more is released by the garbage collector", async () => {
    const { client, server, settle } = link();
    server.handler.objects["shop"] = { callback: () => () => 1 };
    await (async () => {
      await client.ask("shop", "callback").result;
    })();
    await collectGarbageUntil(() => client.saidOf("release").length > 0);
    await settle();
    expect(server.conversation.statistics.references).toBe(0);
  });

  test("is not collected while a call on it is under way", async () => {
    // Regression (Comlink #692): collecting a proxy must neither settle nor drop a call that was made on it.
    const { client, server, settle } = link();
    let answer!: (value: number) => void;
    server.handler.objects["shop"] = { callback: () => () => new Promise<number>((resolve) => (answer = resolve)) };
    const call = await (async () => {
      const proxy = (await client.ask("shop", "callback").result) as StandIn;
      return client.ask(proxy.reference, "");
    })();
    await settle();
    let rounds = 0;
    await collectGarbageUntil(() => ++rounds > 3);
    expect(client.saidOf("release")).toEqual([]);
    answer(7);
    await expect(call.result).resolves.toBe(7);
  });
});

describe("the shapes of a peer", () => {
  const told = (number: number, members: readonly unknown[]): readonly unknown[] => {
    return ["call", number, "shop", "take", argument(0, number, "object", [number, members])];
  };
  const taking = (): ReturnType<typeof alone> => {
    const end = alone();
    end.side.handler.objects["shop"] = { take: () => undefined };
    return end;
  };

  test.each([
    [256, ["ok", 1]],
    [257, ["err", 1, { code: "HW_BAD_PAYLOAD" }]],
  ])("may name a member of %i characters: %j", async (length, answer) => {
    const { side, settle } = taking();
    side.take([told(1, [["n".repeat(length), "method"]])]);
    await settle();
    expect(side.said[0]).toMatchObject(answer);
  });

  test("are kept until the session ends, so their members are bounded in all", async () => {
    const { side, settle } = taking();
    const members = Array.from({ length: 1024 }, (_, index) => [`${index}`.padEnd(250, "n"), "method"]);
    for (let number = 1; number <= 20; number++) side.take([told(number, members)]);
    await settle();
    const answers = side.said.filter(([name]) => name === "ok" || name === "err").map(([name]) => name);
    expect(answers).toEqual([...Array.from({ length: 14 }, () => "ok"), ...Array.from({ length: 6 }, () => "err")]);
  });
});
