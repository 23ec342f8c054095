import { afterEach, beforeEach, expect, test } from "vitest";
import { InOrder } from "../../src/session/in-order.js";

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
