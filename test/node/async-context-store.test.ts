import { expect, it } from "vitest";
import { callContext, runInContext, type CallContext } from "../../src/objects/call-context.js";
import { AsyncContextStore, installAsyncContext } from "../../src/node/async-context-store.js";

const context = (member: string): CallContext => ({ member }) as CallContext;

it("carries each call's own context through its awaits", async () => {
  const store = new AsyncContextStore();
  const seen = async (member: string): Promise<string | undefined> =>
    store.run(context(member), async () => {
      await Promise.resolve();
      return store.current()?.member;
    });
  expect(await Promise.all([seen("a"), seen("b")])).toEqual(["a", "b"]);
  expect(store.current()).toBeUndefined();
});

it("is what callContext() reads once it is installed", async () => {
  const read = (): Promise<string> =>
    runInContext(context("late"), async () => {
      await Promise.resolve();
      return callContext().member;
    });
  await expect(read()).rejects.toThrow(expect.objectContaining({ code: "HW_NO_CALL_CONTEXT" }));
  installAsyncContext();
  expect(await read()).toBe("late");
  expect(() => callContext()).toThrow(expect.objectContaining({ code: "HW_NO_CALL_CONTEXT" }));
});
