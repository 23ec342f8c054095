import { describe, expect, it, vi } from "vitest";
import { assign, isRemote, release } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { fakeRemote } from "../../src/testing/fake-remote.js";

interface Shelf {
  list(): string[];
  store(item: string, count: number): void;
  watch(): AsyncGenerator<string, void, void>;
  subscribe(listener: (item: string) => void): void;
  height: number;
}

describe("fakeRemote", () => {
  it("is a proxy whose methods return promises of what the test's functions return", async () => {
    const list = vi.fn(() => ["candle"]);
    const shelf: Remote<Shelf> = fakeRemote<Shelf>({ list });
    expect(isRemote(shelf)).toBe(true);
    expect(typeof shelf).toBe("object");
    expect(await shelf.list()).toEqual(["candle"]);
    expect(list).toHaveBeenCalledTimes(1);
  });

  it("may lack all members, which then fail as unknown ones", async () => {
    await expect(fakeRemote<Shelf>({}).list()).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER", member: "list" });
  });

  it("hands arguments on, callbacks as proxies", async () => {
    const store = vi.fn();
    const heard: string[] = [];
    const shelf = fakeRemote<Shelf>({
      store,
      subscribe: async (listener) => void (await listener("candle")),
    });
    await shelf.store("candle", 3);
    expect(store).toHaveBeenCalledWith("candle", 3);
    await shelf.subscribe((item) => void heard.push(item));
    expect(heard).toEqual(["candle"]);
  });

  it("streams from a generator", async () => {
    const shelf = fakeRemote<Shelf>({
      async *watch() {
        yield "a";
        yield "b";
      },
    });
    const items: string[] = [];
    for await (const item of shelf.watch()) items.push(item);
    expect(items).toEqual(["a", "b"]);
  });

  it("reads everything else as accessors, and writes it", async () => {
    const implementation = { height: 3 };
    const shelf = fakeRemote<Shelf>(implementation);
    expect(await shelf.height).toBe(3);
    await assign(shelf, { height: 4 });
    expect(implementation.height).toBe(4);
  });

  it("serves instances of classes, with their own `this`", async () => {
    class Plain {
      #items = ["candle"];
      list(): string[] {
        return this.#items;
      }
    }
    expect(await fakeRemote<Shelf>(new Plain()).list()).toEqual(["candle"]);
  });

  it("fails like a remote object: thrown errors, members that it lacks, what can't be sent", async () => {
    const shelf = fakeRemote<Shelf>({
      list: () => {
        throw new RangeError("empty");
      },
    });
    await expect(shelf.list()).rejects.toMatchObject({ name: "RangeError", message: "empty", delivery: "ran" });
    await expect(shelf.store("candle", 1)).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
  });

  it("can be released", async () => {
    const shelf = fakeRemote<Shelf>({ list: () => [] });
    await shelf.list();
    release(shelf);
    await expect(shelf.list()).rejects.toMatchObject({ code: "HW_RELEASED" });
  });
});
