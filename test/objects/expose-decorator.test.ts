import { describe, expect, it } from "vitest";
import { exposureOf, exposureOfClass } from "../../src/objects/exposure.js";
import { shapesOf } from "../../src/objects/member.js";
import { decorated } from "./decorated.js";
import { Peer } from "./inbound.js";

function membersOf(Class: new () => object) {
  return shapesOf(exposureOfClass(Class) ?? new Map());
}

describe("@expose", () => {
  it("exposes the decorated members and nothing else, before any instance was made", () => {
    const Class = decorated(`class Decorated {
      @expose store() {}
      hidden() {}
      @expose *watch() {}
      @expose get level() { return 1 }
      set level(value) {}
      @expose get both() { return 1 }
      @expose set both(value) {}
      @expose accessor quantity = 1;
    }`);
    expect(membersOf(Class)).toEqual([
      ["both", "get set"],
      ["level", "get"],
      ["quantity", "get set"],
      ["store", "method"],
      ["watch", "stream"],
    ]);
  });

  it("makes members that can be called, read and written", () => {
    const Class = decorated(`class Decorated {
      #secret = 7;
      @expose add(a, b) { return a + b + this.#secret }
      @expose accessor quantity = 1;
    }`);
    const peer = new Peer({ object: new Class() });
    expect(peer.call("object", "add", 1, 2)).toBe(10);
    peer.set("object", "quantity", 5);
    expect(peer.get("object", "quantity")).toBe(5);
  });

  it("stays with a member that a subclass overrides", () => {
    const Class = decorated(`class Base { @expose name() { return "base" } }
      class Decorated extends Base { name() { return "sub" } own() {} }`);
    const peer = new Peer({ object: new Class() });
    expect(peer.call("object", "name")).toBe("sub");
    expect(membersOf(Class)).toEqual([["name", "method"]]);
  });

  it("works above another decorator", () => {
    const Class = decorated(`class Decorated { @expose @logged name() { return "logged" } }`);
    expect(new Peer({ object: new Class() }).call("object", "name")).toBe("logged");
  });

  it("says so when another decorator above it replaces the method", () => {
    const Class = decorated(`class Decorated { @logged @expose name() {} }`);
    expect(() => new Class()).toThrow(
      expect.objectContaining({
        code: "HW_CANNOT_EXPOSE",
        message: expect.stringMatching(/@expose on method "name": .*Write @expose first/),
      }),
    );
  });

  it("refuses a setter whose getter isn't exposed", () => {
    const Class = decorated(`class Decorated { get level() { return 1 } @expose set level(value) {} }`);
    expect(() => new Class()).toThrow(/@expose stands on the setter "level" of Decorated alone/);
  });

  it.each([
    ["a private method", "@expose #name() {}", /private and static members/],
    ["a static method", "@expose static make() {}", /private and static members/],
    ["a field", "@expose level = 1", /only methods, getters, setters and accessors/],
    ["a forbidden name", "@expose then() {}", /on method "then": this name can't be exposed/],
    ["a name beginning with _", "@expose _name() {}", /on method "_name": this name can't be exposed/],
    ["a symbol", "@expose [Symbol.iterator]() {}", /this name can't be exposed/],
  ])("refuses %s", (_, member, message) => {
    const define = () => decorated(`class Decorated { ${member} }`);
    expect(define).toThrow(expect.objectContaining({ name: "ConfigError", code: "HW_CANNOT_EXPOSE" }));
    expect(define).toThrow(message);
  });

  it("refuses a class", () => {
    expect(() => decorated("@expose class Decorated {}")).toThrow(/on class "Decorated": only methods/);
  });

  it("says what to do under experimentalDecorators", () => {
    const define = () => decorated("class Decorated { @expose store() {} }", { isLegacy: true });
    expect(define).toThrow(
      expect.objectContaining({
        code: "HW_CANNOT_EXPOSE",
        message: expect.stringContaining('expose(Warehouse, ["store"])'),
      }),
    );
  });
});

describe("@oneway", () => {
  it.each(["@expose @oneway", "@oneway @expose"])("makes an exposed method one-way as %s", (decorators) => {
    const Class = decorated(`class Decorated { ${decorators} notify() {} @expose store() {} }`);
    expect(membersOf(Class)).toEqual([
      ["notify", "oneway"],
      ["store", "method"],
    ]);
  });

  it("counts for a listed method and its overrides", () => {
    const Class = decorated(`class Base { @oneway notify() {} }
      expose(Base, ["notify"]);
      class Decorated extends Base { notify() {} }`);
    expect(membersOf(Class)).toEqual([["notify", "oneway"]]);
  });

  it("exposes nothing by itself", () => {
    const Class = decorated("class Decorated { @oneway notify() {} }");
    expect(exposureOf(new Class())).toBeUndefined();
  });

  it.each([
    ["a getter", "@oneway get level() { return 1 }", false],
    ["a field", "@oneway level = 1", false],
    ["a method under experimentalDecorators", "@oneway notify() {}", true],
  ])("refuses %s", (_, member, isLegacy) => {
    expect(() => decorated(`class Decorated { ${member} }`, { isLegacy })).toThrow(
      expect.objectContaining({
        code: "HW_CANNOT_EXPOSE",
        message: expect.stringContaining("@oneway stands on methods"),
      }),
    );
  });
});
