import { type } from "arktype";
import * as v from "valibot";
import { afterEach, describe, expect, test, vi } from "vitest";
import { z } from "zod";
import { CallError, RemoteError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import type { StandardSchema } from "../../src/objects/standard-schema.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

interface Order {
  item: string;
  count: number;
}
type OrderInput = readonly [StandardSchema<Order>, StandardSchema<string>];

const LIBRARIES: readonly (readonly [vendor: string, input: OrderInput])[] = [
  ["zod", [z.object({ item: z.string().min(1), count: z.number() }), z.string()]],
  ["valibot", [v.object({ item: v.pipe(v.string(), v.minLength(1)), count: v.number() }), v.string()]],
  ["arktype", [type({ item: "string>0", count: "number" }), type("string")]],
];

const ran = vi.fn();
afterEach(() => void ran.mockClear());

/** A shop, over the real wire, whose `place` is checked by these schemas. */
async function shopWith(input: OrderInput) {
  class Shop {
    place(order: Order, note: string): string {
      ran(order, note);
      return `${order.count} ${order.item}: ${note}`;
    }
  }
  expose(Shop, { members: { place: { input } } });
  return linkedPeers({ shop: new Shop() });
}

async function refusal(promise: PromiseLike<unknown>): Promise<CallError> {
  const error = await Promise.resolve(promise).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CallError) return error;
  throw new Error("the call was not refused", { cause: error });
}

describe.each(LIBRARIES)("schemas of %s", (_vendor, input) => {
  test("let arguments through that fit", async () => {
    await using peers = await shopWith(input);
    await expect(peers.object("shop").place({ item: "candle", count: 2 }, "soon")).resolves.toBe("2 candle: soon");
  });

  test("refuse before the method runs, with the issues and their paths", async () => {
    await using peers = await shopWith(input);
    const error = await refusal(peers.object("shop").place({ item: "", count: 2 }, 7 as never));
    expect(error).toMatchObject({ code: "HW_ARGUMENTS_INVALID", delivery: "not-sent" });
    expect(error.issues?.map(({ path }) => path)).toEqual([[0, "item"], [1]]);
    expect(error.issues?.every(({ message }) => message.length > 0)).toBe(true);
    expect(ran).not.toHaveBeenCalled();
  });

  test("refuse a missing argument and one too many", async () => {
    await using peers = await shopWith(input);
    const place = peers.object("shop").place as unknown as (...args: unknown[]) => Promise<unknown>;
    const missing = await refusal(place({ item: "candle", count: 2 }));
    expect(missing.issues?.map(({ path }) => path)).toEqual([[1]]);
    const tooMany = await refusal(place({ item: "candle", count: 2 }, "soon", "and more"));
    expect(tooMany.message).toContain("expected at most 2 arguments, got 3");
    expect(ran).not.toHaveBeenCalled();
  });
});

/** One member that is checked by one schema, over the real wire. */
async function checkedBy<T>(schema: StandardSchema<T>) {
  class Gate {
    enter(value: T): void {
      ran(value);
    }
  }
  // The schema is for a type parameter, which no list of parameter types can be computed from.
  expose(Gate, { members: { enter: { input: [schema] } } } as never);
  const peers = await linkedPeers({ gate: new Gate() });
  const enter = peers.object("gate").enter as unknown as (value: unknown) => Promise<unknown>;
  return Object.assign(peers, { enter });
}

describe("a schema", () => {
  test("hands on what it made of the argument", async () => {
    await using peers = await checkedBy(z.string().transform((text) => text.trim().length));
    await peers.enter(" four ");
    expect(ran).toHaveBeenCalledExactlyOnceWith(4);
  });

  test("may look asynchronously, in valibot too", async () => {
    await using zod = await checkedBy(z.string().refine(async (text) => text === "open"));
    await expect(zod.enter("closed")).rejects.toMatchObject({ code: "HW_ARGUMENTS_INVALID" });
    const isOpen = v.checkAsync<string, string>(async (text) => text === "open", "not open");
    await using valibot = await checkedBy(v.pipeAsync(v.string(), isOpen));
    await expect(valibot.enter("closed")).rejects.toMatchObject({ issues: [{ message: "not open", path: [0] }] });
    expect(ran).not.toHaveBeenCalled();
    await valibot.enter("open");
    await zod.enter("open");
    expect(ran).toHaveBeenCalledTimes(2);
  });

  const broken = new TypeError("rules are broken");
  const throwing = (): never => {
    throw broken;
  };
  test.each([
    ["throws", throwing],
    ["rejects", () => Promise.reject(broken)],
  ])("that %s fails the call as thrown code does: without a stack, and the daemon hears of it", async (_how, look) => {
    await using peers = await checkedBy({ "~standard": { version: 1, vendor: "own", validate: look } });
    const threw = vi.fn();
    peers.daemon.on("threw", threw);
    const error = await peers.enter("x").then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(RemoteError);
    const { name, message, details, remoteStack } = error as RemoteError;
    expect({ name, message, details, remoteStack }).toEqual({
      name: "TypeError",
      message: "rules are broken",
      details: {},
    });
    expect(threw).toHaveBeenCalledExactlyOnceWith(expect.any(TypeError), { object: "gate", member: "enter" });
    expect(ran).not.toHaveBeenCalled();
  });

  test("of a long list tells the first 64 issues and how many there are more", async () => {
    await using peers = await checkedBy(z.array(z.string()));
    const error = await refusal(peers.enter(Array.from({ length: 20_000 }, (_, index) => index)));
    expect(error.issues).toHaveLength(65);
    expect(error.issues?.[63]?.path).toEqual([0, 63]);
    expect(error.issues?.[64]).toEqual({ message: "and 19936 more issues" });
  });

  test("may name a symbol in a path, which is told as text", async () => {
    const tag = Symbol("tag");
    const validate = () => ({ issues: [{ message: "no tag", path: [tag] }] });
    await using peers = await checkedBy({ "~standard": { version: 1, vendor: "own", validate } });
    const error = await refusal(peers.enter({}));
    expect(error.issues).toEqual([{ message: "no tag", path: [0, "Symbol(tag)"] }]);
  });

  test("list that is none is refused when the class is exposed", () => {
    class Gate {
      enter(): void {}
    }
    for (const input of [{}, [undefined], [{ parse: () => 1 }], [{ "~standard": {} }]]) {
      const options = { members: { enter: { input } } } as never;
      expect(() => expose(Gate, options)).toThrow(/"enter" with "input" that is no array of Standard Schemas/);
    }
    expect(() => expose(Gate, { members: { enter: { input: [type("string")] } } } as never)).not.toThrow();
  });
});
