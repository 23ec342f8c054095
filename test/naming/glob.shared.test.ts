import { describe, expect, it } from "vitest";
import { Glob } from "../../src/naming/glob.js";

describe("Glob", () => {
  it.each([
    ["shop/*", "shop/cart", true],
    ["shop/*", "shop/", true],
    ["shop/*", "shop/cart/1", false],
    ["shop/*", "other/cart", false],
    ["shop/**", "shop/cart/1", true],
    ["shop/**", "shop", false],
    ["**", "a/b/c", true],
    ["*", "a", true],
    ["*", "a/b", false],
    ["?", "a", true],
    ["?", "ab", false],
    ["?", "/", false],
    ["a?c", "abc", true],
    ["a?c", "a/c", false],
    ["**a*b", "a/ab", true],
    ["**a*b", "a/a/b", false],
    ["**/b/*c*d", "a/b/xcy/b/zcd", true],
    ["*a*b*", "xaxbx", true],
    ["*a*b*", "xbxax", false],
    ["a***b", "a/x/b", true],
    ["cart", "cart", true],
    ["cart", "cart2", false],
    ["a.c", "abc", false],
  ])("%s and %s: %s", (pattern, name, verdict) => {
    expect(new Glob(pattern).matches(name)).toBe(verdict);
  });

  it("says what all matches begin with", () => {
    expect(new Glob("shop/c*t").prefix).toBe("shop/c");
    expect(new Glob("shop/c*t").isLiteral).toBe(false);
    expect(new Glob("cart").isLiteral).toBe(true);
  });

  it("takes no longer for a pattern that makes backtracking engines stop", () => {
    const glob = new Glob(`${"**a*".repeat(31)}b`);
    const name = "a".repeat(128);
    const startMs = performance.now();
    for (let count = 0; count < 100; count++) expect(glob.matches(name)).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(2_000);
  });

  it("takes so little that one who watches by many such patterns keeps nobody waiting", () => {
    const glob = new Glob(`${"*a".repeat(31)}**${"?a*".repeat(20)}b`);
    const names = [`${"a".repeat(127)}c`, "a".repeat(128)];
    const startMs = performance.now();
    for (let count = 0; count < 10_000; count++) expect(glob.matches(names[count % 2]!)).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(1_500);
  });

  it("is right where a pattern has more tokens than a mask has bits in an element", () => {
    for (let length = 28; length <= 36; length++) {
      const text = "a".repeat(length);
      const glob = new Glob(`?${text}*b?**c`);
      expect(glob.matches(`x${text}/bxc`)).toBe(false);
      expect(glob.matches(`x${text}yybx/c`)).toBe(true);
      expect(glob.matches(`x${text}bxc`)).toBe(true);
      expect(glob.matches(`x${text.slice(1)}bxc`)).toBe(false);
    }
  });
});
