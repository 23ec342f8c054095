import { describe, expect, it, vi } from "vitest";
import { ConfigError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import { exposureOf, exposureOfClass } from "../../src/objects/exposure.js";
import { shapesOf } from "../../src/objects/member.js";

type LooseExpose = (Class: unknown, members?: unknown, descriptor?: unknown) => unknown;
const looseExpose = expose as LooseExpose;

function membersOf(instance: object) {
  return shapesOf(exposureOf(instance) ?? new Map());
}

function warehouse() {
  return class Warehouse {
    reads = 0;
    inField = () => 1;
    store() {}
    list() {}
    *watch() {}
    async *follow() {}
    notify() {}
    get quantity() {
      this.reads++;
      return 1;
    }
    set quantity(_value: number) {}
    get label() {
      return "";
    }
    set writeOnly(_value: number) {}
    _hidden() {}
    "a.b"() {}
    static make() {}
  };
}

describe("expose(Class, [...])", () => {
  it("exposes the listed members and nothing else", () => {
    const Warehouse = warehouse();
    expose(Warehouse, ["store", "watch", "follow", "quantity"]);
    expect(membersOf(new Warehouse())).toEqual([
      ["follow", "stream"],
      ["quantity", "get"],
      ["store", "method"],
      ["watch", "stream"],
    ]);
  });

  it("returns the class itself", () => {
    const Warehouse = warehouse();
    expect(expose(Warehouse, ["store"])).toBe(Warehouse);
  });

  it("keeps its list under the registered symbol, out of sight of enumeration", () => {
    const Warehouse = warehouse();
    const keysBefore = Object.keys(Warehouse);
    expose(Warehouse, ["store"]);
    expect(Object.getOwnPropertyDescriptor(Warehouse, Symbol.for("hearthwire.exposed/1"))).toMatchObject({
      enumerable: false,
      value: new Map([["store", expect.anything()]]),
    });
    expect(Object.keys(Warehouse)).toEqual(keysBefore);
  });

  it("adds to an earlier list, also after the class was used", () => {
    const Warehouse = warehouse();
    expose(Warehouse, ["store"]);
    const used = new Warehouse();
    expect(membersOf(used)).toEqual([["store", "method"]]);
    expose(Warehouse, ["list"]);
    expect(membersOf(used)).toEqual([
      ["list", "method"],
      ["store", "method"],
    ]);
  });

  it("takes an empty list: the instances travel by reference and can do nothing", () => {
    const Warehouse = warehouse();
    expose(Warehouse, []);
    expect(exposureOf(new Warehouse())?.size).toBe(0);
    expect(exposureOf(new (warehouse())())).toBeUndefined();
  });

  it("runs no getter", () => {
    const Warehouse = warehouse();
    const instance = new Warehouse();
    expose(Warehouse, ["quantity"]);
    membersOf(instance);
    expect(instance.reads).toBe(0);
  });

  it.each([
    ["_hidden", /"_hidden", which can't be exposed: names that are empty, dotted or begin with "_"/],
    ["", /"", which can't be exposed/],
    ["a.b", /"a.b", which can't be exposed/],
    ["constructor", /"constructor", which can't be exposed/],
    ["prototype", /"prototype", which can't be exposed/],
    ["__proto__", /"__proto__", which can't be exposed/],
    ["then", /"then", which can't be exposed.*Give the method another name/],
    ["toJSON", /"toJSON", which can't be exposed/],
    ["stor", /"stor", which is no method or accessor of Warehouse\. Did you mean "store"\?/],
    ["Watch", /"Watch", .*Did you mean "watch"\?/],
    ["nothingLikeIt", /"nothingLikeIt", which is no method or accessor of Warehouse\. List methods and accessors/],
    ["inField", /"inField", which is no method .*a function kept in a field must become a method/],
    ["make", /"make", which is no method or accessor/],
    ["writeOnly", /"writeOnly", which can only be written.*Write a getter/],
    [Symbol("store"), /names Symbol\(store\): members are named by strings/],
  ])("refuses to expose %s", (name, message) => {
    const Warehouse = warehouse();
    const refused = () => looseExpose(Warehouse, ["list", name]);
    expect(refused).toThrow(ConfigError);
    expect(refused).toThrow(expect.objectContaining({ code: "HW_CANNOT_EXPOSE" }));
    expect(refused).toThrow(message);
    expect(refused).toThrow(/^"members" of expose\(Warehouse\) names /);
    expect(exposureOfClass(Warehouse)).toBeUndefined();
  });

  it.each(Object.getOwnPropertyNames(Object.prototype))(
    "refuses to expose Object.prototype's %s, overridden too",
    (name) => {
      const Class = class {};
      Object.defineProperty(Class.prototype, name, { value: () => 1, configurable: true });
      expect(() => looseExpose(Class, [name])).toThrow(/can't be exposed/);
    },
  );

  it("refuses data on the prototype", () => {
    class Legacy {}
    Object.defineProperty(Legacy.prototype, "level", { value: 3 });
    expect(() => looseExpose(Legacy, ["level"])).toThrow(/"level", which holds data.*Write a getter/);
  });

  it.each([
    ["an object", {}],
    ["an arrow function", () => {}],
    ["null", null],
    ["a string", "Warehouse"],
  ])("refuses %s in the place of the class", (_, target) => {
    expect(() => looseExpose(target, ["store"])).toThrow(/"Class" of expose must be a class, got /);
  });

  it.each([[undefined], [null], [5]])("refuses %s in the place of the list", (members) => {
    expect(() => looseExpose(warehouse(), members)).toThrow(/expose\(Warehouse\) needs the members/);
  });

  it("says what to do when called as a legacy decorator", () => {
    const { prototype } = warehouse();
    const legacy = () => looseExpose(prototype, "store", Object.getOwnPropertyDescriptor(prototype, "store"));
    expect(legacy).toThrow(expect.objectContaining({ code: "HW_CANNOT_EXPOSE" }));
    expect(legacy).toThrow(/@expose on "store" .*"experimentalDecorators".*expose\(Warehouse, \["store"\]\)/);
  });
});

describe("expose(Class, options)", () => {
  it("takes a class of somebody else's, and leaves its instances as they were", () => {
    const rules = new Intl.PluralRules("en");
    expect(exposureOf(rules)).toBeUndefined();
    expose(Intl.PluralRules, { only: ["select"] });
    expect(membersOf(rules)).toEqual([["select", "method"]]);
    expect(Reflect.ownKeys(rules)).toEqual([]);
  });

  it("exposes those under `only`, with the options under `members`", () => {
    const Warehouse = warehouse();
    expose(Warehouse, {
      only: ["notify", "quantity", "label"],
      members: { notify: { oneway: true }, quantity: { writable: true } },
    });
    expect(membersOf(new Warehouse())).toEqual([
      ["label", "get"],
      ["notify", "oneway"],
      ["quantity", "get set"],
    ]);
  });

  it("exposes the names under `members` when nothing else is said", () => {
    const Warehouse = warehouse();
    expose(Warehouse, { members: { notify: { oneway: true }, store: { idempotent: true } } });
    expect(membersOf(new Warehouse())).toEqual([
      ["notify", "oneway"],
      ["store", "method", 1],
    ]);
    expect(exposureOf(new Warehouse())?.get("store")?.isIdempotent).toBe(true);
  });

  it("exposes everything public but what stands under `except`, inherited members too", () => {
    class Base {
      fromBase() {}
    }
    class Store extends Base {
      store() {}
      drop() {}
      get level() {
        return 1;
      }
      set only(_value: number) {}
      _own() {}
    }
    expose(Store, { except: ["drop"] });
    expect(membersOf(new Store())).toEqual([
      ["fromBase", "method"],
      ["level", "get"],
      ["store", "method"],
    ]);
    expect(exposureOf(new Base())).toBeUndefined();
  });

  it.each([
    [{}, /exposes nothing: give "only", "except" or "members"/],
    [{ only: ["store"], except: ["list"] }, /takes "only" or "except", not both/],
    [{ only: "store" }, /takes an array of names as "only"/],
    [{ except: "store" }, /takes an array of names as "except"/],
    [{ members: 5 }, /takes an object of options by name as "members"/],
    [{ only: ["stor"] }, /"only" of expose\(Warehouse\) names "stor".*Did you mean "store"/],
    [{ except: ["stor"] }, /"except" of expose\(Warehouse\) names "stor".*Did you mean "store"/],
    [{ only: ["store"], members: { list: {} } }, /describes "list" in "members", but doesn't expose it/],
    [{ except: ["list"], members: { list: {} } }, /describes "list" in "members", but doesn't expose it/],
    [{ members: { watch: { oneway: true } } }, /"watch" as one-way, but a stream has an answer/],
    [{ members: { quantity: { oneway: true } } }, /"quantity" as one-way, but an accessor has an answer/],
    [{ members: { label: { writable: true } } }, /"label" as writable, but it has no setter/],
    [{ members: { store: { writable: true } } }, /"store" as writable, but it has no setter/],
    [{ members: { label: { input: [] } } }, /"label" with "input", but an accessor has no parameters/],
  ])("refuses %j", (options, message) => {
    const Warehouse = warehouse();
    const refused = () => looseExpose(Warehouse, options);
    expect(refused).toThrow(expect.objectContaining({ name: "ConfigError", code: "HW_CANNOT_EXPOSE" }));
    expect(refused).toThrow(message);
    expect(exposureOfClass(Warehouse)).toBeUndefined();
  });
});

describe("inheritance", () => {
  it("gives a subclass the members of its base, and the base none of the subclass", () => {
    class Base {
      first() {}
    }
    class Sub extends Base {
      second() {}
    }
    expose(Base, ["first"]);
    expose(Sub, ["second"]);
    expect(membersOf(new Sub())).toEqual([
      ["first", "method"],
      ["second", "method"],
    ]);
    expect(membersOf(new Base())).toEqual([["first", "method"]]);
  });

  it("knows a subclass that lists nothing itself, and not its own members", () => {
    class Base {
      first() {}
    }
    class Sub extends Base {
      own() {}
    }
    expose(Base, ["first"]);
    expect(membersOf(new Sub())).toEqual([["first", "method"]]);
  });

  it("counts what a base exposes after its subclass did", () => {
    class Base {
      first() {}
    }
    class Sub extends Base {
      second() {}
    }
    expose(Sub, ["second"]);
    membersOf(new Sub());
    expose(Base, ["first"]);
    expect(membersOf(new Sub())).toEqual([
      ["first", "method"],
      ["second", "method"],
    ]);
  });

  it("lets a subclass list a method of its base that the base keeps private", () => {
    class Base {
      inherited() {}
    }
    class Sub extends Base {}
    expose(Sub, ["inherited"]);
    expect(membersOf(new Sub())).toEqual([["inherited", "method"]]);
    expect(exposureOf(new Base())).toBeUndefined();
  });

  it("describes an override as what it is", () => {
    class Base {
      items(): Iterable<number> {
        return [];
      }
      get level() {
        return 1;
      }
      set level(_value: number) {}
    }
    class Sub extends Base {
      override *items() {}
      override get level() {
        return 2;
      }
    }
    expose(Base, { members: { items: {}, level: { writable: true } } });
    expect(membersOf(new Sub())).toEqual([
      ["items", "stream"],
      ["level", "get"],
    ]);
  });

  it("drops a member that a subclass has overridden with data", () => {
    class Base {
      first() {}
    }
    class Sub extends Base {}
    Object.defineProperty(Sub.prototype, "first", { value: "secret" });
    expose(Base, ["first"]);
    expect(membersOf(new Sub())).toEqual([]);
  });
});

describe("a second copy of the package", () => {
  it("knows the classes that the first one exposed", async () => {
    class Shelf {
      store() {}
    }
    expose(Shelf, ["store"]);
    vi.resetModules();
    const second = await import("../../src/objects/exposure.js");
    expect(second.exposureOf).not.toBe(exposureOf);
    expect([...(second.exposureOf(new Shelf())?.keys() ?? [])]).toEqual(["store"]);
  });
});
