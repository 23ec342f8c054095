import { inspect } from "node:util";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RemoteError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";
import { PayloadSession } from "./support/payload-session.js";

/** What of the object ran or was looked at. */
const touched: string[] = [];
beforeEach(() => void (touched.length = 0));

class Base {
  inherited(): void {
    touched.push("inherited");
  }
  greet(): string {
    return "base";
  }
}
class Vault extends Base {
  static make(): void {
    touched.push("make");
  }
  inField = (): void => void touched.push("inField");
  override greet(): string {
    return "vault";
  }
  open(): string {
    return "opened";
  }
  notListed(): void {
    touched.push("notListed");
  }
  _private(): void {
    touched.push("_private");
  }
  __dunder__(): void {
    touched.push("__dunder__");
  }
  get secret(): number {
    touched.push("secret");
    return 1;
  }
  set secret(_value: number) {
    touched.push("set secret");
  }
  get broken(): number {
    touched.push("broken");
    throw new Error("a getter ran");
  }
}
expose(Base, ["greet"]);
expose(Vault, ["open"]);

let session: PayloadSession;
beforeAll(async () => void (session = await new PayloadSession({ vault: new Vault() }).begin()));

const NAMES: readonly (readonly [row: string, name: string])[] = [
  ..."__proto__ constructor prototype toString valueOf hasOwnProperty __defineGetter__ then catch finally toJSON inspect 0"
    .split(" ")
    .map((name) => ["row 87", name] as const),
  ["row 87", "Symbol(nodejs.util.inspect.custom)"],
  ["row 87", ""],
  ...["a.b.c", "open.call", "open.constructor", "a/b", "a[b]", "..", "open\u0000"].map(
    (name) => ["row 88, S31", name] as const,
  ),
  ...["_private", "#private", "__dunder__", "notListed", "inField"].map((name) => ["row 89", name] as const),
  ...["secret", "broken"].map((name) => ["row 90", name] as const),
  ["row 91", "inherited"],
  ...["make", "new", "apply", "call", "bind", "length", "name"].map((name) => ["row 92", name] as const),
];

describe("a member name", () => {
  it.each(NAMES)("%s: %j is no member, in one and the same sentence, and nothing is looked at", async (_, name) => {
    const id = (): number => session.nextId();
    const target = '"vault"';
    for (const message of [
      `["call",${id()},${target},${JSON.stringify(name)},{"json":[]}]`,
      `["get",${id()},${target},${JSON.stringify(name)}]`,
      `["set",${id()},${target},${JSON.stringify(name)},{"json":1}]`,
    ]) {
      expect(await session.say(message)).toMatchObject({
        outcome: "HW_NO_SUCH_MEMBER",
        message: `The object "vault" has no member ${JSON.stringify(name)} that you can use`,
      });
    }
    expect([touched, await session.isUnharmed()]).toEqual([[], true]);
  });

  it("row 91: an override of an exposed method is what runs", async () => {
    expect((await session.call('{"json":[]}', { object: "vault", member: "greet" })).payload).toEqual({
      json: "vault",
    });
  });

  it.each(["__proto__", "constructor", "toString", "vaul", "vault ", "Vault", "hidden"])(
    "row 93: %j is an object that doesn't exist",
    async (object) => {
      expect(await session.call('{"json":[]}', { object, member: "open" })).toMatchObject({
        outcome: "HW_NO_SUCH_OBJECT",
        message: `There is no object ${JSON.stringify(object)} that you can use`,
      });
    },
  );
});

describe("arguments", () => {
  it("row 94: too many, too few or wrong ones for the schemas are refused before the method runs", async () => {
    const ran: unknown[] = [];
    const number = {
      "~standard": {
        version: 1,
        vendor: "test",
        validate: (value: unknown) => (typeof value === "number" ? { value } : { issues: [{ message: "no number" }] }),
      },
    } as const;
    class Counter {
      add(one: number): number {
        ran.push(one);
        return one;
      }
    }
    expose(Counter, { members: { add: { input: [number] } } });
    const own = await new PayloadSession({ counter: new Counter() }).begin();
    const add = { object: "counter", member: "add" };
    for (const args of ["[]", "[1,2]", '["1"]', JSON.stringify(Array.from({ length: 10_000 }, () => 1))]) {
      expect((await own.call(`{"json":${args}}`, add)).outcome).toBe("HW_ARGUMENTS_INVALID");
    }
    expect(ran).toEqual([]);
    expect((await own.call('{"json":[1]}', add)).outcome).toBe("ok");
  });
});

describe("what a client holds", () => {
  it("row 96, row 99, S31: a proxy that is awaited, printed, compared or turned into JSON calls nobody, and a dotted name is no member", async () => {
    const calls: string[] = [];
    const vault = {
      open: (): string => (calls.push("open"), "opened"),
      then: (): void => void calls.push("then"),
      toJSON: (): void => void calls.push("toJSON"),
    };
    await using peers = await linkedPeers({ vault });
    const proxy = peers.object("vault");
    expect(await proxy).toBe(proxy);
    inspect(proxy, { showHidden: true, depth: 5 });
    void `${String(proxy)}`;
    void (proxy instanceof Vault);
    void Object.keys(proxy);
    try {
      JSON.stringify(proxy);
    } catch {
      // It may say that a proxy is no data.
    }
    const dotted = (proxy as unknown as { a: { b(): Promise<unknown> } }).a.b();
    expect(
      await dotted.then(
        () => "ok",
        (error: { readonly code: string }) => error.code,
      ),
    ).toBe("HW_NO_SUCH_MEMBER");
    expect(calls).toEqual([]);
    expect(await proxy.open()).toBe("opened");
  });

  it("row 98: a callback that was never given is refused, and the session goes on", async () => {
    expect(await session.say(`["call",${session.nextId()},77,"",{"json":[]}]`)).toMatchObject({
      outcome: "HW_REFERENCE_GONE",
    });
    expect(await session.isUnharmed()).toBe(true);
  });
});

describe("an error of the daemon's code", () => {
  const failing = {
    fail: (name: string): never => {
      const error = Object.assign(new Error("no such item", { cause: new Error("db password is hunter2") }), {
        name,
        code: "E_ITEM",
      });
      throw error;
    },
  };

  it("row 100: crosses with name, message and code, and never with its stack or a path", async () => {
    const own = await new PayloadSession({ failing }).begin();
    own.peer.line.deliver(
      own.peer.data({ head: '[["call",1,"failing","fail",{"json":["ItemError"]}]]', segments: [] }),
    );
    await new Promise((resolve) => void setImmediate(resolve));
    const [answer] = own.peer.takeMessages();
    expect(answer?.[2]).toMatchObject({ name: "ItemError", message: "no such item", code: "E_ITEM" });
    expect(JSON.stringify(answer)).not.toMatch(/"stack"|\.ts|node_modules|\/tmp/);
  });

  it.each(["AuthError", "TypeError", "ConnectionError", "HearthwireError"])(
    "row 101: named %s it is a RemoteError all the same",
    async (name) => {
      await using peers = await linkedPeers({ failing });
      const error: unknown = await peers
        .object("failing")
        .fail(name)
        .then(
          () => undefined,
          (reason: unknown) => reason,
        );
      expect(error).toBeInstanceOf(RemoteError);
      expect(error).not.toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ name });
    },
  );
});
