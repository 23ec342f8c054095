import { afterEach, beforeAll, describe, expect, it } from "vitest";
import { withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { type CallContext, callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { installAsyncContext } from "../../src/node/async-context-store.js";
import { connect } from "../../src/node/connect.js";
import { serve } from "../../src/node/serve.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

beforeAll(() => installAsyncContext());

/** What one hop of a chain was told. */
interface Hop {
  readonly remainingMs: number | undefined;
  readonly correlationId: string;
  readonly traceparent: string | undefined;
  readonly annotations: CallContext["annotations"];
}

const TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

const clock = fakeClock();

function seen(): Hop {
  const { deadline, correlationId, traceparent, annotations } = callContext();
  return {
    remainingMs: deadline === undefined ? undefined : deadline.getTime() - clock.nowMs,
    correlationId,
    traceparent,
    annotations,
  };
}

/** A promise and its ends. */
function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (reason: unknown) => void } {
  let resolve!: (value: T) => void;
  let reject!: (reason: unknown) => void;
  const promise = new Promise<T>((...ends) => ([resolve, reject] = ends));
  return { promise, resolve, reject };
}

const rejection = (promise: PromiseLike<unknown>): Promise<unknown> =>
  Promise.resolve(promise).then(
    () => "resolved",
    (error: unknown) => error,
  );

let hops: Hop[] = [];
afterEach(() => (hops = []));

class Relay {
  readonly running = new Map<string, AbortSignal>();
  /** Calls back, and what it calls back calls `last`. */
  async first(callback: Remote<() => Promise<void>>): Promise<void> {
    hops.push(seen());
    await clock.advance(1_000);
    await callback();
  }
  last(): void {
    hops.push(seen());
  }
  async hang(name: string): Promise<void> {
    this.running.set(name, callContext().signal);
    await new Promise(() => undefined);
  }
  quick(): number {
    return 1;
  }
  async run(callback: Remote<() => unknown>): Promise<unknown> {
    return callback();
  }
}
expose(Relay, ["first", "last", "hang", "quick", "run"]);

describe("a call that is made while another runs", () => {
  it("has what is left of its deadline, at each of three hops, and its ids", async () => {
    await using peers = await linkedPeers({ relay: new Relay() }, { clock });
    const relay = peers.object("relay");
    const view = withOptions(relay, {
      timeoutMs: 10_000,
      correlationId: "order-7",
      traceparent: TRACE,
      annotations: { token: "secret" },
    });
    await view.first(async () => {
      hops.push(seen());
      await clock.advance(1_000);
      await relay.last();
    });
    const ids = { correlationId: "order-7", traceparent: TRACE };
    expect(hops).toMatchObject([
      { ...ids, annotations: { token: "secret" } },
      { ...ids, annotations: {} },
      { ...ids, annotations: {} },
    ]);
    expect(hops.map(({ remainingMs }) => remainingMs)).toEqual([10_000, 9_000, 8_000]);
  });

  it("W21: annotations of a call are not forwarded to a third party", async () => {
    const third = new Relay();
    await using other = await linkedPeers({ relay: third }, { clock });
    const forward = async (): Promise<void> => {
      hops.push(seen());
      await Promise.resolve();
      await other.object("relay").last();
    };
    await using peers = await linkedPeers({ tools: { forward } }, { clock });
    await withOptions(peers.object("tools"), { annotations: { authorization: "Bearer abc" } }).forward();
    expect(hops.map(({ annotations }) => annotations)).toEqual([{ authorization: "Bearer abc" }, {}]);
  });

  it("keeps its own deadline when that is sooner, and its own ids", async () => {
    await using peers = await linkedPeers({ relay: new Relay() }, { clock });
    const relay = peers.object("relay");
    const own = { timeoutMs: 300, correlationId: "mine", traceparent: "00-mine", annotations: { a: "b" } };
    await withOptions(relay, { timeoutMs: 10_000, correlationId: "outer", traceparent: TRACE }).run(() =>
      withOptions(relay, own).last(),
    );
    const { timeoutMs: remainingMs, ...rest } = own;
    expect(hops).toEqual([{ remainingMs, ...rest }]);
  });

  it("has the deadline of the outer one when its own would be none", async () => {
    await using peers = await linkedPeers({ relay: new Relay() }, { clock });
    const relay = peers.object("relay");
    await withOptions(relay, { timeoutMs: 400 }).run(() => withOptions(relay, { timeoutMs: 0 }).last());
    const nested = async (): Promise<void> => withOptions(relay, { timeoutMs: 0 }).last();
    await using outer = await linkedPeers({ tools: { nested } }, { clock });
    await withOptions(outer.object("tools"), { timeoutMs: 0 }).nested();
    expect(hops.map(({ remainingMs }) => remainingMs)).toEqual([400, undefined]);
  });

  it("shares the fresh correlation id of an outer call that had none", async () => {
    await using peers = await linkedPeers({ relay: new Relay() }, { clock });
    const relay = peers.object("relay");
    let outer: string | undefined;
    await relay.run(async () => {
      await relay.last();
      outer = callContext().correlationId;
    });
    expect(hops[0]?.correlationId).toBe(outer);
    expect(outer).toMatch(/^[0-9a-f]{32}$/);
  });

  it("is told to `onAnswer` with the inherited id", async () => {
    await using peers = await linkedPeers({ relay: new Relay() }, { clock });
    const relay = peers.object("relay");
    const ids: string[] = [];
    const onAnswer = ({ correlationId }: { correlationId: string }): void => void ids.push(correlationId);
    await withOptions(relay, { correlationId: "outer" }).run(() => withOptions(relay, { onAnswer }).quick());
    expect(ids).toEqual(["outer"]);
  });

  it("inherits nothing where no call runs", async () => {
    await using peers = await linkedPeers({ relay: new Relay() }, { clock });
    const relay = peers.object("relay");
    await withOptions(relay, { correlationId: "outer" }).quick();
    await relay.last();
    expect(hops[0]).toMatchObject({ remainingMs: 30_000, traceparent: undefined, annotations: {} });
    expect(hops[0]?.correlationId).not.toBe("outer");
  });

  it("is cancelled when the caller of the outer one gives up", async () => {
    const third = new Relay();
    await using other = await linkedPeers({ relay: third }, { clock });
    const failed = deferred<unknown>();
    const forward = async (): Promise<void> => {
      failed.resolve(await rejection(other.object("relay").hang("nested")));
    };
    await using peers = await linkedPeers({ tools: { forward } }, { clock });
    const patience = new AbortController();
    const outer = rejection(withOptions(peers.object("tools"), { signal: patience.signal }).forward());
    await clock.advance(1);
    patience.abort("enough");
    expect(await outer).toBe("enough");
    expect(await failed.promise).toMatchObject({
      code: "HW_CANCELLED",
      message: '"relay.hang" was cancelled, since the call that it was made in was given up',
      delivery: "unknown",
      object: "relay",
      member: "hang",
      cause: { code: "HW_CANCELLED" },
    });
    await clock.advance(1);
    expect(third.running.get("nested")?.aborted).toBe(true);
  });

  it("fails with its deadline when the outer one's passes", async () => {
    await using other = await linkedPeers({ relay: new Relay() }, { clock });
    const failed = deferred<unknown>();
    const forward = async (): Promise<void> => {
      failed.resolve(await rejection(other.object("relay").hang("nested")));
    };
    // So that the called side's own clock runs out before it hears that the caller's has.
    const opening = linkedPeers({ tools: { forward } }, { clock, link: { latencyMs: 50 } });
    await clock.advance(1_000);
    const peers = await opening;
    const outer = rejection(withOptions(peers.object("tools"), { timeoutMs: 700 }).forward());
    await clock.advance(750);
    expect(await outer).toMatchObject({ code: "HW_DEADLINE", member: "forward" });
    expect(await failed.promise).toMatchObject({
      code: "HW_DEADLINE",
      timeoutMs: 700,
      message:
        '"relay.hang" took longer than its deadline of 700 ms; all that was left to the call that it was made in',
    });
    const closing = peers[Symbol.asyncDispose]();
    await clock.advance(1_000);
    await closing;
  });

  it("is cancelled when the outer one's session ends before its answer", async () => {
    const third = new Relay();
    await using other = await linkedPeers({ relay: third }, { clock });
    const failed = deferred<unknown>();
    const forward = async (): Promise<void> => {
      failed.resolve(await rejection(other.object("relay").hang("nested")));
    };
    await using peers = await linkedPeers({ tools: { forward } }, { clock });
    void rejection(peers.object("tools").forward());
    await clock.advance(1);
    await peers.connection.close();
    expect(await failed.promise).toMatchObject({ code: "HW_CANCELLED", cause: { code: "HW_CONNECTION_CLOSED" } });
    await clock.advance(1);
    expect(third.running.get("nested")?.aborted).toBe(true);
  });

  it("is cancelled by its own view's signal too, with that one's reason", async () => {
    await using other = await linkedPeers({ relay: new Relay() }, { clock });
    const own = new AbortController();
    const forward = (): Promise<unknown> =>
      rejection(withOptions(other.object("relay"), { signal: own.signal }).hang("nested"));
    await using peers = await linkedPeers({ tools: { forward } }, { clock });
    const outer = peers.object("tools").forward();
    await clock.advance(1);
    own.abort("mine");
    expect(await outer).toBe("mine");
  });

  it("is cancelled before it is sent, while its connection opens", async () => {
    const failed = deferred<unknown>();
    await using other = await linkedPeers({ relay: new Relay() }, { clock, link: { latencyMs: 0 } });
    const forward = async (): Promise<void> => {
      const slow = other.another({ link: { latencyMs: 5_000 } });
      failed.resolve(await rejection(slow.object("relay").quick()));
    };
    await using peers = await linkedPeers({ tools: { forward } }, { clock });
    const patience = new AbortController();
    void rejection(withOptions(peers.object("tools"), { signal: patience.signal }).forward());
    await clock.advance(1);
    patience.abort();
    expect(await failed.promise).toMatchObject({ code: "HW_CANCELLED", delivery: "not-sent", object: "relay" });
  });
});

describe("a call that is made after the running one was answered", () => {
  it("keeps the ids, and has neither its deadline nor its cancellation", async () => {
    await using other = await linkedPeers({ relay: new Relay() }, { clock });
    const answered = deferred();
    const done = deferred<unknown>();
    const broadcast = (): void => {
      void (async () => {
        await answered.promise;
        await other.object("relay").last();
        done.resolve(await rejection(other.object("relay").hang("late")));
      })();
    };
    await using peers = await linkedPeers({ tools: { broadcast } }, { clock });
    await withOptions(peers.object("tools"), { timeoutMs: 50, correlationId: "c", traceparent: TRACE }).broadcast();
    answered.resolve();
    await clock.advance(1);
    expect(hops).toEqual([{ remainingMs: 30_000, correlationId: "c", traceparent: TRACE, annotations: {} }]);
    await peers.connection.close();
    await clock.advance(100);
    await other.connection.close();
    expect(await done.promise).toMatchObject({ code: "HW_CONNECTION_CLOSED" });
  });

  it("can put things in order when the running one was given up", async () => {
    const third = new Relay();
    await using other = await linkedPeers({ relay: third }, { clock });
    const cleaned = deferred<unknown>();
    const forward = async (): Promise<void> => {
      try {
        await other.object("relay").hang("nested");
      } finally {
        cleaned.resolve(await other.object("relay").quick());
      }
    };
    await using peers = await linkedPeers({ tools: { forward } }, { clock });
    const patience = new AbortController();
    void rejection(withOptions(peers.object("tools"), { signal: patience.signal }).forward());
    await clock.advance(1);
    patience.abort();
    expect(await cleaned.promise).toBe(1);
  });
});

describe("calls that a streaming generator makes", () => {
  it("have none of the deadline that was for opening, from its first step on", async () => {
    await using other = await linkedPeers({ relay: new Relay() }, { clock });
    const relay = other.object("relay");
    class Source {
      async *items(): AsyncGenerator<number, void, void> {
        await relay.last();
        yield 1;
        await relay.last();
        yield 2;
      }
    }
    expose(Source, ["items"]);
    await using peers = await linkedPeers({ source: new Source() }, { clock });
    const view = withOptions(peers.object("source"), { timeoutMs: 80, correlationId: "stream-1" });
    for await (const _item of view.items()) await clock.advance(60);
    const hop = { remainingMs: 30_000, correlationId: "stream-1", traceparent: undefined, annotations: {} };
    expect(hops).toEqual([hop, hop]);
  });

  it("are cancelled when the stream is stopped, and not before", async () => {
    const third = new Relay();
    await using other = await linkedPeers({ relay: third }, { clock });
    const failed = deferred<unknown>();
    class Source {
      async *items(): AsyncGenerator<number, void, void> {
        yield 1;
        failed.resolve(await rejection(other.object("relay").hang("nested")));
      }
    }
    expose(Source, ["items"]);
    await using peers = await linkedPeers({ source: new Source() }, { clock });
    for await (const _item of peers.object("source").items()) {
      await clock.advance(1);
      expect(third.running.get("nested")?.aborted).toBe(false);
      break;
    }
    expect(await failed.promise).toMatchObject({ code: "HW_CANCELLED" });
    await clock.advance(1);
    expect(third.running.get("nested")?.aborted).toBe(true);
  });

  it("end with the outer stream: one that is passed on is stopped", async () => {
    const ended = deferred();
    class Source {
      async *items(): AsyncGenerator<number, void, void> {
        try {
          for (let item = 1; ; item++) yield item;
        } finally {
          ended.resolve();
        }
      }
    }
    expose(Source, ["items"]);
    await using other = await linkedPeers({ source: new Source() }, { clock });
    const pass = async (): Promise<AsyncIterable<number>> => other.object("source").items();
    await using peers = await linkedPeers({ tools: { pass } }, { clock });
    const stream = (await peers.object("tools").pass()) as AsyncIterable<number>;
    for await (const item of stream) if (item === 3) break;
    expect(await ended.promise).toBeUndefined();
  });

  it("end a nested stream when the outer call is given up", async () => {
    const ended = deferred();
    const failed = deferred<unknown>();
    class Source {
      async *items(): AsyncGenerator<number, void, void> {
        try {
          for (let item = 1; ; item++) {
            yield item;
            await clock.advance(0);
          }
        } finally {
          ended.resolve();
        }
      }
    }
    expose(Source, ["items"]);
    await using other = await linkedPeers({ source: new Source() }, { clock });
    const opened = deferred();
    const sum = async (): Promise<void> => {
      const stream = await other.object("source").items();
      await stream.next();
      opened.resolve();
      const hang = deferred();
      callContext().signal.addEventListener("abort", () => hang.resolve());
      await hang.promise;
      failed.resolve(await rejection(drain(stream)));
    };
    await using peers = await linkedPeers({ tools: { sum } }, { clock });
    const patience = new AbortController();
    void rejection(withOptions(peers.object("tools"), { signal: patience.signal }).sum());
    await opened.promise;
    patience.abort();
    expect(await failed.promise).toMatchObject({ code: "HW_CANCELLED" });
    await ended.promise;
  });
});

async function drain(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _item of items);
}

