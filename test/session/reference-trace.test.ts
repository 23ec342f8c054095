import { afterEach, describe, expect, it } from "vitest";
import type { Connection } from "../../src/client/connection.js";
import { describe as describeObject } from "../../src/client/describe.js";
import { assign, release } from "../../src/client/proxy-functions.js";
import { expose } from "../../src/objects/expose.js";
import type { LiveReference } from "../../src/session/live-reference.js";
import { LinkedDaemon } from "../../src/testing/linked-daemon.js";

class Shelf {
  get label(): string {
    return "A1";
  }
  count(): number {
    return 1;
  }
}
expose(Shelf, ["label", "count"]);

class Shop {
  #listener: (() => void) | undefined;
  readonly kept: unknown[] = [];
  readonly #shelf = new Shelf();
  set listener(listener: (() => void) | undefined) {
    this.#listener = listener;
  }
  get listener(): (() => void) | undefined {
    return this.#listener;
  }
  open(): Shelf {
    return this.#shelf;
  }
  async openLater(): Promise<readonly Shelf[]> {
    await Promise.resolve();
    return [new Shelf()];
  }
  async *shelves(): AsyncGenerator<Shelf> {
    yield new Shelf();
  }
  join(...listeners: unknown[]): void {
    this.kept.push(...listeners);
  }
  async askBack(listener: () => Promise<unknown>): Promise<void> {
    this.kept.push(await listener());
  }
}
expose(Shop, {
  only: ["open", "openLater", "shelves", "join", "askBack", "listener"],
  members: { listener: { writable: true }, open: { idempotent: true } },
});

interface Objects {
  shop: Shop;
}

const opened: LinkedDaemon[] = [];
afterEach(async () => {
  for (const daemon of opened.splice(0)) await daemon.close();
});

interface Ends {
  readonly connection: Connection<Objects>;
  /** What each side lists. */
  near(): readonly LiveReference[];
  far(): readonly LiveReference[];
}

async function ends(traceReferences: boolean, { isReady = true } = {}): Promise<Ends> {
  const daemon = new LinkedDaemon({ shop: new Shop() }, { daemon: { traceReferences } });
  opened.push(daemon);
  const connection = daemon.connect<Objects>({ client: { traceReferences } });
  if (isReady) await connection.ready;
  const far = (): readonly LiveReference[] =>
    [...daemon.core.sessions.values()].flatMap((session) => session.references());
  return { connection, near: () => connection.references(), far };
}

/** Its first line, and whether this file stands in its stack. */
function origin(reference: LiveReference | undefined): readonly [string | undefined, boolean] {
  const [place, ...frames] = reference?.createdAt?.split("\n") ?? [];
  return [place, frames.some((frame) => frame.includes("reference-trace.test.ts"))];
}

describe("the listing of references", () => {
  it("shows both directions from both sides, with kind, number, count and members", async () => {
    const { connection, near, far } = await ends(false);
    const shop = connection.object("shop");
    const listener = (): void => undefined;
    await shop.join(listener, { again: listener }, new WritableStream());
    const shelf = await shop.open();
    await shop.open();
    expect(near()).toEqual([
      { direction: "given", kind: "function", id: 1, count: 2 },
      { direction: "given", kind: "writable", id: 2, count: 1 },
      { direction: "held", kind: "object", id: 1, count: 2, members: ["count", "label"] },
    ]);
    expect(far()).toEqual([
      { direction: "given", kind: "object", id: 1, count: 2, members: ["count", "label"] },
      { direction: "held", kind: "function", id: 1, count: 2 },
      { direction: "held", kind: "writable", id: 2, count: 1 },
    ]);
    expect(Object.isFrozen(near()[0])).toBe(true);
    release(shelf);
    expect(near().filter(({ direction }) => direction === "held")).toEqual([]);
    await expect.poll(() => far().filter(({ direction }) => direction === "given")).toEqual([]);
  });

  it("is empty before the session and after it", async () => {
    const daemon = new LinkedDaemon({ shop: new Shop() });
    opened.push(daemon);
    const connection = daemon.connect<Objects>();
    expect(connection.references()).toEqual([]);
    await connection.object("shop").join(() => undefined);
    expect(connection.references()).toHaveLength(1);
    await connection.close();
    expect(connection.references()).toEqual([]);
  });
});

