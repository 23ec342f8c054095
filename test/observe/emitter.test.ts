import { afterEach, describe, expect, test, vi } from "vitest";
import { Emitter } from "../../src/observe/emitter.js";

interface Events {
  told: [text: string];
}

afterEach(() => void vi.restoreAllMocks());

describe("Emitter", () => {
  test("calls listeners in the order added, until they are removed", () => {
    const emitter = new Emitter<Events>();
    const heard: string[] = [];
    const remove = emitter.on("told", (text) => void heard.push(`a ${text}`));
    emitter.on("told", (text) => void heard.push(`b ${text}`));
    emitter.emit("told", "1");
    remove();
    emitter.emit("told", "2");
    expect(heard).toEqual(["a 1", "b 1", "b 2"]);
  });

  test("counts the same function twice, and each remover removes its own", () => {
    const emitter = new Emitter<Events>();
    let calls = 0;
    const listener = (): void => void calls++;
    const remove = emitter.on("told", listener);
    emitter.on("told", listener);
    remove();
    remove();
    emitter.emit("told", "");
    expect(calls).toBe(1);
  });

  test.each([
    [
      "throws",
      () => {
        throw new Error("mine");
      },
    ],
    [
      "rejects later",
      async () => {
        throw new Error("mine");
      },
    ],
  ])("goes on to the next listener when one %s, and reports it", async (_, failing) => {
    const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const emitter = new Emitter<Events>();
    let calls = 0;
    emitter.on("told", failing);
    emitter.on("told", () => void calls++);
    emitter.emit("told", "");
    await vi.waitFor(() =>
      expect(reported).toHaveBeenCalledWith(
        expect.stringContaining("told"),
        expect.objectContaining({ message: "mine" }),
      ),
    );
    expect(calls).toBe(1);
  });

  test("knows whether anybody listens", () => {
    const emitter = new Emitter<Events>();
    expect(emitter.hasListeners("told")).toBe(false);
    const remove = emitter.on("told", () => undefined);
    expect(emitter.hasListeners("told")).toBe(true);
    remove();
    expect(emitter.hasListeners("told")).toBe(false);
  });
});
