import { afterEach, describe, expect, it, vi } from "vitest";

// Safari has neither symbol: a method under `[undefined]` would be named "undefined", and nothing would ever run it.
describe("dispose symbols", () => {
  const { dispose, asyncDispose } = Symbol;

  async function load() {
    vi.resetModules();
    return import("../../src/session/dispose-symbols.js");
  }

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("are the host's where it has them", async () => {
    expect(await load()).toMatchObject({ disposeSymbol: dispose, asyncDisposeSymbol: asyncDispose });
  });

  it("are registered ones where the host has none, as compilers take them", async () => {
    const native = Symbol;
    const older = Object.setPrototypeOf((description: string) => native(description), native) as SymbolConstructor;
    for (const name of ["dispose", "asyncDispose"]) Object.defineProperty(older, name, { value: undefined });
    vi.stubGlobal("Symbol", older);
    const loaded = await load();
    vi.unstubAllGlobals();
    expect(loaded).toMatchObject({
      disposeSymbol: Symbol.for("Symbol.dispose"),
      asyncDisposeSymbol: Symbol.for("Symbol.asyncDispose"),
    });
  });
});
