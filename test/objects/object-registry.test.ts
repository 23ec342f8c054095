import { describe, expect, it, vi } from "vitest";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import { instancesOf } from "../../src/objects/instances-of.js";
import { ObjectRegistry } from "../../src/objects/object-registry.js";
import { Peer, refusal } from "./inbound.js";

class Exposed {
  open() {
    return "opened";
  }
  close() {
    return "closed";
  }
}
expose(Exposed, ["open"]);

class Bare {
  inField = () => "field";
  data = 1;
  open() {
    return "bare";
  }
  get level() {
    return 3;
  }
  set level(_value: number) {}
}

describe("register", () => {
  it("takes an id and returns it", () => {
    const registry = new ObjectRegistry();
    expect(registry.register(new Exposed(), { id: "vault" })).toBe("vault");
    expect(registry.has("vault")).toBe(true);
    expect(registry.has("other")).toBe(false);
  });

  it("puts nothing on the object, frozen ones too", () => {
    const vault = Object.freeze(new Exposed());
    const before = Reflect.ownKeys(vault);
    const registry = new ObjectRegistry();
    registry.register(vault, { id: "vault" });
    expect(Reflect.ownKeys(vault)).toEqual(before);
    expect(registry.find("vault")?.source).toBe(vault);
  });

  it("makes ids that nobody guesses", () => {
    const registry = new ObjectRegistry();
    const ids = [registry.register(new Exposed()), registry.register(new Exposed())];
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(2);
  });

  it("takes them from the host's cryptographic random numbers", () => {
    const random = vi.spyOn(crypto, "getRandomValues").mockImplementation((array) => {
      new Uint8Array(array.buffer).fill(0xab);
      return array;
    });
    try {
      expect(new ObjectRegistry().register(new Exposed())).toBe("ab".repeat(16));
    } finally {
      random.mockRestore();
    }
  });

  it.each([["x"], ["ä ö"], ["__proto__"], ["x".repeat(256)]])("accepts the id %j", (id) => {
    expect(new ObjectRegistry().register(new Exposed(), { id })).toBe(id);
  });

  it.each([[""], ["a/b"], ["a\nb"], ["a\u007fb"], ["x".repeat(257)]])("refuses the id %j", (id) => {
    const registry = new ObjectRegistry();
    const refused = () => registry.register(new Exposed(), { id });
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(expect.objectContaining({ code: "HW_OPTION_INVALID" }));
    expect(refused).toThrow(/^"id" must be 1\.\.256 characters/);
  });

  it("refuses an id that is in use", () => {
    const registry = new ObjectRegistry();
    registry.register(new Exposed(), { id: "vault" });
    expect(() => registry.register(new Exposed(), { id: "vault" })).toThrow(
      /"id" "vault" is in use\. Unregister it first/,
    );
  });

  it("refuses a second id for the same object", () => {
    const registry = new ObjectRegistry();
    const object = new Exposed();
    registry.register(object, { id: "one" });
    expect(() => registry.register(object, { id: "two" })).toThrow(/the object is "one" already/);
    expect(registry.has("two")).toBe(false);
  });

  it.each([
    [
      "an instance of a class that isn't exposed",
      new Bare(),
      /^Bare exposes no members.*expose\(Bare, \["\.\.\."\]\).*register\(object, \{ expose/,
    ],
    ["a class that isn't exposed", Bare, /^Bare exposes no members/],
    ["a Map", new Map(), /^Map exposes no members/],
    ["an array", [], /^Array exposes no members/],
    ["a promise", Promise.resolve(), /^Promise exposes no members/],
    [
      "a literal without functions",
      {
        data: 1,
        get open() {
          return () => 1;
        },
      },
      /literal serves its own functions, and this one has none/,
    ],
    ["a literal with private functions only", { _open() {}, then: () => 1 }, /this one has none/],
    ["a literal with classes only", { Bare }, /this one has none/],
  ])("refuses %s", (_, object, message) => {
    const registry = new ObjectRegistry();
    const refused = () => registry.register(object, { id: "it" });
    expect(refused).toThrow(expect.objectContaining({ name: "ConfigError", code: "HW_CANNOT_EXPOSE" }));
    expect(refused).toThrow(message);
    expect(registry.has("it")).toBe(false);
  });

  it.each([[null], [undefined], ["text"], [5]])("refuses %j in the place of an object", (object) => {
    expect(() => new ObjectRegistry().register(object as unknown as object, { id: "it" })).toThrow(
      /"object" of register \("it"\)/,
    );
  });

  it.each([
    ["an instance of an exposed class", new Exposed()],
    ["a literal with functions", { open: () => "opened" }],
    ["a literal without prototype", Object.assign(Object.create(null) as object, { open: () => "opened" })],
    ["an exposed class", Exposed],
    ["instances of an exposed class", instancesOf(Exposed, { mode: "call" })],
  ])("serves %s", (_, object) => {
    expect(new Peer({ it: object }).call("it", "open")).toBe("opened");
  });
});

describe("register with `expose`", () => {
  it("serves listed methods, accessors and functions in fields of an object whose class isn't exposed", async () => {
    const peer = new Peer({});
    peer.registry.register(new Bare(), { id: "bare", expose: ["open", "inField", "level"] });
    expect(peer.handler.members("bare")).toEqual([
      ["inField", "method"],
      ["level", "get"],
      ["open", "method"],
    ]);
    expect(peer.call("bare", "open")).toBe("bare");
    expect(peer.call("bare", "inField")).toBe("field");
    expect(peer.get("bare", "level")).toBe(3);
  });

  it("holds for this object alone", async () => {
    const peer = new Peer({});
    peer.registry.register(new Bare(), { id: "bare", expose: ["open"] });
    expect(await refusal(() => peer.call(new Bare(), "open"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });

  it("counts instead of what the class exposes, by id and by reference", async () => {
    const peer = new Peer({});
    const object = new Exposed();
    peer.registry.register(object, { id: "it", expose: ["close"] });
    for (const target of ["it", object]) {
      expect(peer.call(target, "close")).toBe("closed");
      expect(await refusal(() => peer.call(target, "open"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    }
  });

  it.each([
    ["opn", /"expose" of register\(Bare\) names "opn".*Did you mean "open"\?/],
    ["_open", /can't be exposed/],
    ["data", /"data", which holds data/],
  ])("refuses the name %s", (name, message) => {
    expect(() => new ObjectRegistry().register(new Bare(), { expose: [name] })).toThrow(message);
  });

  it.each([
    ["a function", () => 1],
    ["a class", Exposed],
    ["instances", instancesOf(Exposed, { mode: "session" })],
  ])("refuses %s", (_, object) => {
    expect(() => new ObjectRegistry().register(object, { expose: ["open"] })).toThrow(
      expect.objectContaining({ code: "HW_CANNOT_EXPOSE", message: expect.stringContaining("is for single objects") }),
    );
  });
});

describe("unregister", () => {
  it.each(["id", "object"])("takes an object back by its %s", async (by) => {
    const object = new Exposed();
    const peer = new Peer({ it: object });
    expect(peer.registry.unregister(by === "id" ? "it" : object)).toBe(true);
    expect(peer.registry.has("it")).toBe(false);
    expect(await refusal(() => peer.call("it", "open"))).toMatchObject({ code: "HW_NO_SUCH_OBJECT" });
    expect(peer.registry.register(object, { id: "it" })).toBe("it");
  });

  it("says no of what isn't registered", () => {
    const registry = new ObjectRegistry();
    expect(registry.unregister("it")).toBe(false);
    expect(registry.unregister(new Exposed())).toBe(false);
  });

  it("ends what was exposed for the one object, and leaves what its class exposes", async () => {
    const [bare, exposed] = [new Bare(), new Exposed()];
    const peer = new Peer({ exposed });
    peer.registry.register(bare, { id: "bare", expose: ["open"] });
    expect(peer.call(bare, "open")).toBe("bare");
    peer.registry.unregister(bare);
    peer.registry.unregister(exposed);
    expect(await refusal(() => peer.call(bare, "open"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(peer.call(exposed, "open")).toBe("opened");
  });

  it("opens nothing to who holds a reference: the members and the rules of the id go on", async () => {
    class Wide extends Exposed {
      look(): string {
        return "looked";
      }
    }
    const [narrow, ruled] = [new Wide(), new Exposed()];
    const peer = new Peer({ ruled }, { allows: (object) => object !== "ruled" });
    peer.registry.register(narrow, { id: "narrow", expose: ["look"] });
    for (const object of [narrow, ruled]) {
      expect(await refusal(() => peer.call(object, "open"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
      peer.registry.unregister(object);
      expect(await refusal(() => peer.call(object, "open"))).toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    }
  });
});
