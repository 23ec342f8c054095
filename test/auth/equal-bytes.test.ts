import { describe, expect, it } from "vitest";
import { equalBytes } from "../../src/auth/equal-bytes.js";

describe("equalBytes", () => {
  it("is true for the same bytes in other memory", () => {
    expect(equalBytes(Uint8Array.of(1, 2, 255), Uint8Array.of(1, 2, 255))).toBe(true);
  });

  it("is true for no bytes", () => {
    expect(equalBytes(new Uint8Array(0), new Uint8Array(0))).toBe(true);
  });

  it("is false when any single bit differs", () => {
    const bytes = new Uint8Array(32).fill(0xa5);
    for (let bit = 0; bit < 256; bit++) {
      const other = bytes.slice();
      other[bit >> 3]! ^= 1 << (bit & 7);
      expect(equalBytes(bytes, other), `bit ${bit}`).toBe(false);
    }
  });

  it("is false when two differences would cancel each other out in a sum", () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(2, 1))).toBe(false);
    expect(equalBytes(Uint8Array.of(7, 7), Uint8Array.of(6, 6))).toBe(false);
  });

  it.each([
    [
      [1, 2],
      [1, 2, 3],
    ],
    [
      [1, 2, 3],
      [1, 2],
    ],
    [[], [0]],
    [[0], []],
  ])("is false for %j and %j, of other lengths", (a, b) => {
    expect(equalBytes(Uint8Array.from(a), Uint8Array.from(b))).toBe(false);
  });

  it("reads every byte, also after the first difference", () => {
    const read: string[] = [];
    const a = new Proxy(Uint8Array.of(9, 0, 0, 0), {
      get(target, key) {
        read.push(String(key));
        return Reflect.get(target, key, target) as unknown;
      },
    });
    expect(equalBytes(a, Uint8Array.of(1, 0, 0, 0))).toBe(false);
    expect(read.filter((key) => /^\d+$/.test(key))).toEqual(["0", "1", "2", "3"]);
  });
});
