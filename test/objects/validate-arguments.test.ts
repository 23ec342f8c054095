import { describe, expect, it, vi } from "vitest";
import { CallError } from "../../src/errors/hearthwire-error.js";
import { expose } from "../../src/objects/expose.js";
import type { StandardSchema } from "../../src/objects/standard-schema.js";
import { Peer, settled } from "./inbound.js";

type Validate = StandardSchema<never>["~standard"]["validate"];

function schema<T>(validate: Validate): StandardSchema<T> {
  return { "~standard": { version: 1, vendor: "test", validate } };
}

const text = schema<string>((value) =>
  typeof value === "string" ? { value: value.trim() } : { issues: [{ message: "expected text" }] },
);
const count = schema<{ n: number }>(async (value) => {
  await settled();
  const n = (value as { n?: unknown } | undefined)?.n;
  return typeof n === "number"
    ? { value }
    : { issues: [{ message: "expected a number", path: ["list", 0, { key: "n" }] }] };
});

/** A peer of one method that has schemas, and what the method was given. */
function served(input: { title?: boolean; count?: boolean }) {
  const ran = vi.fn();
  class Shelf {
    store(title: string, amount: { n: number }) {
      ran(title, amount);
      return "stored";
    }
    label(title: string) {
      ran(title);
      return "labelled";
    }
  }
  if (input.count === true) expose(Shelf, { members: { store: { input: [text, count] } } });
  else expose(Shelf, { members: { label: { input: [text] } } });
  return { ran, peer: new Peer({ shelf: new Shelf() }) };
}

async function issuesOf(run: () => unknown): Promise<CallError> {
  try {
    await run();
  } catch (error) {
    return error as CallError;
  }
  throw new Error("the arguments were accepted");
}

describe("input schemas", () => {
  it("give the method what they made of the arguments, in the same turn where they can", () => {
    const { ran, peer } = served({ title: true });
    expect(peer.call("shelf", "label", "  apples ")).toBe("labelled");
    expect(ran).toHaveBeenCalledExactlyOnceWith("apples");
  });

  it("may be asynchronous", async () => {
    const { ran, peer } = served({ count: true });
    await expect(peer.call("shelf", "store", " a", { n: 1 })).resolves.toBe("stored");
    expect(ran).toHaveBeenCalledExactlyOnceWith("a", { n: 1 });
  });

  it("refuse wrong arguments before the method, with the issues of all of them", async () => {
    const { ran, peer } = served({ count: true });
    const error = await issuesOf(() => peer.call("shelf", "store", 5, {}));
    expect(error).toMatchObject({
      name: "CallError",
      code: "HW_ARGUMENTS_INVALID",
      message: 'The arguments of "store" are invalid: args[0]: expected text; args[1].list[0].n: expected a number',
      issues: [
        { message: "expected text", path: [0] },
        { message: "expected a number", path: [1, "list", 0, "n"] },
      ],
    });
    expect(ran).not.toHaveBeenCalled();
  });

  it("see a missing argument as undefined", async () => {
    const { ran, peer } = served({ title: true });
    expect(await issuesOf(() => peer.call("shelf", "label"))).toMatchObject({ issues: [{ path: [0] }] });
    expect(ran).not.toHaveBeenCalled();
  });

  it.each([2, 10_000])("refuse %i arguments where there is one schema", async (amount) => {
    const { ran, peer } = served({ title: true });
    const args = Array.from({ length: amount }, () => "a");
    expect(await issuesOf(() => peer.call("shelf", "label", ...args))).toMatchObject({
      code: "HW_ARGUMENTS_INVALID",
      issues: [{ message: `expected at most 1 arguments, got ${amount}` }],
    });
    expect(ran).not.toHaveBeenCalled();
  });

  it("aren't run for a peer that may not call the method", () => {
    const validate = vi.fn<Validate>((value) => ({ value }));
    class Shelf {
      label(_title: string) {}
    }
    expose(Shelf, { members: { label: { input: [schema<string>(validate)] } } });
    expect(() => new Peer({ shelf: new Shelf() }, { authorize: () => false }).call("shelf", "label", "a")).toThrow(
      CallError,
    );
    expect(validate).not.toHaveBeenCalled();
  });
});

describe("a member without schemas", () => {
  it.each([1_001, 10_000, 99_000])("isn't run with %i arguments, which only a hostile peer sends", async (amount) => {
    const ran = vi.fn();
    const args = Array.from({ length: amount }, () => 1);
    const peer = new Peer({ object: { run: ran } });
    for (const target of ["object", ran]) {
      const run = () => peer.call(target, target === ran ? "" : "run", ...args);
      expect(await issuesOf(run)).toMatchObject({
        code: "HW_ARGUMENTS_INVALID",
        issues: [{ message: `expected at most 1000 arguments, got ${amount}` }],
      });
    }
    expect(ran).not.toHaveBeenCalled();
  });

  it("takes up to 1000 arguments, whatever it declares, as JavaScript does", () => {
    const peer = new Peer({ object: { count: (...args: unknown[]) => args.length, first: (value: unknown) => value } });
    expect(peer.call("object", "count", ...Array.from({ length: 1_000 }, () => 1))).toBe(1_000);
    expect(peer.call("object", "first")).toBeUndefined();
    expect(peer.call("object", "first", 1, 2, 3)).toBe(1);
  });
});
