import { describe, expect, it } from "vitest";
import { CallError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import { Peer, refusal } from "./inbound.js";

/** Every way to look at or run something of this object leaves a trace in `touched`. */
const touched: string[] = [];

class Base {
  inherited() {
    touched.push("inherited");
  }
}
class Vault extends Base {
  static make() {
    touched.push("make");
  }
  inField = () => touched.push("inField");
  open() {
    return "opened";
  }
  notListed() {
    touched.push("notListed");
  }
  _private() {
    touched.push("_private");
  }
  __dunder__() {
    touched.push("__dunder__");
  }
  get secret() {
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
expose(Vault, ["open"]);

/** security.md rows 87 to 92. */
const NAMES = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "toLocaleString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
  "__defineGetter__",
  "__defineSetter__",
  "__lookupGetter__",
  "__lookupSetter__",
  "then",
  "catch",
  "finally",
  "toJSON",
  "inspect",
  "Symbol(nodejs.util.inspect.custom)",
  "Symbol.iterator",
  "@@iterator",
  "",
  "0",
  "open.call",
  "open.constructor",
  "a.b.c",
  "a/b",
  "a[b]",
  "..",
  "_private",
  "#private",
  "__dunder__",
  "notListed",
  "inherited",
  "inField",
  "secret",
  "broken",
  "make",
  "new",
  "apply",
  "call",
  "bind",
  "length",
  "name",
  "open ",
  "Open",
  "open\u0000",
];

const objects = { vault: new Vault(), literal: { open: () => "opened", data: "secret", _private: () => 1 } };

describe("hostile member names", () => {
  describe.each(["vault", "literal"] as const)("of %s", (id) => {
    it("are not the exposed one, which runs", () => {
      expect(new Peer(objects).call(id, "open")).toBe("opened");
    });

    it.each(NAMES)("answers %j as a member that doesn't exist, whatever is done with it", async (name) => {
      touched.length = 0;
      const peer = new Peer(objects);
      for (const use of ["call", "get", "set"] as const) {
        expect(await refusal(() => peer[use](id, name, undefined))).toEqual({
          code: "HW_NO_SUCH_MEMBER",
          message: `The object ${JSON.stringify(id)} has no member ${JSON.stringify(name)} that you can use`,
        });
      }
      expect(touched).toEqual([]);
    });
  });

  it.each(NAMES)("answers %j the same on an object held by reference", async (name) => {
    const peer = new Peer({});
    expect(await refusal(() => peer.call(objects.vault, name))).toEqual({
      code: "HW_NO_SUCH_MEMBER",
      message: `This object has no member ${JSON.stringify(name)} that you can use`,
    });
  });

  it.each(NAMES.filter((name) => name !== ""))("answers %j the same on a function", async (name) => {
    const peer = new Peer({ now: () => 1 });
    for (const target of ["now", () => 1]) {
      expect(await refusal(() => peer.call(target, name))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    }
  });
});

describe("hostile object ids", () => {
  it.each(["__proto__", "constructor", "toString", "hasOwnProperty", "", "vaul", "vault/open", "vault ", "Vault"])(
    "answers %j as an object that doesn't exist",
    async (id) => {
      const peer = new Peer(objects);
      const expected = {
        code: "HW_NO_SUCH_OBJECT",
        message: `There is no object ${JSON.stringify(id)} that you can use`,
      };
      expect(await refusal(() => peer.call(id, "open"))).toEqual(expected);
      expect(await refusal(() => peer.handler.members(id))).toEqual(expected);
    },
  );

  it.each(["__proto__", "constructor", "toString", "then"])("serves an object that is registered as %j", (id) => {
    const peer = new Peer({});
    peer.registry.register({ open: () => "opened" }, { id });
    expect(peer.call(id, "open")).toBe("opened");
    expect(peer.registry.has("hasOwnProperty")).toBe(false);
  });
});

describe("names in answers", () => {
  it("are cut and escaped, so that a log keeps one line", async () => {
    const peer = new Peer(objects);
    const { message } = await refusal(() => peer.call("vault", `a\n\u001b[31m${"x".repeat(5000)}`));
    expect(message).toMatch(/^The object "vault" has no member "a\\n\\u001b\[31mx+\.\.\." that you can use$/);
    expect(message.length).toBeLessThan(160);
  });

  it("are CallErrors, raised before anything ran", async () => {
    const peer = new Peer(objects);
    expect(() => peer.call("vault", "nothing")).toThrow(CallError);
    expect(() => peer.call("nothing", "open")).toThrow(CallError);
  });
});