describe("the option traceReferences", () => {
  it("tells of arguments the call, and on the caller's side where it was made", async () => {
    const { connection, near, far } = await ends(true);
    await connection.object("shop").join(() => undefined);
    expect(origin(near()[0])).toEqual(["args of shop.join", true]);
    expect(origin(far()[0])).toEqual(["args of shop.join", false]);
  });

  it("lets describe have its details", async () => {
    const { connection } = await ends(true);
    const { members } = await describeObject(connection.object("shop"));
    expect(members.find(({ name }) => name === "open")).toMatchObject({ isIdempotent: true });
  });

  it("knows where a call was made that had to wait for the handshake", async () => {
    const { connection, near } = await ends(true, { isReady: false });
    await connection.object("shop").join(() => undefined);
    expect(origin(near()[0])).toEqual(["args of shop.join", true]);
  });

  it("leaves this package's own frames out of the stack", async () => {
    const { connection, near } = await ends(true);
    await connection.object("shop").join(() => undefined);
    const frames = near()[0]?.createdAt?.split("\n").slice(1) ?? [];
    expect(frames[0]).toContain("reference-trace.test.ts");
    expect(frames.filter((frame) => frame.includes("/src/"))).toEqual([]);
  });

  it.each(["open", "openLater"] as const)(
    "tells of the result of %s the call, and on the caller's side where it was made",
    async (member) => {
      const { connection, near, far } = await ends(true);
      const result: unknown = await connection.object("shop")[member]();
      expect(origin(near()[0])).toEqual([`result of shop.${member}`, true]);
      expect(origin(far()[0])).toEqual([`result of shop.${member}`, false]);
      expect(result).toBeDefined();
    },
  );

  it("tells of a callback's result that it is one", async () => {
    const { connection, near, far } = await ends(true);
    await connection.object("shop").askBack(() => new Shelf() as never);
    const object = (list: readonly LiveReference[]): LiveReference | undefined =>
      list.find(({ kind }) => kind === "object");
    expect(origin(object(near()))[0]).toBe("result of a function");
    expect(origin(object(far()))).toEqual(["result of a function", true]);
  });

  it("tells of an accessor's value", async () => {
    const { connection, near, far } = await ends(true);
    const listener = (): void => undefined;
    await (assign as (remote: unknown, values: object) => Promise<void>)(connection.object("shop"), { listener });
    expect(origin(near()[0])).toEqual(["value of shop.listener", true]);
    expect(origin(far()[0])).toEqual(["value of shop.listener", false]);
  });

  it("tells of a stream's items", async () => {
    const { connection, near, far } = await ends(true);
    const shelves: unknown[] = [];
    for await (const shelf of connection.object("shop").shelves()) shelves.push(shelf);
    expect(origin(near()[0])).toEqual(["item of stream 1", false]);
    expect(origin(far()[0])).toEqual(["item", false]);
    expect(shelves).toHaveLength(1);
  });

  it("keeps where something was first given, and tells anew after its release", async () => {
    const { connection, near, far } = await ends(true);
    const shop = connection.object("shop");
    release(await shop.open());
    await expect.poll(() => far()).toEqual([]);
    const [shelf] = [await shop.open(), await shop.openLater()];
    expect(near().map((reference) => origin(reference)[0])).toEqual([
      "result of shop.open",
      "result of shop.openLater",
    ]);
    expect(shelf).toBeDefined();
  });

  it("leaves the length of the program's own stacks as it is", async () => {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 3;
    try {
      const { connection } = await ends(true);
      await connection.object("shop").join(() => undefined);
      expect(Error.stackTraceLimit).toBe(3);
    } finally {
      Error.stackTraceLimit = limit;
    }
  });
});
