import { describe, expect, it, vi } from "vitest";
import type { Principal } from "../../src/auth/principal.js";
import { accessRules, type AccessRules } from "../../src/objects/access-rules.js";
import type { Authorizer } from "../../src/objects/call-handler-options.js";
import { ConfigError } from "../../src/errors/hearthwire-error.js";

const ann: Principal = { kind: "key", id: "key:ann", subject: "ann" };
const bob: Principal = { kind: "ticket", id: "ticket:web/bob", subject: "bob" };
const isAnn: Authorizer = ({ principal }) => principal.id === "key:ann";

const ask = (authorize: Authorizer, use: string, principal = ann): boolean | Promise<boolean> => {
  const [object = "", member = ""] = use.split("/");
  return authorize({ principal, object, member });
};

describe("accessRules", () => {
  const rules = accessRules({
    open: true,
    shut: false,
    hers: isAnn,
    mixed: { read: true, write: isAnn, never: false },
    rest: { "*": isAnn, read: true },
  });

  it.each([
    ["open/anything", true, true],
    ["shut/anything", false, false],
    ["hers/anything", true, false],
    ["mixed/read", true, true],
    ["mixed/write", true, false],
    ["mixed/never", false, false],
    ["mixed/other", false, false],
    ["rest/read", true, true],
    ["rest/other", true, false],
    ["unknown/read", false, false],
    ["hearthwire.daemon/ping", false, false],
  ])("answers %s with %j for ann and %j for bob", (use, forAnn, forBob) => {
    expect([ask(rules, use, ann), ask(rules, use, bob)]).toEqual([forAnn, forBob]);
  });

  it.each(["__proto__/toString", "constructor/name", "mixed/constructor", "mixed/__proto__", "toString/call"])(
    "finds no rule in what every object has: %s",
    (use) => {
      expect(ask(rules, use)).toBe(false);
    },
  );

  it("lets through what is held by reference only, unless a rule stands there", () => {
    expect(ask(rules, "/read", bob)).toBe(true);
    expect(ask(accessRules({ "*": false }), "/read")).toBe(true);
    const table = accessRules({ "": { read: true } });
    expect([ask(table, "/read"), ask(table, "/write")]).toEqual([true, false]);
  });

  it("takes * for all other objects", () => {
    const table = accessRules({ open: true, "*": { read: isAnn } });
    expect([
      ask(table, "open/x", bob),
      ask(table, "any/read"),
      ask(table, "any/read", bob),
      ask(table, "any/x"),
    ]).toEqual([true, true, false, false]);
  });

  it("asks a rule with the whole request and gives its answer, a promise too", async () => {
    const rule = vi.fn<Authorizer>(async () => true);
    const request = { principal: ann, object: "hers", member: "read", remoteAddress: "10.0.0.1" };
    await expect(accessRules({ hers: rule })(request)).resolves.toBe(true);
    expect(rule).toHaveBeenCalledExactlyOnceWith(request);
  });

  it("doesn't see what the table becomes later", () => {
    const table: Record<string, boolean> = { open: false };
    const authorize = accessRules(table);
    table["open"] = true;
    expect(ask(authorize, "open/read")).toBe(false);
  });

  it.each<[string, unknown, string]>([
    ["no table", undefined, "rules"],
    ["null", null, "rules"],
    ["a text for an object", { shop: "admin" }, "shop"],
    ["null for an object", { shop: null }, "shop"],
    ["a number for a member", { shop: { buy: 1 } }, "shop.buy"],
    ["a list for a member", { shop: { buy: ["ann"] } }, "shop.buy"],
  ])("refuses %s", (_what, table, place) => {
    const make = (): unknown => accessRules(table as AccessRules<object>);
    expect(make).toThrow(ConfigError);
    expect(make).toThrow(expect.objectContaining({ code: "HW_OPTION_INVALID" }));
    expect(make).toThrow(new RegExp(`^"${place}" of accessRules must be`));
  });

  it("takes undefined for left out", () => {
    expect(ask(accessRules({ shop: undefined }), "shop/buy")).toBe(false);
  });
});
