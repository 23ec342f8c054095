import { describe, expect, it, vi } from "vitest";
import type { Principal } from "../../src/auth/principal.js";
import type { Authorizer } from "../../src/objects/call-handler-options.js";
import { createCallHandler } from "../../src/objects/create-call-handler.js";
import { expose } from "../../src/objects/expose.js";
import { instancesOf, type InstanceMode } from "../../src/objects/instances-of.js";
import { ObjectRegistry } from "../../src/objects/object-registry.js";
import { FakeCall, Peer, refusal, settled } from "./inbound.js";
import { peerCertificate } from "../support/peer-certificate.js";

class Account {
  ran: string[] = [];
  read() {
    this.ran.push("read");
    return "read";
  }
  write() {
    this.ran.push("write");
    return "write";
  }
}
expose(Account, ["read", "write"]);

class Cart {
  self() {
    return this;
  }
  secret() {
    return "secret";
  }
}
expose(Cart, ["self", "secret"]);

class StaffCart extends Cart {
  audit() {
    return "audit";
  }
}
expose(StaffCart, ["self", "secret", "audit"]);

type Rule = (object: string, member: string) => boolean;

/** The same rule as a credential's scope, an authorizer and an asynchronous one. */
const HOOKS: readonly (readonly [string, (rule: Rule) => { allows?: Rule; authorize?: Authorizer }])[] = [
  ["a scope", (rule) => ({ allows: rule })],
  ["an authorizer", (rule) => ({ authorize: ({ object, member }) => rule(object, member) })],
  [
    "an asynchronous authorizer",
    (rule) => ({
      authorize: async ({ object, member }) => {
        await settled();
        return rule(object, member);
      },
    }),
  ],
];

