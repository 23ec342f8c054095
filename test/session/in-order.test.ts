import { afterEach, beforeEach, expect, test } from "vitest";
import { InOrder } from "../../src/session/in-order.js";
import { collectGarbageUntil } from "./support/collect-garbage.js";

const unhandled: unknown[] = [];
let listeners: NodeJS.UnhandledRejectionListener[] = [];

beforeEach(() => {
  listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", (error) => unhandled.push(error));
});

afterEach(() => {
  process.removeAllListeners("unhandledRejection");
  for (const listener of listeners) process.on("unhandledRejection", listener);
  unhandled.length = 0;
});

/** Resolves when rejections that nobody handled have been told. */
const turnOfTheLoop = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("what comes early waits for what was asked for before it", async () => {
  const order = new InOrder();
  const taken: string[] = [];
  let comes!: (what: string) => void;
  order.add(new Promise<string>((resolve) => (comes = resolve)), (came) => taken.push(came));
  order.add("second", (came) => taken.push(came));
  order.add(Promise.resolve("third"), (came) => taken.push(came));
  await turnOfTheLoop();
  expect(taken).toEqual([]);
  expect(order.isWaiting).toBe(true);
  comes("first");
  await turnOfTheLoop();
  expect(taken).toEqual(["first", "second", "third"]);
  expect(order.isWaiting).toBe(false);
});

test("what is asked for while something is taken comes after what stood behind it", async () => {
  const order = new InOrder();
  const taken: string[] = [];
  order.add("first", (came) => {
    taken.push(came);
    order.add("third", (late) => taken.push(late));
  });
  order.add("second", (came) => taken.push(came));
  await turnOfTheLoop();
  expect(taken).toEqual(["first", "second", "third"]);
});

test("one that throws is told, and holds up nothing behind it", async () => {
  const order = new InOrder();
  const taken: string[] = [];
  const fault = new Error("a fault");
  order.add("first", () => {
    throw fault;
  });
  order.add(Promise.resolve("second"), (came) => taken.push(came));
  await turnOfTheLoop();
  expect(taken).toEqual(["second"]);
  expect(order.isWaiting).toBe(false);
  order.add("third", (came) => taken.push(came));
  await turnOfTheLoop();
  expect(taken).toEqual(["second", "third"]);
  expect(unhandled).toEqual([fault]);
});

test("what was taken is not kept while more is always on its way", async () => {
  const order = new InOrder();
  const taken: WeakRef<object>[] = [];
  let release!: () => void;
  const blocked = new Promise<void>((resolve) => (release = resolve));
  const addOne = (): void => {
    order.add({ bytes: new Uint8Array(1024) }, (came) => {
      taken.push(new WeakRef(came));
      if (taken.length < 100) addOne();
      else order.add(blocked, () => undefined);
    });
  };
  addOne();
  addOne();
  await turnOfTheLoop();
  expect(order.isWaiting).toBe(true);
  // The last one may stay, until what stands behind it has come.
  const kept = (): number => taken.filter((reference) => reference.deref() !== undefined).length;
  await collectGarbageUntil(() => kept() <= 1);
  expect(kept()).toBeLessThanOrEqual(1);
  release();
  await turnOfTheLoop();
  expect([taken.length, order.isWaiting]).toEqual([101, false]);
});
