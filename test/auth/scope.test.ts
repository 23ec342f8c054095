import { describe, expect, it } from "vitest";
import { formatScope, Scope, type ScopeOptions } from "../../src/auth/scope.js";
import { ConfigError, ProtocolError } from "../../src/errors/hearthwire-error.js";

describe("Scope", () => {
  it("allows everything when it is *", () => {
    expect(Scope.parse("*").allows("warehouse", "store")).toBe(true);
    expect(Scope.parse("*").allowsSome("warehouse")).toBe(true);
  });

  it.each<[string, string, string, boolean]>([
    ["warehouse", "warehouse", "store", true],
    ["warehouse", "warehouse", "", true],
    ["warehouse", "Warehouse", "store", false],
    ["warehouse", "warehouse2", "store", false],
    ["warehouse", "cart", "store", false],
    ["cart/add", "cart", "add", true],
    ["cart/add", "cart", "remove", false],
    ["cart/add", "cart", "", false],
    ["cart/add", "car", "t/add", false],
    ["cart/add\ncart/list", "cart", "list", true],
    ["cart/add\ncart", "cart", "remove", true],
    ["cart\ncart/add", "cart", "remove", true],
    ["warehouse\ncart/add", "warehouse", "store", true],
    ["warehouse\ncart/add", "cart", "store", false],
    ["cart/a/b", "cart", "a/b", true],
    ["cart/*", "cart", "add", false],
    ["__proto__/x", "__proto__", "x", true],
    ["cart", "__proto__", "x", false],
    ["cart/add", "cart", "constructor", false],
  ])("of %j says for %s and %s: %s", (text, object, member, allowed) => {
    expect(Scope.parse(text).allows(object, member)).toBe(allowed);
  });

  it("takes names of 256 characters", () => {
    const [object, member] = ["o".repeat(256), "m".repeat(256)];
    expect(Scope.parse(`${object}/${member}`).allows(object, member)).toBe(true);
  });

  it.each([
    ["nothing", ""],
    ["an empty line", "a\n\nb"],
    ["a line end at the end", "a\n"],
    ["* beside others", "a\n*"],
    ["* as an object", "*/add"],
    ["no object", "/add"],
    ["no member", "cart/"],
    ["a carriage return", "a\r\nb"],
    ["an object id of 257 characters", "x".repeat(257)],
    ["a member of 257 characters", `a/${"x".repeat(257)}`],
  ])("refuses %s", (_, text) => {
    expect(() => Scope.parse(text)).toThrow(ProtocolError);
  });
});

describe("formatScope", () => {
  it.each<[ScopeOptions | undefined, string]>([
    [undefined, "*"],
    [{ objects: ["a", "b"] }, "a\nb"],
    [{ members: ["a/x"] }, "a/x"],
    [{ objects: ["a"], members: ["b/x", "b/y"] }, "a\nb/x\nb/y"],
  ])("writes %j as %j, which parses", (options, text) => {
    expect(formatScope(options)).toBe(text);
    expect(() => Scope.parse(text)).not.toThrow();
  });

  it.each<[string, unknown]>([
    ["nothing", {}],
    ["empty lists", { objects: [], members: [] }],
    ["an object id with a slash", { objects: ["a/b"] }],
    ["an object id with a line end, which would be two", { objects: ["a\n*"] }],
    ["* among objects", { objects: ["*"] }],
    ["an empty object id", { objects: [""] }],
    ["an object id that is no string", { objects: [7] }],
    ["a member without an object", { members: ["add"] }],
    ["a member of every object", { members: ["*/add"] }],
    ["a member with a line end", { members: ["a/b\nc"] }],
    ["an empty member", { members: ["a/"] }],
  ])("refuses %s", (_, options) => {
    expect(() => formatScope(options as ScopeOptions)).toThrow(ConfigError);
  });
});
