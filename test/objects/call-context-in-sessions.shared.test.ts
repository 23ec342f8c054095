import { describe, expect, it } from "vitest";
import { withOptions } from "../../src/client/proxy-functions.js";
import type { Remote } from "../../src/client/remote.js";
import { type CallContext, callContext } from "../../src/objects/call-context.js";
import { expose } from "../../src/objects/expose.js";
import { disposeSymbol } from "../../src/session/dispose-symbols.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { linkedPeers } from "../../src/testing/linked-peers.js";

// The synchronous store of browsers, which Node has too until a program serves or connects over sockets.

let last: CallContext;
const tracked: string[] = [];

class Probe {
  look(): CallContext["annotations"] {
    last = callContext();
    return last.annotations;
  }
  remember(value: unknown): unknown {
    const { locals } = callContext();
    const before = locals.get("value");
    locals.set("value", value);
    return before;
  }
  answer(): void {
    callContext().setAnnotation("cache", "hit");
  }
  async track(): Promise<void> {
    callContext().track({ [disposeSymbol]: () => void tracked.push("first") });
    callContext().track({ [disposeSymbol]: () => void tracked.push("second") });
    await Promise.resolve();
    tracked.push("method");
  }
  async late(): Promise<string> {
    await Promise.resolve();
    return callContext().member;
  }
  async kept(): Promise<string> {
    const context = callContext();
    await Promise.resolve();
    return context.member;
  }
  async relay(callback: Remote<() => string>): Promise<string> {
    return callback();
  }
  hang(): Promise<void> {
    last = callContext();
    return new Promise(() => undefined);
  }
  async *items(): AsyncGenerator<string, void, void> {
    yield callContext().correlationId;
    yield callContext().correlationId;
  }
}
expose(Probe, ["look", "remember", "answer", "track", "late", "kept", "relay", "hang", "items"]);

const world = () => linkedPeers({ probe: new Probe() }, { clock, subject: "ann" });
const clock = fakeClock();

describe("the context of a call in a session", () => {
  it("has who calls, what and where from", async () => {
    await using peers = await world();
    await peers.object("probe").look();
    const [session] = [...peers.daemon.sessions.values()];
    expect(last.principal).toMatchObject({ kind: "key", subject: "ann" });
    expect(last.sessionId).toBe(session?.sessionId);
    expect([last.object, last.member]).toEqual(["probe", "look"]);
    expect([last.remoteAddress, last.origin, last.peerCertificate]).toEqual([undefined, undefined, undefined]);
  });

  it("has locals of the session alone", async () => {
    await using peers = await world();
    const probe = peers.object("probe");
    expect(await probe.remember(1)).toBeUndefined();
    expect(await probe.remember(2)).toBe(1);
    expect(await peers.another({ subject: "bob" }).object("probe").remember(3)).toBeUndefined();
  });

  it("has the annotations that the caller sent, and sends others back", async () => {
    await using peers = await world();
    const answers: unknown[] = [];
    const view = withOptions(peers.object("probe"), {
      annotations: { lang: "de" },
      correlationId: "order-7",
      onAnswer: (answer) => void answers.push(answer),
    });
    expect(await view.look()).toEqual({ lang: "de" });
    await view.answer();
    expect(answers).toEqual([
      { annotations: {}, correlationId: "order-7" },
      { annotations: { cache: "hit" }, correlationId: "order-7" },
    ]);
  });

  it("has the caller's correlation id and traceparent, or a fresh id", async () => {
    await using peers = await world();
    const probe = peers.object("probe");
    await withOptions(probe, { correlationId: "order-7", traceparent: "00-1-2-01" }).look();
    expect([last.correlationId, last.traceparent]).toEqual(["order-7", "00-1-2-01"]);
    await probe.look();
    expect([last.correlationId, last.traceparent]).toEqual([expect.stringMatching(/^[0-9a-f]{32}$/), undefined]);
  });

  it("has the deadline, or none", async () => {
    await using peers = await world();
    const probe = peers.object("probe");
    await withOptions(probe, { timeoutMs: 1_500 }).look();
    expect(last.deadline).toEqual(new Date(clock.nowMs + 1_500));
    await withOptions(probe, { timeoutMs: 0 }).look();
    expect(last.deadline).toBeUndefined();
  });

  it("has a signal that is aborted when the caller gives up", async () => {
    await using peers = await world();
    const patience = new AbortController();
    const failed = withOptions(peers.object("probe"), { signal: patience.signal })
      .hang()
      .catch((error: unknown) => error);
    await clock.advance(1);
    const { signal } = last;
    expect(signal.aborted).toBe(false);
    patience.abort("enough");
    expect(await failed).toBe("enough");
    await clock.advance(1);
    expect(signal.aborted).toBe(true);
    expect(signal.reason).toMatchObject({ code: "HW_CANCELLED" });
  });

  it("disposes what it tracks when the call is over, the last first", async () => {
    await using peers = await world();
    tracked.length = 0;
    await peers.object("probe").track();
    await clock.advance(1);
    expect(tracked).toEqual(["method", "second", "first"]);
  });

  it("is gone after the called function's first await, and says what to do", async () => {
    await using peers = await world();
    await expect(peers.object("probe").late()).rejects.toMatchObject({
      name: "NoCallContextError",
      message: expect.stringContaining("before the method's first await, and keep the result") as string,
    });
  });

  it("can be kept across it", async () => {
    await using peers = await world();
    expect(await peers.object("probe").kept()).toBe("kept");
  });

  it("is current in each step of a generator", async () => {
    await using peers = await world();
    const ids: string[] = [];
    for await (const id of withOptions(peers.object("probe"), { correlationId: "stream" }).items()) ids.push(id);
    expect(ids).toEqual(["stream", "stream"]);
  });

  it("is inherited by calls made before the first await, in a callback too", async () => {
    await using peers = await world();
    const probe = peers.object("probe");
    const view = withOptions(probe, { correlationId: "outer", timeoutMs: 900, annotations: { token: "secret" } });
    const said = await view.relay(() => {
      const { correlationId, deadline, annotations } = callContext();
      return JSON.stringify({ correlationId, leftMs: deadline!.getTime() - clock.nowMs, annotations });
    });
    expect(JSON.parse(said)).toEqual({ correlationId: "outer", leftMs: 900, annotations: {} });
  });
});
