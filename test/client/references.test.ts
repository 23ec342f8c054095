import { afterEach, describe, expect, it } from "vitest";
import type { Connection } from "../../src/client/connection.js";
import { release, sameRemote } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { expose } from "../../src/objects/expose.js";
import { asyncDisposeSymbol, disposeSymbol } from "../../src/session/dispose-symbols.js";
import { type FakeClock, fakeClock } from "../../src/testing/fake-clock.js";
import { LinkedDaemon } from "../../src/testing/linked-daemon.js";
import { collectGarbageUntil } from "../session/support/collect-garbage.js";

class Box {
  readonly content: string;
  constructor(content: string) {
    this.content = content;
  }
  open(): string {
    return this.content;
  }
}
expose(Box, ["open"]);

/** Keeps what it is given, and gives what it has. */
class Desk {
  readonly box = new Box("the daemon's");
  readonly kept: unknown[] = [];
  give(): Box {
    return this.box;
  }
  async giveTwice(): Promise<readonly Box[]> {
    return [this.box, this.box];
  }
  keep(...values: unknown[]): void {
    this.kept.push(...values);
  }
  isBox(value: unknown): boolean {
    return value === this.box;
  }
  async openKept(): Promise<unknown> {
    return (this.kept.at(-1) as Remote<Box>).open();
  }
  async callKept(): Promise<unknown> {
    return (this.kept.at(-1) as () => unknown)();
  }
  async handBack(take: (value: unknown) => void): Promise<void> {
    await take(this.kept.at(-1));
  }
  drop(): void {
    release(...(this.kept.splice(0) as Remote<Box>[]));
  }
}
expose(Desk, ["give", "giveTwice", "keep", "isBox", "openKept", "callKept", "handBack", "drop"]);

interface Objects {
  desk: Desk;
}

const opened: { readonly daemon: LinkedDaemon; readonly clock: FakeClock }[] = [];
afterEach(async () => {
  for (const { daemon, clock } of opened.splice(0)) {
    const closed = daemon.close();
    await clock.advance(1_000);
    await closed;
  }
});

interface Ends {
  readonly desk: Desk;
  readonly remote: Remote<Desk>;
  readonly connection: Connection<Objects>;
  readonly clock: FakeClock;
  /** How often each side's lists count something: near held, near given, far held, far given. */
  counts(): readonly number[];
}

async function ends({ latencyMs = 0, maxReferences = 4096 } = {}): Promise<Ends> {
  const clock = fakeClock();
  const desk = new Desk();
  const daemon = new LinkedDaemon({ desk }, { clock, daemon: { limits: { maxReferences } } });
  opened.push({ daemon, clock });
  const connection = daemon.connect<Objects>({ link: { latencyMs } });
  await clock.advance(10 * latencyMs);
  await connection.ready;
  const counts = (): readonly number[] => {
    const near = connection.references();
    const far = [...daemon.core.sessions.values()].flatMap((session) => session.references());
    return [near, far].flatMap((list) =>
      ["held", "given"].map((side) =>
        list.filter(({ direction }) => direction === side).reduce((sum, { count }) => sum + count, 0),
      ),
    );
  };
  return { desk, remote: connection.object("desk"), connection, clock, counts };
}

