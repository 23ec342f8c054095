import { describe, expect, test } from "vitest";
import { CallError, LimitError } from "../../src/errors/hearthwire-error.js";
import { KnownMethods } from "../../src/telemetry/known-methods.js";

const OTHER = { object: "_OTHER", member: "_OTHER" };
const call = (object: string, member: string, isRelayed = false) => ({ object, member, isRelayed });

describe("KnownMethods", () => {
  test("gives the same name again, also for what failed", () => {
    const methods = new KnownMethods(10);
    const buy = methods.of(call("shop", "buy"), [new Error("sold out")]);
    expect(buy).toEqual({ object: "shop", member: "buy" });
    expect(methods.of(call("shop", "buy"), undefined)).toBe(buy);
    expect(methods.of(call("", ""), undefined)).toEqual({ object: "", member: "" });
  });

  test("does not know what isn't there, unless it was there before", () => {
    const methods = new KnownMethods(10);
    for (const code of ["HW_NO_SUCH_OBJECT", "HW_NO_SUCH_MEMBER"] as const) {
      const missing = [new CallError(code, "missing")] as const;
      expect(methods.of(call("shop", code), missing)).toEqual(OTHER);
      methods.of(call("shop", code), undefined);
      expect(methods.of(call("shop", code), missing)).toEqual({ object: "shop", member: code });
    }
    expect(methods.of(call("shop", "full"), [new LimitError("full", { limit: "x", allowed: 1 })])).not.toEqual(OTHER);
  });

  test("knows no names that peers gave each other", () => {
    expect(new KnownMethods(10).of(call("", "chosen", true), undefined)).toEqual(OTHER);
  });

  test("knows no more than it may", () => {
    const methods = new KnownMethods(2);
    for (const member of ["a", "b"])
      expect(methods.of(call("shop", member), undefined)).toEqual({ object: "shop", member });
    expect(methods.of(call("shop", "c"), undefined)).toEqual(OTHER);
    expect(methods.of(call("shop", "a"), undefined)).toEqual({ object: "shop", member: "a" });
  });
});