describe.each(HOOKS)("%s", (_, hook) => {
  it("lets through what it allows", async () => {
    const peer = new Peer(
      { account: new Account() },
      hook((object, member) => object === "account" && member === "read"),
    );
    expect(await peer.call("account", "read")).toBe("read");
  });

  it("answers a member that it denies just as one that doesn't exist", async () => {
    const account = new Account();
    const peer = new Peer(
      { account },
      hook((__, member) => member === "read"),
    );
    const denied = await refusal(() => peer.call("account", "write"));
    const missing = await refusal(() => peer.call("account", "wrote"));
    expect(denied.code).toBe("HW_NO_SUCH_MEMBER");
    expect({ ...denied, message: denied.message.replace("write", "wrote") }).toEqual(missing);
    expect(account.ran).toEqual([]);
  });

  it("answers an object of which it denies everything just as one that doesn't exist", async () => {
    const secret = new Account();
    const peer = new Peer(
      { account: new Account(), secret },
      hook((object) => object === "account"),
    );
    for (const member of ["read", "nothing", "constructor"]) {
      const denied = await refusal(() => peer.call("secret", member));
      const missing = await refusal(() => peer.call("sesame", member));
      expect(denied.code).toBe("HW_NO_SUCH_OBJECT");
      expect({ ...denied, message: denied.message.replace("secret", "sesame") }).toEqual(missing);
    }
    expect(secret.ran).toEqual([]);
  });

  it("shows only the members that it allows", async () => {
    const peer = new Peer(
      { account: new Account(), secret: new Account() },
      hook((object, member) => object !== "secret" && member === "read"),
    );
    expect(await peer.handler.members("account")).toEqual([["read", "method"]]);
    const denied = await refusal(() => peer.handler.members("secret"));
    const missing = await refusal(() => peer.handler.members("sesame"));
    expect({ ...denied, message: denied.message.replace("secret", "sesame") }).toEqual(missing);
  });

  it("holds for a named object that is reached by reference", async () => {
    const secret = new Account();
    const peer = new Peer(
      { secret },
      hook((object) => object !== "secret"),
    );
    expect(await refusal(() => peer.call(secret, "read"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(
      await new Peer(
        { secret },
        hook((object) => object === "secret"),
      ).call(secret, "read"),
    ).toBe("read");
  });
});

// A peer whose ticket had the scope `each/self` got the instance from self() and called the other members by reference.
describe.each(HOOKS)("%s, for instances made for an id,", (_, hook) => {
  const selfOnly = hook((object, member) => object === "each" && member === "self");

  it.each<[string, object]>([
    ["a class", Cart],
    ...(["single", "principal", "session", "call"] as const).map((mode: InstanceMode): [string, object] => [
      `instancesOf mode ${mode}`,
      instancesOf(Cart, { mode }),
    ]),
    ["a creator that takes its time", instancesOf(Cart, { mode: "session", create: async () => new Cart() })],
  ])("holds by reference too: %s", async (__, each) => {
    const peer = new Peer({ each }, selfOnly);
    const cart = (await peer.call("each", "self")) as Cart;
    expect(await peer.call(cart, "self")).toBe(cart);
    expect(await refusal(() => peer.call(cart, "secret"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(await peer.handler.members(cart)).toEqual([["self", "method"]]);
  });

  it("lets through by reference what it allows by name", async () => {
    const peer = new Peer(
      { each: Cart },
      hook((object) => object === "each"),
    );
    const cart = (await peer.call("each", "self")) as Cart;
    expect(await peer.call(cart, "secret")).toBe("secret");
  });

  it("holds in another session that was given the reference", async () => {
    const peer = new Peer({ each: instancesOf(Cart, { mode: "single" }) }, selfOnly);
    const cart = (await peer.call("each", "self")) as Cart;
    const other = new Peer(peer.registry, selfOnly);
    expect(await refusal(() => other.call(cart, "secret"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });

  it("still holds when the id is unregistered", async () => {
    const peer = new Peer({ each: Cart }, selfOnly);
    const cart = (await peer.call("each", "self")) as Cart;
    peer.registry.unregister("each");
    expect(await peer.call(cart, "self")).toBe(cart);
    expect(await refusal(() => peer.call(cart, "secret"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });
});

describe("an instance made for an id", () => {
  it("has by reference the members that it has by name, not those of its own class", async () => {
    const peer = new Peer({ each: instancesOf(Cart, { mode: "session", create: () => new StaffCart() }) });
    const cart = peer.call("each", "self") as Cart;
    const byName = await refusal(() => peer.call("each", "audit"));
    expect(byName.code).toBe("HW_NO_SUCH_MEMBER");
    expect(await refusal(() => peer.call(cart, "audit"))).toMatchObject({ code: byName.code });
    expect(peer.call(new StaffCart(), "audit")).toBe("audit");
  });
});

describe("a scope", () => {
  it("isn't asked for objects without a name: whoever holds one was given it", () => {
    const allows = vi.fn(() => false);
    const peer = new Peer({}, { allows });
    expect(peer.call(new Account(), "read")).toBe("read");
    expect(peer.call(() => "called", "")).toBe("called");
    expect(allows).not.toHaveBeenCalled();
  });
});

describe("an authorizer", () => {
  it("is told the principal, the object and the member", () => {
    const authorize = vi.fn<Authorizer>(() => true);
    const peer = new Peer({ account: new Account() }, { authorize });
    peer.call("account", "read");
    const principal = { kind: "key", id: "key:alice", subject: "alice" };
    expect(authorize).toHaveBeenCalledExactlyOnceWith({ principal, object: "account", member: "read" });
  });

  it("is told from where the peer came, and its certificate", () => {
    const authorize = vi.fn<Authorizer>(() => true);
    const certificate = peerCertificate();
    const where = { remoteAddress: "10.0.0.9", origin: "https://app.example", peerCertificate: certificate };
    new Peer({ account: new Account() }, { authorize, session: where }).call("account", "read");
    expect(authorize).toHaveBeenCalledExactlyOnceWith(expect.objectContaining(where));
  });

  it("is asked for references too, with an empty object id", () => {
    const authorize = vi.fn<Authorizer>(() => true);
    const peer = new Peer({}, { authorize });
    peer.call(new Account(), "read");
    peer.call(() => 1, "");
    expect(authorize.mock.calls.map(([{ object, member }]) => [object, member])).toEqual([
      ["", "read"],
      ["", ""],
    ]);
  });

  it("is asked about what doesn't exist too, so that the time of an answer tells nothing, and can't let it through", async () => {
    const authorize = vi.fn<Authorizer>(() => true);
    const peer = new Peer({ account: new Account() }, { authorize });
    expect(await refusal(() => peer.call("account", "nothing"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(await refusal(() => peer.call("sesame", "open"))).toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
    expect(await refusal(() => peer.handler.members("sesame"))).toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
    expect(authorize.mock.calls.map(([{ object, member }]) => `${object}.${member}`)).toEqual([
      ...["account.nothing", "account.read"],
      ...["sesame.open", "sesame."],
      "sesame.",
    ]);
  });

  it.each<[string, Authorizer]>([
    ["at once", () => true],
    ["later", async () => true],
  ])("that allows %s shows no object of which the credential allows nothing that is there", async (_, authorize) => {
    const peer = new Peer({ account: new Account() }, { authorize, allows: (__, member) => member === "shelf" });
    expect(await refusal(() => peer.call("account", "read"))).toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
    expect(await refusal(() => peer.handler.members("account"))).toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
  });

  it("is asked about all members at once when it takes its time, so that a large object takes no longer", async () => {
    const waiting: ((isAllowed: boolean) => void)[] = [];
    const authorize = vi.fn<Authorizer>(() => new Promise((resolve) => waiting.push(resolve)));
    const peer = new Peer({ account: new Account() }, { authorize });
    const refused = refusal(() => peer.call("account", "nothing"));
    waiting.shift()!(true);
    await settled();
    expect(waiting.length).toBe(2);
    for (const answer of waiting) answer(false);
    expect(await refused).toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
  });

  it.each([
    [
      "throws",
      () => {
        throw new Error("database is down");
      },
    ],
    ["rejects", () => Promise.reject(new Error("database is down"))],
  ])("denies when it %s, and the error is reported", async (_, authorize) => {
    const account = new Account();
    const peer = new Peer({ account }, { authorize });
    const denied = await refusal(() => peer.call("account", "read"));
    expect(denied).toEqual({ code: "HW_NO_SUCH_OBJECT", message: 'There is no object "account" that you can use' });
    expect(account.ran).toEqual([]);
    expect(peer.unobserved[0]).toMatchObject({
      error: { message: "database is down" },
      object: "account",
      member: "read",
    });
  });

  it.each([["yes"], [1], [{}], [undefined], [null]])("denies when it answers %j instead of true", async (answer) => {
    const account = new Account();
    for (const authorize of [() => answer, async () => answer]) {
      const peer = new Peer({ account }, { authorize: authorize as unknown as Authorizer });
      await refusal(() => peer.call("account", "read"));
    }
    expect(account.ran).toEqual([]);
  });

  it("sees the principal of a renewed credential", () => {
    const authorize = vi.fn<Authorizer>(() => true);
    const session = {
      sessionId: "s",
      locals: new Map(),
      isAttached: true,
      principal: { kind: "key", id: "key:a", subject: "a" } as Principal,
    };
    const registry = new ObjectRegistry();
    registry.register(new Account(), { id: "account" });
    const handler = createCallHandler({ registry, session, authorize, unobserved: () => {} });
    handler.run(new FakeCall("account", "read"));
    session.principal = { kind: "ticket", id: "ticket:web/a", subject: "a" };
    handler.run(new FakeCall("account", "read"));
    expect(authorize.mock.calls.map(([{ principal }]) => principal.id)).toEqual(["key:a", "ticket:web/a"]);
  });
});