describe("a chain of two daemons", () => {
  it("shrinks the deadline, keeps the ids and passes no annotations over sockets", async () => {
    const facts: { timeLeftMs: number; correlationId: string; annotations: object }[] = [];
    const note = (): void => {
      const { deadline, correlationId, annotations } = callContext();
      facts.push({ timeLeftMs: deadline!.getTime() - Date.now(), correlationId, annotations });
    };
    await using back = await serve({ note });
    using backNote = await connect<() => void>(back.url("note"));
    const front = async (): Promise<void> => {
      note();
      await Promise.resolve();
      await backNote();
    };
    await using daemon = await serve({ front });
    using remote = await connect<() => Promise<void>>(daemon.url("front"));
    await withOptions(remote, { timeoutMs: 5_000, correlationId: "chain", annotations: { a: "1" } })();
    expect(facts.map(({ correlationId, annotations }) => ({ correlationId, annotations }))).toEqual([
      { correlationId: "chain", annotations: { a: "1" } },
      { correlationId: "chain", annotations: {} },
    ]);
    expect(facts[0]!.timeLeftMs).toBeLessThanOrEqual(5_000);
    expect(facts[1]!.timeLeftMs).toBeLessThanOrEqual(5_000);
  });

  it("cancels the farther call when the first caller leaves", async () => {
    const started = deferred();
    const ended = deferred();
    const hang = async (): Promise<void> => {
      callContext().signal.addEventListener("abort", () => ended.resolve());
      started.resolve();
      await ended.promise;
    };
    await using back = await serve({ hang });
    using backHang = await connect<() => Promise<void>>(back.url("hang"));
    await using daemon = await serve({ front: async (): Promise<void> => backHang() });
    const remote = await connect<() => Promise<void>>(daemon.url("front"), { isolated: true, lingerMs: 0 });
    const patience = new AbortController();
    const call = rejection(withOptions(remote, { signal: patience.signal })());
    await started.promise;
    patience.abort("left");
    expect(await call).toBe("left");
    await ended.promise;
  });
});
