import { afterEach, describe, expect, it } from "vitest";
import { NoCallContextError } from "../../src/errors/hearthwire-error.js";
import { callContext, useContextStore, type CallContext, type ContextStore } from "../../src/objects/call-context.js";
import { disposeSymbol } from "../../src/session/dispose-symbols.js";
import { instancesOf } from "../../src/objects/instances-of.js";
import { expose } from "../../src/objects/expose.js";
import { FakeCall, Peer, settled } from "./inbound.js";
import { peerCertificate } from "../support/peer-certificate.js";

/** Runs a function as a call of a peer. */
function during<T>(task: () => T, call = new FakeCall("object", "task")): T {
  return new Peer({ object: { task } }).handler.run(call) as T;
}

function disposable(name: string, order: string[]): Disposable {
  return {
    [disposeSymbol]() {
      order.push(name);
    },
  };
}

describe("callContext", () => {
  it("throws outside of a call and says where to read it", () => {
    expect(() => callContext()).toThrow(NoCallContextError);
    expect(() => callContext()).toThrow(/before the method's first await, and keep the result/);
  });

  it("gives the facts of the call and its session", () => {
    const locals = new Map<unknown, unknown>([["theme", "dark"]]);
    const certificate = peerCertificate();
    const peer = new Peer(
      { object: { task: () => callContext() } },
      { session: { locals, remoteAddress: "127.0.0.1", origin: "http://localhost", peerCertificate: certificate } },
    );
    const call = new FakeCall("object", "task", [], {
      deadlineAtMs: 1_700_000_000_000,
      correlationId: "order-7",
      traceparent: "00-1-2-01",
      annotations: { lang: "de" },
    });
    const context = peer.handler.run(call) as CallContext;
    expect(context.principal).toEqual({ kind: "key", id: "key:alice", subject: "alice" });
    expect(context.sessionId).toBe("session-1");
    expect(context.locals).toBe(locals);
    expect(context.object).toBe("object");
    expect(context.member).toBe("task");
    expect(context.remoteAddress).toBe("127.0.0.1");
    expect(context.origin).toBe("http://localhost");
    expect(context.peerCertificate).toBe(certificate);
    expect(context.annotations).toEqual({ lang: "de" });
    expect(context.correlationId).toBe("order-7");
    expect(context.traceparent).toBe("00-1-2-01");
    expect(context.deadline).toEqual(new Date(1_700_000_000_000));
  });

  it("leaves out what the peer didn't say, and makes a correlation id", () => {
    const context = during(() => callContext());
    expect([context.deadline, context.traceparent, context.origin, context.remoteAddress]).toEqual(
      Array.from({ length: 4 }, () => undefined),
    );
    expect(context.correlationId).toMatch(/^[0-9a-f]{32}$/);
    expect(context.correlationId).toBe(context.correlationId);
    expect(during(() => callContext()).correlationId).not.toBe(context.correlationId);
  });

  it("has an empty object id when the target is held by reference", () => {
    expect(new Peer({}).call(() => callContext().object, "")).toBe("");
  });

  it("gives the call's signal, made when it is asked for", () => {
    const call = new FakeCall("object", "task");
    const { signal } = during(() => callContext(), call);
    expect(signal).toBe(call.controller.signal);
    expect(call.signalsAsked).toBe(1);
  });

  it("sends annotations along with the answer", () => {
    const call = new FakeCall("object", "task");
    during(() => callContext().setAnnotation("cache", "hit"), call);
    expect(call.answered).toEqual({ cache: "hit" });
  });

  it("is each call's own when one runs inside another", () => {
    const seen: string[] = [];
    const peer = new Peer({
      outer: {
        run() {
          seen.push(callContext().object);
          peer.call("inner", "run");
          seen.push(callContext().object);
        },
      },
      inner: { run: () => void seen.push(callContext().object) },
    });
    peer.call("outer", "run");
    expect(seen).toEqual(["outer", "inner", "outer"]);
  });

  it("is over when the call has returned, failed or waited", async () => {
    during(() => 1);
    expect(() => callContext()).toThrow(NoCallContextError);
    expect(() =>
      during(() => {
        throw new RangeError("failed");
      }),
    ).toThrow(RangeError);
    expect(() => callContext()).toThrow(NoCallContextError);
    await expect(
      during(async () => {
        callContext();
        await settled();
        callContext();
      }),
    ).rejects.toThrow(NoCallContextError);
  });

  it("is known to accessors", () => {
    class Line {
      written = "";
      get owner() {
        return callContext().principal.subject;
      }
      set owner(value: string) {
        this.written = `${value} by ${callContext().principal.subject}`;
      }
    }
    expose(Line, { members: { owner: { writable: true } } });
    const line = new Line();
    const peer = new Peer({ line });
    expect(peer.get("line", "owner")).toBe("alice");
    peer.set("line", "owner", "mine");
    expect(line.written).toBe("mine by alice");
  });
});

describe("callContext in the body of a generator", () => {
  const generators = {
    *sync() {
      yield callContext().member;
      try {
        yield callContext().member;
      } finally {
        ended.push(callContext().member);
      }
    },
    async *async() {
      yield callContext().member;
      try {
        yield callContext().member;
      } catch {
        ended.push(callContext().member);
      }
    },
    promised: () => Promise.resolve(generators.async()),
  };
  const ended: string[] = [];

  it.each(["sync", "async", "promised"] as const)("is the call's at each step of a %s one", async (member) => {
    const stream = (await new Peer({ generators }).call("generators", member)) as AsyncGenerator<string>;
    expect(await stream.next()).toEqual({ value: member, done: false });
    expect(await stream.next()).toEqual({ value: member, done: false });
    expect(() => callContext()).toThrow(NoCallContextError);
    expect(await stream.next()).toEqual({ value: undefined, done: true });
  });

  it("is the call's when it is left early or an error is thrown into it", async () => {
    ended.length = 0;
    const peer = new Peer({ generators });
    const left = peer.call("generators", "sync") as Generator;
    left.next();
    left.next();
    expect(left.return("over")).toEqual({ value: "over", done: true });
    const thrownInto = peer.call("generators", "async") as AsyncGenerator;
    await thrownInto.next();
    await thrownInto.next();
    await thrownInto.throw(new RangeError("stop"));
    expect(ended).toEqual(["sync", "async"]);
  });

  it("leaves a generator that can be iterated as before", async () => {
    const peer = new Peer({ generators });
    expect([...(peer.call("generators", "sync") as Generator)]).toEqual(["sync", "sync"]);
    const items: unknown[] = [];
    for await (const item of peer.call("generators", "async") as AsyncGenerator) items.push(item);
    expect(items).toEqual(["async", "async"]);
    expect(Object.prototype.toString.call(peer.call("generators", "async"))).toBe("[object AsyncGenerator]");
  });

  it("leaves every other result as it is", () => {
    const results = [{ next: () => 1 }, [1], new Map(), new ReadableStream(), () => 1, null, "text"];
    for (const result of results)
      expect(new Peer({ object: { task: () => result } }).call("object", "task")).toBe(result);
  });
});

describe("track", () => {
  it("disposes resources in reverse order once the call is over", async () => {
    const order: string[] = [];
    const call = new FakeCall("object", "task");
    during(() => {
      const { track } = { track: (resource: Disposable) => callContext().track(resource) };
      track(disposable("first", order));
      track(disposable("second", order));
    }, call);
    expect(order).toEqual([]);
    await call.finish();
    expect(order).toEqual(["second", "first"]);
  });

  it("returns the resource", () => {
    const resource = disposable("it", []);
    expect(during(() => callContext().track(resource))).toBe(resource);
  });

  it("waits for asynchronous disposal before the next one", async () => {
    const order: string[] = [];
    const call = new FakeCall("object", "task");
    during(() => {
      callContext().track(disposable("connection", order));
      callContext().track({
        async [Symbol.asyncDispose]() {
          await Promise.resolve();
          order.push("transaction");
        },
      });
    }, call);
    await call.finish();
    expect(order).toEqual(["transaction", "connection"]);
  });

  it("reports a disposal that fails and goes on with the others", async () => {
    const order: string[] = [];
    const peer = new Peer({
      object: {
        task() {
          callContext().track(disposable("first", order));
          callContext().track({
            [disposeSymbol]() {
              throw new Error("stuck");
            },
          });
        },
      },
    });
    const call = new FakeCall("object", "task");
    peer.handler.run(call);
    await call.finish();
    expect(order).toEqual(["first"]);
    expect(peer.unobserved).toMatchObject([{ error: { message: "stuck" }, object: "object", member: "task" }]);
  });

  it("refuses what can't be disposed", () => {
    expect(() => during(() => callContext().track({} as Disposable))).toThrow(TypeError);
  });

  it("ends an instance of mode call after what its methods tracked and before what its creator tracked", async () => {
    const order: string[] = [];
    class Job {
      run() {
        callContext().track(disposable("of the method", order));
      }
      [Symbol.dispose]() {
        order.push("the instance");
      }
    }
    expose(Job, ["run"]);
    const create = (context: CallContext) => {
      context.track(disposable("of the creator", order));
      return new Job();
    };
    const call = new FakeCall("job", "run");
    new Peer({ job: instancesOf(Job, { mode: "call", create }) }).handler.run(call);
    await call.finish();
    expect(order).toEqual(["of the method", "the instance", "of the creator"]);
  });
});

describe("useContextStore", () => {
  /** Forgets nothing, as a store of a host that follows contexts across `await`. */
  class Recorder implements ContextStore {
    readonly ran: CallContext[] = [];
    run<T>(context: CallContext, task: () => T): T {
      this.ran.push(context);
      return task();
    }
    current() {
      return this.ran.at(-1);
    }
  }
  const before: ContextStore = { run: (_context, task) => task(), current: () => undefined };

  afterEach(() => useContextStore(before));

  it("puts another store in the place of the synchronous one", async () => {
    const store = new Recorder();
    useContextStore(store);
    const context = await during(async () => {
      await settled();
      return callContext();
    });
    expect(context.member).toBe("task");
    expect(store.ran).toEqual([context]);
  });
});
