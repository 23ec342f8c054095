import { describe, expect, it } from "vitest";
import { connect } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { Key } from "../../src/auth/key.js";
import { connectionOf, release, withOptions } from "../../src/client/proxy-functions.js";
import { oneway } from "../../src/client/oneway.js";
import type { DaemonEvents } from "../../src/daemon/daemon-events.js";
import { expose } from "../../src/objects/expose.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

/** What new users did in their first hour, and expected. */
class Todo {
  readonly #watchers = new Set<(item: string) => void>();
  add(item: string): void {
    for (const watcher of this.#watchers) watcher(item);
  }
  async *watch(): AsyncGenerator<string, void, void> {
    const items: string[] = [];
    let wake = (): void => {};
    this.#watchers.add((item) => {
      items.push(item);
      wake();
    });
    for (;;) {
      while (items.length > 0) yield items.shift()!;
      await new Promise<void>((resolve) => (wake = resolve));
    }
  }
  fail(): void {
    throw new TypeError("on purpose");
  }
  async *failing(): AsyncGenerator<number, void, void> {
    yield 1;
    throw new TypeError("in mid-stream");
  }
}
expose(Todo, ["add", "watch", "fail", "failing"]);

describe("who watches and then changes something", () => {
  it("sees the change: a generator runs to its first step before the next call starts", async () => {
    await using peers = await linkedPeers({ todo: new Todo() });
    const todo = peers.object("todo");
    const changes = todo.watch()[Symbol.asyncIterator]();
    const first = changes.next();
    await todo.add("milk");
    expect((await first).value).toBe("milk");
    await changes.return?.();
  });

  it("has its failure at once, though nobody reads on", async () => {
    await using peers = await linkedPeers({
      now: {
        *boom(): Generator<number, void, void> {
          if (Date.now() > 0) throw new Error("first step");
          yield 1;
        },
      },
    });
    await expect(peers.object("now").boom()[Symbol.asyncIterator]().next()).rejects.toThrow("first step");
  });
});

describe("what called code throws", () => {
  it("is an event of the daemon, with the original and its stack", async () => {
    await using peers = await linkedPeers({ todo: new Todo() });
    const thrown: DaemonEvents["threw"][] = [];
    peers.daemon.on("threw", (...event) => thrown.push(event));
    await expect(peers.object("todo").fail()).rejects.toThrow("on purpose");
    expect(thrown).toEqual([[expect.any(TypeError), { object: "todo", member: "fail" }]]);
    expect(thrown[0]![0].stack).toContain("first-minutes.test");
  });

  it("in mid-stream is one too", async () => {
    await using peers = await linkedPeers({ todo: new Todo() });
    const thrown: DaemonEvents["threw"][] = [];
    peers.daemon.on("threw", (...event) => thrown.push(event));
    const items: number[] = [];
    const read = async (): Promise<void> => {
      for await (const item of peers.object("todo").failing()) items.push(item);
    };
    await expect(read()).rejects.toThrow("in mid-stream");
    expect([items, thrown.map(([error, call]) => [error.message, call])]).toEqual([
      [1],
      [["in mid-stream", { object: "todo", member: "failing" }]],
    ]);
  });

  it("is none when hearthwire itself refuses", async () => {
    await using peers = await linkedPeers({ todo: new Todo() });
    const thrown: unknown[] = [];
    peers.daemon.on("threw", (...event) => thrown.push(event));
    const todo = peers.object("todo") as unknown as { nothing(): Promise<void> };
    await expect(todo.nothing()).rejects.toMatchObject({ code: "HW_NO_SUCH_MEMBER" });
    expect(thrown).toEqual([]);
  });
});

it("a stream that the daemon's end cuts has run: its delivery says so", async () => {
  await using peers = await linkedPeers({ todo: new Todo() });
  const changes = peers.object("todo").watch()[Symbol.asyncIterator]();
  const first = changes.next();
  await peers.object("todo").add("milk");
  await first;
  const next = changes.next();
  await Promise.all([
    expect(next).rejects.toMatchObject({ code: "HW_CONNECTION_CLOSED", delivery: "ran" }),
    peers.daemon.close({ graceMs: 0 }),
  ]);
});

describe("over a socket", () => {
  it("a served function is called through its proxy", async () => {
    const key = Key.generate();
    await using daemon = await serve({ double: (n: number) => n * 2 }, { keys: key });
    const double = await connect<(n: number) => number>(daemon.url("double"), { key });
    expect(typeof double).toBe("function");
    expect(await double(21)).toBe(42);
    expect(await withOptions(double, { timeoutMs: 1_000 })(2)).toBe(4);
    release(double);
  });

  it("a one-way view refuses here what is not one-way there", async () => {
    const key = Key.generate();
    await using daemon = await serve({ todo: new Todo() }, { keys: key });
    const todo = await connect<Todo>(daemon.url("todo"), { key });
    const unobserved: unknown[] = [];
    connectionOf(todo).on("unobserved", (error, call) => unobserved.push([error.message, call]));
    oneway(todo).add("milk");
    expect(unobserved).toEqual([
      [
        '"add" is no one-way member: declare it one-way where it is exposed, or call it without oneway()',
        { object: "todo", member: "add" },
      ],
    ]);
    release(todo);
  });
});
