import { describe, expect, it } from "vitest";
import { Key } from "../../src/auth/key.js";
import { KeyRing } from "../../src/auth/key-ring.js";

const key = (id: string, use: "connect" | "mint" = "connect") => Key.generate({ id, use });

describe("KeyRing", () => {
  it("finds the keys it was made with and those added, in that order", () => {
    const [a, b] = [key("a"), key("b")];
    const ring = new KeyRing([a]).add(b);
    expect(ring.find("a")).toBe(a);
    expect(ring.find("b")).toBe(b);
    expect([...ring]).toEqual([a, b]);
  });

  it.each(["c", "__proto__", "constructor", ""])("finds nothing under %j", (id) => {
    expect(new KeyRing([key("a")]).find(id)).toBeUndefined();
  });

  it("refuses a second key of the same id", () => {
    const a = key("a");
    const ring = new KeyRing([a]);
    expect(() => ring.add(key("a"))).toThrow('"keys" already has a key with the id "a"; remove it first');
    expect(() => ring.add(a)).toThrow("already has a key");
    expect(() => new KeyRing([key("b"), key("b")])).toThrow("already has a key");
    expect(ring.find("a")).toBe(a);
  });

  it.each(["secret", undefined, {}, new Uint8Array(32)])("refuses what is no key: %j", (value) => {
    expect(() => new KeyRing([value as never])).toThrow(
      expect.objectContaining({ code: "HW_KEY_INVALID", message: expect.not.stringContaining("secret") as string }),
    );
  });

  it("takes a new key under the id of one that was removed", () => {
    const ring = new KeyRing([key("a")]);
    const again = key("a");
    expect(ring.remove("a")).toBe(true);
    expect(ring.find("a")).toBeUndefined();
    expect(ring.add(again).find("a")).toBe(again);
  });

  it("tells its listeners which key was removed, once it is gone", () => {
    const a = key("a");
    const ring = new KeyRing([a, key("b")]);
    const removed: [string, Key | undefined][] = [];
    ring.onRemoved((gone) => removed.push([gone, ring.find(gone)]));
    ring.remove("a");
    expect(removed).toEqual([["a", undefined]]);
  });

  it("tells nobody when there was nothing to remove", () => {
    const ring = new KeyRing([key("a")]);
    let calls = 0;
    ring.onRemoved(() => calls++);
    expect(ring.remove("b")).toBe(false);
    expect(calls).toBe(0);
  });

  it("tells no listener that was taken away", () => {
    const ring = new KeyRing([key("a"), key("b")]);
    let calls = 0;
    const stop = ring.onRemoved(() => calls++);
    ring.remove("a");
    stop();
    ring.remove("b");
    expect(calls).toBe(1);
  });

  describe("primary", () => {
    it("is the first key to connect with", () => {
      const [b, c] = [key("b"), key("c")];
      expect(new KeyRing([key("a", "mint"), b, c]).primary).toBe(b);
    });

    it("is an error that names the remedy when there is none", () => {
      expect(() => new KeyRing([key("a", "mint")]).primary).toThrow('"keys" has no key to connect with');
      expect(() => new KeyRing().primary).toThrow("Key.generate()");
    });
  });
});
