import { getEventListeners } from "node:events";
import { describe, expect, test } from "vitest";
import type { CallOptions } from "../../src/client/call-options.js";
import type { Remote } from "../../src/client/remote.js";
import { withOptions } from "../../src/client/proxy-functions.js";
import { WaitingCalls } from "../../src/client/waiting-calls.js";
import type { OutboundCall } from "../../src/session/outbound-call.js";
import { fakeClock } from "../../src/testing/fake-clock.js";
import { StubPeer } from "./stub-peer.js";
import { expectNoUnhandledRejection } from "./unhandled.js";

interface Api {
  first(...args: unknown[]): unknown;
  second(...args: unknown[]): unknown;
  login(): { name(): string };
}

function setUp({ timeoutMs = 30_000 } = {}) {
  const clock = fakeClock();
  const waiting = new WaitingCalls({ clock, peer: "ws://home.test/", defaultTimeoutMs: timeoutMs });
  const session = new StubPeer();
  const unconnected = new StubPeer();
  unconnected.call = (call: OutboundCall) => waiting.add(call);
  return { clock, waiting, session, api: unconnected.named<Remote<Api>>() };
}

/** What a call fails with. */
async function failureOf(result: PromiseLike<unknown>): Promise<unknown> {
  try {
    await result;
  } catch (error) {
    return error;
  }
  throw new Error("the call succeeded");
}

expectNoUnhandledRejection();

describe("calls made before there is a session", () => {
  test("are made in order when it is there", async () => {
    const { waiting, session, api } = setUp();
    const results = [api.first(1), api.second(2)];
    waiting.handOver(session);
    expect(session.asked).toEqual(["call first", "call second"]);
    session.calls.forEach((call, index) => call.succeed(index, undefined));
    expect(await Promise.all(results)).toEqual([0, 1]);
  });

  test("with one signal have one listener, and reject in order when it is aborted", async () => {
    const { api } = setUp();
    const abort = new AbortController();
    const impatient = withOptions(api, { signal: abort.signal });
    const order: number[] = [];
    const calls = Array.from({ length: 40 }, async (_, index) => {
      await failureOf(impatient.first(index));
      order.push(index);
    });
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(1);
    abort.abort();
    await Promise.all(calls);
    expect(order).toEqual(Array.from({ length: 40 }, (_, index) => index));
    expect(getEventListeners(abort.signal, "abort")).toHaveLength(0);
  });

  test("have the arguments that they were made with", () => {
    const { waiting, session, api } = setUp();
    const bytes = Uint8Array.of(1);
    void api.first(bytes);
    bytes[0] = 2;
    void api.first(bytes);
    waiting.handOver(session);
    expect(session.calls.map(({ args }) => args)).toEqual([[Uint8Array.of(1)], [Uint8Array.of(2)]]);
  });

  test("have the rest of their deadline then", async () => {
    const { clock, waiting, session, api } = setUp({ timeoutMs: 1_000 });
    void api.first();
    void withOptions(api, { timeoutMs: 0 }).first();
    await clock.advance(400);
    waiting.handOver(session);
    expect(session.calls.map(({ settings }) => settings.waitedMs)).toEqual([400, 400]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("fail at their deadline", async () => {
    const { clock, waiting, session, api } = setUp();
    const failed = failureOf(withOptions(api, { timeoutMs: 50 }).first());
    await clock.advance(50);
    expect(await failed).toMatchObject({
      code: "HW_DEADLINE",
      timeoutMs: 50,
      delivery: "not-sent",
      object: "warehouse",
      member: "first",
    });
    waiting.handOver(session);
    expect(session.calls).toEqual([]);
  });

  test("reject with the signal's reason when they are aborted", async () => {
    const { waiting, session, api } = setUp();
    const controller = new AbortController();
    const result = withOptions(api, { signal: controller.signal }).first();
    const failed = failureOf(result);
    controller.abort("changed my mind");
    expect(await failed).toBe("changed my mind");
    waiting.handOver(session);
    expect(session.calls).toEqual([]);
  });

  test("reject at once when their signal is aborted already", async () => {
    const { waiting, session, api } = setUp();
    const options: CallOptions = { signal: AbortSignal.abort("too late") };
    await expect(withOptions(api, options).first()).rejects.toBe("too late");
    waiting.handOver(session);
    expect(session.calls).toEqual([]);
  });

  test("fail together when there will be none", async () => {
    const { clock, waiting, api } = setUp();
    const results = [api.first(), api.second()] as unknown as Promise<unknown>[];
    const settled = Promise.allSettled(results);
    waiting.fail(new Error("refused"));
    expect((await settled).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    expect(clock.pendingTimers).toBe(0);
  });

  test("fail as the call did whose result they use", async () => {
    const { clock, waiting, session, api } = setUp();
    const gone = new AbortController();
    const login = withOptions(api, { signal: gone.signal }).login();
    const name = login.name();
    const failed = failureOf(name);
    gone.abort("no login");
    await clock.advance(0);
    waiting.handOver(session);
    expect(await failed).toBe("no login");
    expect(session.calls).toEqual([]);
  });

  test("fail when the session refuses them", async () => {
    const { waiting, session, api } = setUp();
    session.refusal = new Error("can't be sent");
    const failed = failureOf(api.first());
    waiting.handOver(session);
    expect(await failed).toBe(session.refusal);
  });
});
