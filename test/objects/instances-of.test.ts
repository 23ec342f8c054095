import { describe, expect, it, vi } from "vitest";
import type { CallContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { instancesOf, type InstanceMode } from "../../src/objects/instances-of.js";
import { ObjectRegistry } from "../../src/objects/object-registry.js";
import { FakeCall, Peer, refusal, settled } from "./inbound.js";

let made = 0;
const ended: string[] = [];

class Cart {
  readonly name: string;
  constructor(name = `cart ${++made}`) {
    this.name = name;
  }
  which() {
    return this.name;
  }
  async *each() {
    yield this.name;
  }
  self() {
    return this;
  }
  [Symbol.dispose]() {
    ended.push(this.name);
  }
}
expose(Cart, ["which", "each", "self"]);

function reset() {
  made = 0;
  ended.length = 0;
}

function alice(id: string, registry: ObjectRegistry, subject = "alice") {
  return new Peer(registry, { session: { sessionId: id, principal: { kind: "key", id: `key:${subject}`, subject } } });
}

function served(mode: InstanceMode, create?: (context: CallContext) => Cart | Promise<Cart>) {
  reset();
  const registry = new ObjectRegistry();
  registry.register(create === undefined ? instancesOf(Cart, { mode }) : instancesOf(Cart, { mode, create }), {
    id: "cart",
  });
  return registry;
}

describe("instancesOf", () => {
  it("makes nothing before a call needs it", () => {
    const peer = alice("s1", served("session"));
    expect(peer.handler.members("cart")).toEqual([
      ["each", "stream"],
      ["self", "method"],
      ["which", "method"],
    ]);
    expect(made).toBe(0);
    expect(peer.call("cart", "which")).toBe("cart 1");
  });

  it("makes nothing for a call that is refused", async () => {
    const registry = served("session");
    const peer = new Peer(registry, { authorize: ({ member }) => member !== "which" });
    await refusal(() => peer.call("cart", "which"));
    await refusal(() => peer.call("cart", "nothing"));
    expect(made).toBe(0);
    await peer.call("cart", "self");
    expect(made).toBe(1);
  });

  it.each([
    ["single", ["cart 1", "cart 1", "cart 1", "cart 1"]],
    ["session", ["cart 1", "cart 1", "cart 2", "cart 3"]],
    ["principal", ["cart 1", "cart 1", "cart 1", "cart 2"]],
    ["call", ["cart 1", "cart 2", "cart 3", "cart 4"]],
  ] as const)("mode %s shares an instance as long as it says", (mode, expected) => {
    const registry = served(mode);
    const first = alice("s1", registry);
    const second = alice("s2", registry);
    const bob = alice("s3", registry, "bob");
    expect([first, first, second, bob].map((peer) => peer.call("cart", "which"))).toEqual(expected);
  });

  it("keeps the instances of two ids apart", () => {
    reset();
    const peer = new Peer({
      one: instancesOf(Cart, { mode: "session" }),
      two: instancesOf(Cart, { mode: "session" }),
    });
    expect(peer.call("one", "which")).toBe("cart 1");
    expect(peer.call("two", "which")).toBe("cart 2");
  });

  it("gives `create` the context of the call that needs the instance", () => {
    const registry = served("session", ({ principal, member }) => new Cart(`${principal.subject} ${member}`));
    expect(alice("s1", registry).call("cart", "which")).toBe("alice which");
  });

  it("serves an instance of a subclass, whose overrides run", () => {
    class Special extends Cart {
      override which() {
        return "special";
      }
    }
    expect(
      alice(
        "s1",
        served("session", () => new Special()),
      ).call("cart", "which"),
    ).toBe("special");
  });

  it("refuses what `create` returns instead of an instance of the class", async () => {
    const registry = served("session", () => ({ which: () => "forged" }) as Cart);
    expect(await refusal(() => alice("s1", registry).call("cart", "which"))).toEqual({
      code: "HW_CANNOT_EXPOSE",
      message: '"create" of instancesOf(Cart) must return an instance of Cart',
    });
  });

  it.each(["single", "session", "principal", "call"] as const)(
    "refuses it from an asynchronous creator too, and asks for another the next time, in mode %s",
    async (mode) => {
      let attempts = 0;
      const create = async (): Promise<Cart> => (++attempts > 1 ? new Cart("right") : ({} as Cart));
      const peer = alice("s1", served(mode, create));
      expect(await refusal(() => peer.call("cart", "which"))).toMatchObject({ code: "HW_CANNOT_EXPOSE" });
      expect(await peer.call("cart", "which")).toBe("right");
    },
  );

  it.each([
    ["single", "s2", "alice", 1],
    ["principal", "s2", "alice", 1],
    ["principal", "s2", "bob", 2],
    ["session", "s2", "alice", 2],
  ] as const)(
    "in mode %s makes as many for first calls of two sessions at the same time",
    async (mode, id, subject, count) => {
      const create = vi.fn(async () => {
        await settled();
        return new Cart();
      });
      const registry = served(mode, create);
      const peers = [alice("s1", registry), alice(id, registry, subject)];
      const instances = await Promise.all(peers.map((peer) => peer.call("cart", "self")));
      expect([create.mock.calls.length, new Set(instances).size]).toEqual([count, count]);
    },
  );

  describe.each(["single", "session", "principal"] as const)("mode %s with an asynchronous creator", (mode) => {
    it("makes one instance for calls that come at the same time", async () => {
      const create = vi.fn(async () => {
        await settled();
        return new Cart("slow");
      });
      const peer = alice("s1", served(mode, create));
      const results = await Promise.all([
        peer.call("cart", "self"),
        peer.call("cart", "self"),
        peer.call("cart", "self"),
      ]);
      expect(create).toHaveBeenCalledOnce();
      expect(new Set(results).size).toBe(1);
    });

    it.each(["throws", "rejects"])("fails the waiting calls when it %s, and the next call tries again", async (how) => {
      let attempts = 0;
      const create = (): Cart | Promise<Cart> => {
        if (++attempts > 1) return new Cart("second attempt");
        if (how === "throws") throw new Error("no database");
        return settled().then(() => Promise.reject(new Error("no database")));
      };
      const peer = alice("s1", served(mode, create));
      expect(await refusal(() => peer.call("cart", "which"))).toMatchObject({ message: "no database" });
      expect(await peer.call("cart", "which")).toBe("second attempt");
      expect(attempts).toBe(2);
    });
  });

  it("refuses an unknown mode", () => {
    expect(() => instancesOf(Cart, { mode: "forever" as InstanceMode })).toThrow(
      expect.objectContaining({
        code: "HW_OPTION_INVALID",
        message: '"mode" of instancesOf(Cart) must be one of single, session, principal, call, got forever',
      }),
    );
  });

  it("refuses a class that exposes nothing", () => {
    class Bare {}
    expect(() => instancesOf(Bare, { mode: "session" })).toThrow(
      expect.objectContaining({ code: "HW_CANNOT_EXPOSE", message: expect.stringContaining("expose(Bare, [") }),
    );
  });
});

describe("a class given as an object", () => {
  it("makes one instance per session", () => {
    reset();
    const registry = new ObjectRegistry();
    registry.register(Cart, { id: "cart" });
    const [first, second] = [alice("s1", registry), alice("s2", registry)];
    expect([first, first, second].map((peer) => peer.call("cart", "which"))).toEqual(["cart 1", "cart 1", "cart 2"]);
  });
});

describe("disposal of instances", () => {
  it("of mode call comes after the call and its stream", async () => {
    const peer = alice("s1", served("call"));
    const call = new FakeCall("cart", "each");
    const stream = peer.handler.run(call) as AsyncGenerator;
    await stream.next();
    await settled();
    expect(ended).toEqual([]);
    await call.finish();
    expect(ended).toEqual(["cart 1"]);
  });

  it("of mode session comes with the end of the session, the last made first", async () => {
    reset();
    const peer = new Peer({
      one: instancesOf(Cart, { mode: "session" }),
      two: instancesOf(Cart, { mode: "session" }),
      single: instancesOf(Cart, { mode: "single" }),
    });
    for (const id of ["one", "two", "single"]) peer.call(id, "which");
    await peer.handler.dispose();
    expect(ended).toEqual(["cart 2", "cart 1"]);
  });

  it("of mode single comes with the end of the registry", async () => {
    const peer = alice("s1", served("single"));
    peer.call("cart", "which");
    await peer.handler.dispose();
    expect(ended).toEqual([]);
    await peer.registry.dispose(peer.report);
    expect(ended).toEqual(["cart 1"]);
  });

  it("of mode principal comes with the end of its last session that used them", async () => {
    const registry = served("principal");
    const [first, second] = [alice("s1", registry), alice("s2", registry)];
    for (const peer of [first, first, second]) peer.call("cart", "which");
    await first.handler.dispose();
    expect(ended).toEqual([]);
    await second.handler.dispose();
    expect(ended).toEqual(["cart 1"]);
    expect(alice("s3", registry).call("cart", "which")).toBe("cart 2");
  });

  it("of mode principal comes with the end of the registry at the latest", async () => {
    const peer = alice("s1", served("principal"));
    peer.call("cart", "which");
    await peer.registry.dispose(peer.report);
    expect(ended).toEqual(["cart 1"]);
    await peer.handler.dispose();
    expect(ended).toEqual(["cart 1"]);
  });

  it("waits for an instance that is still being made, and its call doesn't start", async () => {
    let deliver = (_cart: Cart): void => {};
    const peer = alice(
      "s1",
      served("session", () => new Promise<Cart>((resolve) => (deliver = resolve))),
    );
    const call = new FakeCall("cart", "which");
    const answer = refusal(() => peer.handler.run(call));
    call.controller.abort();
    const disposed = peer.handler.dispose();
    deliver(new Cart("late"));
    await disposed;
    expect(ended).toEqual(["late"]);
    expect(await answer).toMatchObject({ code: "HW_CANCELLED" });
  });

  it("is followed by no new instance", async () => {
    const peer = alice("s1", served("principal"));
    await peer.handler.dispose();
    expect(await refusal(() => peer.call("cart", "which"))).toMatchObject({ code: "HW_CANCELLED" });
    expect(made).toBe(0);
  });

  it("prefers Symbol.asyncDispose and waits for it", async () => {
    const order: string[] = [];
    class Slow extends Cart {
      async [Symbol.asyncDispose]() {
        await settled();
        order.push("disposed");
      }
    }
    const peer = alice(
      "s1",
      served("session", () => new Slow()),
    );
    peer.call("cart", "which");
    await peer.handler.dispose();
    expect(order).toEqual(["disposed"]);
    expect(ended).toEqual([]);
  });

  it("reports what fails and goes on with the others", async () => {
    reset();
    class Broken extends Cart {
      override [Symbol.dispose]() {
        throw new Error("won't go");
      }
    }
    const peer = new Peer({
      good: instancesOf(Cart, { mode: "session" }),
      broken: instancesOf(Broken, { mode: "session" }),
    });
    for (const id of ["good", "broken"]) peer.call(id, "which");
    await peer.handler.dispose();
    expect(ended).toEqual(["cart 1"]);
    expect(peer.unobserved).toMatchObject([{ error: { message: "won't go" }, object: "broken" }]);
  });

  it("leaves alone what has no way to be disposed", async () => {
    class Plain {
      which() {
        return 1;
      }
    }
    expose(Plain, ["which"]);
    const peer = new Peer({ one: instancesOf(Plain, { mode: "call" }), two: Plain });
    const call = new FakeCall("one", "which");
    expect(peer.handler.run(call)).toBe(1);
    peer.call("two", "which");
    await call.finish();
    await peer.handler.dispose();
    expect(peer.unobserved).toEqual([]);
  });
});