describe("an object that is given by reference", () => {
  it("is the same proxy in one payload and in two, and another after its release", async () => {
    const { remote, counts } = await ends();
    const [first, second] = await remote.giveTwice();
    expect(second).toBe(first);
    expect(await remote.give()).toBe(first);
    release(first as Remote<Box>);
    const again = await remote.give();
    expect(again).not.toBe(first);
    expect(sameRemote(again, first)).toBe(false);
    await expect(again.open()).resolves.toBe("the daemon's");
    expect(counts()).toEqual([1, 0, 0, 1]);
  });

  it("is the same proxy in the other direction as well", async () => {
    const { remote, desk } = await ends();
    const box = new Box("the client's");
    await remote.keep(box as never, box as never);
    await remote.keep(box as never);
    expect(new Set(desk.kept).size).toBe(1);
    const [first] = desk.kept;
    await remote.drop();
    await remote.keep(box as never);
    expect(desk.kept[0]).not.toBe(first);
    await expect(remote.openKept()).resolves.toBe("the client's");
  });

  it("is the very object when it comes home, in both directions", async () => {
    const { remote } = await ends();
    await expect(remote.isBox((await remote.give()) as never)).resolves.toBe(true);
    const box = new Box("the client's");
    await remote.keep(box as never);
    let home: unknown;
    await remote.handBack((value) => void (home = value));
    expect(home).toBe(box);
  });

  it("outlives the call that brought it", async () => {
    const { remote, clock } = await ends();
    let calls = 0;
    await remote.keep((() => ++calls) as never);
    await clock.advance(60 * 60_000);
    await expect(remote.callKept()).resolves.toBe(1);
    await expect(remote.callKept()).resolves.toBe(2);
  });

  it.each([
    ["using", (proxy: Remote<Box>) => (proxy as unknown as Record<symbol, () => void>)[disposeSymbol]?.()],
    [
      "await using",
      (proxy: Remote<Box>) => (proxy as unknown as Record<symbol, () => Promise<void>>)[asyncDisposeSymbol]?.(),
    ],
  ])("is released at the end of %s", async (_, dispose) => {
    const { remote, counts } = await ends();
    const proxy = await remote.give();
    await dispose(proxy as Remote<Box>);
    await expect(proxy.open()).rejects.toMatchObject({ code: "HW_RELEASED" });
    await expect.poll(counts).toEqual([0, 0, 0, 0]);
  });

  it("is released when the proxy is collected", async () => {
    const { remote, counts } = await ends();
    await (async () => {
      await (await remote.give()).open();
    })();
    await collectGarbageUntil(() => counts().every((count) => count === 0));
    expect(counts()).toEqual([0, 0, 0, 0]);
  });
});

describe("a release that crosses with the same object sent again", () => {
  it("gives back what had come until then, and no more", async () => {
    const { remote, clock, counts } = await ends({ latencyMs: 50 });
    const first = remote.give();
    await clock.advance(100);
    const proxy = (await first) as Remote<Box>;
    const second = remote.give();
    await clock.advance(60); // the second is on its way
    expect(counts()).toEqual([1, 0, 0, 2]);
    release(proxy);
    await clock.advance(40);
    const again = (await second) as Remote<Box>;
    expect(again).not.toBe(proxy);
    await clock.advance(60);
    expect(counts()).toEqual([1, 0, 0, 1]);
    const contents = again.open();
    await clock.advance(100);
    await expect(contents).resolves.toBe("the daemon's");
    release(again);
    await clock.advance(60);
    expect(counts()).toEqual([0, 0, 0, 0]);
  });

  it("does so in the other direction as well", async () => {
    const { remote, desk, clock, counts } = await ends({ latencyMs: 50 });
    const box = new Box("the client's");
    const kept = remote.keep(box as never);
    await clock.advance(100);
    await kept;
    const again = remote.keep(box as never);
    await clock.advance(10);
    release(...(desk.kept.splice(0) as Remote<Box>[]));
    await clock.advance(100);
    await again;
    expect(counts()).toEqual([0, 1, 1, 0]);
    const contents = remote.openKept();
    await clock.advance(200);
    await expect(contents).resolves.toBe("the client's");
    const dropped = remote.drop();
    await clock.advance(200);
    await dropped;
    expect(counts()).toEqual([0, 0, 0, 0]);
  });

  it("leaves nothing behind when the object is sent home at that moment", async () => {
    const { remote, clock, counts } = await ends({ latencyMs: 50 });
    const first = remote.give();
    await clock.advance(100);
    const proxy = (await first) as Remote<Box>;
    const isHome = remote.isBox(proxy as never);
    release(proxy);
    await clock.advance(100);
    await expect(isHome).resolves.toBe(true);
    await clock.advance(60);
    expect(counts()).toEqual([0, 0, 0, 0]);
  });
});

describe("references beyond the limit", () => {
  it("fail the call that would take them, and nothing of it is done", async () => {
    const { remote, desk, counts } = await ends({ maxReferences: 2 });
    await remote.keep((() => 1) as never);
    await expect(remote.keep((() => 2) as never, (() => 3) as never)).rejects.toMatchObject({
      code: "HW_LIMIT",
      limit: "maxReferences",
      delivery: "not-sent",
    });
    expect(desk.kept).toHaveLength(1);
    await remote.drop();
    await expect.poll(() => counts()[2]).toBeLessThan(2);
    await expect(remote.keep((() => 4) as never)).resolves.toBeUndefined();
  });
});
